"""One segment up close: its trend, what people did differently, what they asked about, and examples."""

import polars as pl
import streamlit as st

from feedback.charts import segment_trend
from feedback.charts.meaning import OUTCOMES
from feedback.explore.texts import beside_texts
from feedback.pages import formats, reading
from feedback.pages.clicks import row_links, take_click
from feedback.pages.columns import time_column
from feedback.pages.downloads import show_chart, show_table
from feedback.pages.places import place
from feedback.segments.drilldown import Details
from feedback.store.snapshot import Snapshot

TITLES = {"score": "Behaviour score", "p_good": "Probability of good"}
_MOVED_BELOW = 0.05
_MOST_SIGNALS = 8
_EXAMPLES = "examples of the segment"


def show_details(snapshot: Snapshot, row: dict, details: Details) -> None:
    """Show a row of table `segments` up close."""
    with st.container(border=True):
        st.markdown(f"**{formats.name(row['segment'])}**")
        _show_trend(snapshot, row, details)
    left, right = st.columns([3, 2])
    with left.container(border=True, height="stretch"):
        _show_signals(details)
    with right.container(border=True, height="stretch"):
        _show_terms(details)
    with st.container(border=True):
        _show_examples(snapshot, details, value=row["value"])


def _show_trend(snapshot: Snapshot, row: dict, details: Details) -> None:
    found = details.onset
    onset = pl.DataFrame(
        [{"onset_at": found.at, "onset_low": found.earliest, "onset_high": found.latest}] if found else []
    )
    chart = segment_trend(
        details.trend, title=TITLES[row["value"]], onset=onset, releases=reading.releases(snapshot)
    )  # fmt: skip
    show_chart(chart, name="score of the segment per day", caption=_say_since(row, details))


def _say_since(row: dict, details: Details) -> str:
    """Return in words since when it has been worse, for the chart."""
    if not details.onset:
        return "Band: 95 % interval. No day stands out as the one on which it got worse. Triangles: releases."
    at, earliest, latest = (formats.moment(time) for time in details.onset[:3])
    release = row["follows_release"]
    after = f", after the release {formats.name(release)}" if release else ""
    return (
        f"Worse since about {at} (orange; 95 %: {earliest} to {latest}){after}, "
        f"from {details.onset.rate_before:.2f} to {details.onset.rate_after:.2f}. Triangles: releases."
    )


def _show_signals(details: Details) -> None:
    st.markdown("**What people did differently**")
    moved = details.signals.filter(pl.col("q_value") < _MOVED_BELOW)
    if moved.is_empty():
        st.caption("No single behaviour changed by more than chance explains.")
        return
    chances = pl.Series("chance", [formats.chance(value) for value in moved["q_value"]], dtype=pl.String)
    columns = st.column_config
    show_table(
        moved.select(
            behaviour=formats.each(moved["name"], formats.words),
            kind=pl.col("kind"),
            share_before=100 * pl.col("share_before"),
            share_after=100 * pl.col("share_after"),
            chance=chances,
        ).head(_MOST_SIGNALS),
        name="what people did differently",
        whole=details.signals,
        column_config={
            "behaviour": columns.TextColumn("Behaviour", width=160),
            "kind": columns.TextColumn(
                "Measured as", width=95,
                help="fires: share it votes on · says good: its mean vote · outcome: share that ended so",
            ),
            "share_before": columns.NumberColumn("Before", format="%.1f %%", width=70),
            "share_after": columns.NumberColumn("Now", format="%.1f %%", width=70),
            "chance": columns.TextColumn("By chance", width=80, help="Corrected for all behaviours looked at."),
        },
        alt="Behaviours that changed in the segment",
    )  # fmt: skip


def _show_terms(details: Details) -> None:
    st.markdown("**Words of its bad requests**")
    if details.terms.is_empty():
        st.caption("No word is more frequent in bad requests than in the others.")
        return
    show_table(
        details.terms.select("term", "n_bad", "n_other"),
        name="words of bad requests",
        whole=details.terms,
        column_config={
            "term": "Words",
            "n_bad": st.column_config.NumberColumn("People, bad", format="localized"),
            "n_other": st.column_config.NumberColumn("People, others", format="localized"),
        },
        alt="Words that are more frequent in bad requests of the segment",
    )


def _show_examples(snapshot: Snapshot, details: Details, *, value: str) -> None:
    st.markdown("**Most telling examples**")
    if details.examples.is_empty():
        st.caption("None of its answers has a value.")
        return
    ids = tuple(details.examples["interaction_id"])
    told = beside_texts(details.examples, reading.find_texts(snapshot, ids))
    words = {name: one.words for name, one in OUTCOMES.items()}
    columns = st.column_config
    show_table(
        told.select(
            value,
            pl.col("outcome").replace_strict(words, default=None, return_dtype=pl.String),
            "request",
            "response",
            formats.each(told["reason"], formats.words),
            "shown_at",
        ),
        name=_EXAMPLES,
        whole=told,
        caption="Clearly bad, with most to show for it, one per person. Click one to see its evidence.",
        column_config={
            value: columns.NumberColumn("Score", format="%.2f", width=55, help=TITLES[value]),
            "outcome": columns.TextColumn("Outcome", width=120),
            "request": columns.TextColumn("Asked", width=250),
            "response": columns.TextColumn("Answered", width=270),
            "reason": columns.TextColumn("Strongest vote", width=130),
            "shown_at": time_column("Shown", width=100),
        },
        **row_links(_EXAMPLES),
        placeholder=formats.UNKNOWN,
        alt="Examples of what went wrong in the segment",
    )
    clicked = take_click(_EXAMPLES)
    if clicked is not None:
        st.switch_page(place("examples"), query_params={"interaction": ids[clicked]})
