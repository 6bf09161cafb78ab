"""What a page of the app says, as one text."""

from streamlit.testing.v1 import AppTest


def written(app: AppTest) -> str:
    """Return everything that streamlit would read as Markdown, a line each."""
    kinds = (app.markdown, app.caption, app.title, app.subheader, app.info, app.success, app.warning, app.error)
    elements = [element.value for kind in kinds for element in kind]
    return "\n".join(elements + [metric.label for metric in app.metric])


def unharmed(app: AppTest) -> AppTest:
    """Return the page, which raised nothing and shows no error."""
    assert not app.exception
    assert not app.error
    return app
