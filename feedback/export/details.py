"""What goes along with an example wherever the target has room for metadata."""

from feedback.export.rows import EXAMPLES, Row


def details_of(row: Row, *, without: tuple[str, ...]) -> Row:
    """Return the columns of an example that have no place of their own in the target.

    Examples
    --------
    >>> details_of({name: None for name in EXAMPLES} | {"label": "bad"}, without=("input", "expected"))["label"]
    'bad'
    """
    return {name: row[name] for name in EXAMPLES if name not in without}


def row_of(details: Row, **places: object) -> Row:
    """Return the row again: the details, and the columns that had a place of their own.

    Examples
    --------
    >>> row_of({"label": "bad", "extra": 1}, input="hi")["input"]
    'hi'
    """
    return {name: places.get(name, details.get(name)) for name in EXAMPLES}
