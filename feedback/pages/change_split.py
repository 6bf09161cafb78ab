"""Did quality change, or only the mix: a change of the mean, split by the values of a dimension."""

import polars as pl
import streamlit as st

from feedback.pages import formats
from feedback.pages.downloads import show_table

_SPLIT = {
    "segment": st.column_config.TextColumn("Of", width=260),
    "share_before": st.column_config.NumberColumn("Share before", format="percent"),
    "share_after": st.column_config.NumberColumn("Share now", format="percent"),
    "rate_before": st.column_config.NumberColumn("Before", format="%.2f"),
    "rate_after": st.column_config.NumberColumn("Now", format="%.2f"),
    "change": st.column_config.NumberColumn("Part of the change", format="%+.3f"),
    "mix": st.column_config.NumberColumn("Mix", format="%+.3f", help="Because it became more or less frequent."),
    "within": st.column_config.NumberColumn("Quality", format="%+.3f", help="Because it got better or worse."),
    "interaction": st.column_config.NumberColumn("Both", format="%+.3f", help="What grew and changed."),
}


def show_split(found: pl.DataFrame, dimension: str, words: str) -> None:
    """Show how much of a change is another mix of a dimension; `words` say what is compared with what."""
    st.caption(_say_split(found.row(0, named=True), dimension, words))
    show_table(
        found.select(_SPLIT.keys()),
        name="mix and quality",
        whole=found,
        column_config=_SPLIT,
        placeholder=formats.UNKNOWN,
        alt="How much of the change is mix and how much quality",
    )
    for said in found["words"].slice(1).drop_nulls():
        st.caption(f"{formats.plain(said)}.")


def _say_split(all_of_it: dict, dimension: str, words: str) -> str:
    """Return in words how much of the change is mix and how much is quality."""
    parts = {
        name: f"{formats.change(all_of_it[name])} "
        f"({formats.change_interval(all_of_it[f'{name}_low'], all_of_it[f'{name}_high'])})"
        for name in ("change", "mix", "within")
    }
    hidden = f" {formats.plain(all_of_it['words'])}." if all_of_it["words"] else ""
    return (
        f"{formats.plain(words)} (95 % intervals): the mean moved by {parts['change']}. "
        f"Of that {parts['mix']} is only another mix of {formats.plain(dimension)}, and {parts['within']} is quality "
        f"within its values.{hidden}"
    )
