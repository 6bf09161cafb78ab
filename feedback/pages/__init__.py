"""The app: one file per page, `main` puts them together, `launch` says how streamlit is started.

Pages read widgets, call the library and show what it returns. What comes from the log (texts, names of values,
ids) is hostile: it is shown by `st.text`, `st.code` and tables only, or through `formats.plain`.
"""
