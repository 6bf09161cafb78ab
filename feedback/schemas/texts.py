"""Which columns hold what people asked, were answered, made of it or should have been answered, word by word."""

from collections.abc import Mapping

import polars as pl

TEXTS: Mapping[str, tuple[str, ...]] = {
    "events": ("text",),
    "interactions": ("request_text", "response_text", "next_request_text", "final_text"),
    "reviews": ("corrected_text", "note"),
    "golden_events": ("input", "observed_output", "expected", "rejected_output"),
}
"""columns with texts, by table; every other table has none"""
# In other tables a `note` is what colleagues wrote.
TEXT_NAMES = frozenset(name for names in TEXTS.values() for name in names) - {"note"}


def text_columns(frame: pl.DataFrame) -> list[str]:
    """Return the columns of a frame that hold texts of people, by their names in our tables.

    Examples
    --------
    >>> text_columns(pl.DataFrame({"request_text": ["Why?"], "expected": [0.5], "reason": ["undone"]}))
    ['request_text']
    """
    return [name for name, kind in frame.schema.items() if kind == pl.String and name in TEXT_NAMES]
