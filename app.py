"""Opens the app for `streamlit run app.py`."""

from feedback.pages.main import main

main()
