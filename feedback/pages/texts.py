"""Texts of people in what a page shows: hidden from whoever may not see them, written down for whoever may."""

import polars as pl

from feedback.pages.roles import may
from feedback.pages.trail import looked
from feedback.schemas.texts import text_columns

# What texts go by on a screen; `term` are words that are frequent in them.
_ON_SCREEN = ("request", "response", "term")
_IDS = ("interaction_id", "example_id")
HIDDEN = "Texts are shown to reviewers."


def shown_texts(frame: pl.DataFrame) -> list[str]:
    """Return the columns of a table on the screen that hold texts of people.

    Examples
    --------
    >>> shown_texts(pl.DataFrame({"request": ["Why?"], "final_text": [None], "reason": ["undone"]}))
    ['request']
    """
    return [*text_columns(frame), *(name for name in _ON_SCREEN if frame.schema.get(name) == pl.String)]


def without_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame without the columns that hold texts, but for whoever may see them."""
    return frame if may("texts") else frame.drop(shown_texts(frame))


def blank_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with null in the columns that hold texts, but for whoever may see them."""
    blank = [] if may("texts") else shown_texts(frame)
    return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in blank)


def tell_looked(frame: pl.DataFrame, *, on: str, ids: pl.DataFrame) -> None:
    """Write down that the texts of a table were looked at.

    Parameters
    ----------
    frame
        What is on the screen.
    on
        Name of the table.
    ids
        The rows with the ids of what they are about, `interaction_id` or `example_id`; of one without either, only
        that the table was looked at is written down.
    """
    if frame.height and shown_texts(frame):
        named = next((name for name in _IDS if name in ids.columns), None)
        looked(ids[named].to_list() if named else [None], on=on)
