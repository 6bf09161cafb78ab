"""Interactions as a table, one of which can be opened."""

import polars as pl
import streamlit as st

from feedback.charts.meaning import OUTCOMES
from feedback.pages import formats
from feedback.pages.columns import time_column
from feedback.pages.downloads import show_table

_BRIEF = ("score", "outcome", "request", "reason")


def choose_example(
    examples: pl.DataFrame, *, key: str, height: int | None = None, is_brief: bool = False
) -> str | None:
    """Return the id of the interaction that was clicked; null when none was.

    Parameters
    ----------
    examples
        One row per interaction, as `list_interactions` gives them.
    key
        Names the table; another one forgets the click.
    height
        Height in pixels; as high as its rows by default, within reason.
    is_brief
        Whether there is room for a few columns only.
    """
    if examples.is_empty():
        st.info("No interactions match.", icon=":material/search_off:")
        return None
    table = show_table(
        _write(examples),
        name="examples",
        whole=examples,
        column_config=_columns(),
        column_order=_BRIEF if is_brief else None,
        height=height or "auto",
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
        placeholder=formats.UNKNOWN,
        alt="Interactions with what was asked, answered and what became of it",
    )
    cells = table["selection"]["cells"]
    return examples["interaction_id"][cells[0][0]] if cells else None


def _write(examples: pl.DataFrame) -> pl.DataFrame:
    return examples.select(
        "score",
        outcome=pl.concat_list(pl.col("outcome").replace_strict({name: one.words for name, one in OUTCOMES.items()})),
        request=_on_one_line("request_text"),
        response=_on_one_line("response_text"),
        reason=formats.each(examples["reason"], formats.words),
        feature=pl.col("feature"),
        shown_at=pl.col("shown_at"),
    )


def _on_one_line(column: str) -> pl.Expr:
    return pl.col(column).str.slice(0, 300).str.replace_all(r"\s+", " ").str.strip_chars()


def _columns() -> dict:
    columns = st.column_config
    words, colors = zip(*((one.words, one.named) for one in OUTCOMES.values()), strict=True)
    return {
        "score": columns.NumberColumn("Score", format="%.2f", width=55, help="Behaviour score, 0 to 1; ranks only"),
        "outcome": columns.MultiselectColumn("Outcome", options=words, color=colors, width=130),
        "request": columns.TextColumn("Asked", width=230),
        "response": columns.TextColumn("Answered", width=230),
        "reason": columns.TextColumn("Strongest vote", width=130),
        "feature": columns.TextColumn("Feature", width=120),
        "shown_at": time_column("Shown", width=105),
    }
