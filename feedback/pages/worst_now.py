"""What is broken now: the gravest open incidents, and the segments that lost most."""

import polars as pl
import streamlit as st

from feedback.incidents.notify import KIND_WORDS
from feedback.incidents.states import OPEN
from feedback.pages import formats, reading
from feedback.pages.clicks import row_links, take_click
from feedback.pages.columns import time_column
from feedback.pages.downloads import show_table
from feedback.pages.places import place
from feedback.store.snapshot import Snapshot

_MOST = 5


def show_worst_now(snapshot: Snapshot) -> None:
    """Show the gravest open incidents beside the segments that lost most; a click leads to either."""
    incidents, segments = st.columns(2)
    with incidents.container(border=True, height="stretch"):
        st.markdown("**Open incidents, the gravest first**")
        _show_incidents(reading.list_incidents(snapshot).filter(pl.col("state").is_in(OPEN)))
    with segments.container(border=True, height="stretch"):
        st.markdown("**Segments that lost most**")
        _show_segments(reading.list_segments(snapshot))


def _show_incidents(found: pl.DataFrame) -> None:
    if found.is_empty():
        st.caption("None: nothing was wrong enough to tell anybody.")
        return
    columns = st.column_config
    show_table(
        found.head(_MOST).select(
            "severity",
            "segment",
            pl.col("kind").replace_strict(KIND_WORDS, default="something changed", return_dtype=pl.String),
            "onset_at",
        ),
        name="open incidents",
        whole=found,
        caption=f"{formats.count(found.height)} open. Click a row to look into it.",
        column_config={
            "severity": columns.TextColumn("Severity", width=62),
            "segment": columns.TextColumn("Where", width=180),
            "kind": columns.TextColumn("What", width=130),
            "onset_at": time_column("Since about", width=95),
        },
        **row_links("gravest incidents"),
        placeholder=formats.UNKNOWN,
        alt="The gravest open incidents",
    )
    row = take_click("gravest incidents")
    if row is not None:
        st.switch_page(place("incidents"), query_params={"incident": found["incident_id"][row]})


def _show_segments(found: pl.DataFrame) -> None:
    ranked = found.sort("lost_successes", "segment", descending=[True, False])
    if ranked.is_empty():
        st.caption("None got worse by more than chance or a changed mix explains.")
        return
    columns = st.column_config
    spans = [formats.score_change(*pair) for pair in ranked.select("rate_before", "rate_after").iter_rows()]
    show_table(
        ranked.select(
            "segment", pl.Series("span", spans, dtype=pl.String), "lost_successes", "n_users_after", "onset_at"
        ).head(_MOST),
        name="segments that lost most",
        whole=ranked,
        caption="Lost: answers times drop, of the latest complete days. Click a row to look into it.",
        column_config={
            "segment": columns.TextColumn("Segment", width=170),
            "span": columns.TextColumn("Score", width=88),
            "lost_successes": columns.NumberColumn("Lost", format="%.0f", width=45),
            "n_users_after": columns.NumberColumn("People", format="localized", width=60),
            "onset_at": time_column("Since about", width=95),
        },
        **row_links("worst segments"),
        placeholder=formats.UNKNOWN,
        alt="Segments that lost most successes",
    )
    row = take_click("worst segments")
    if row is not None:
        segment, since = ranked.select("segment", "first_day").row(row)
        st.switch_page(place("segments"), query_params={"segment": segment, "since": str(since)})
