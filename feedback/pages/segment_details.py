"""One segment up close: its trend, what people did differently, what they asked about, and examples."""

import polars as pl
import streamlit as st
from streamlit.navigation.page import Page

from feedback.charts import segment_trend
from feedback.pages import formats
from feedback.segments.drilldown import Details

TITLES = {"score": "Behaviour score", "p_good": "Probability of good"}
_MOVED_BELOW = 0.05
_MOST_SIGNALS = 8


def show_details(row: dict, details: Details, examples: Page) -> None:
    """Show a row of table `segments` up close."""
    with st.container(border=True):
        st.markdown(f"**{formats.plain(row['segment'])}**")
        onset = pl.DataFrame([details.onset._asdict()] if details.onset else [])
        st.altair_chart(segment_trend(details.trend, title=TITLES[row["value"]], onset=onset), width="stretch")
        if details.onset:
            at, earliest, latest = (formats.moment(time) for time in details.onset[:3])
            st.caption(
                f"Worse since about {at} (95 %: {earliest} to {latest}), "
                f"from {details.onset.rate_before:.2f} to {details.onset.rate_after:.2f}."
            )
    left, right = st.columns([3, 2])
    with left:
        _show_signals(details)
    with right:
        _show_terms(details)
    _show_examples(details, examples)


def _show_signals(details: Details) -> None:
    with st.container(border=True):
        st.markdown("**What people did differently**")
        moved = details.signals.filter(pl.col("q_value") < _MOVED_BELOW).head(_MOST_SIGNALS)
        if moved.is_empty():
            st.caption("No single behaviour changed by more than chance explains.")
            return
        st.dataframe(
            moved.select(
                behaviour=pl.col("name").map_elements(formats.words, return_dtype=pl.String),
                kind=pl.col("kind"),
                share_before=pl.col("share_before"),
                share_after=pl.col("share_after"),
                q_value=pl.col("q_value"),
            ),
            column_config={
                "behaviour": st.column_config.TextColumn("Behaviour", width=200),
                "kind": st.column_config.TextColumn(
                    "Measured as",
                    help="fires: share it votes on · says good: its mean vote · outcome: share that ended so",
                ),
                "share_before": st.column_config.NumberColumn("Before", format="percent"),
                "share_after": st.column_config.NumberColumn("Now", format="percent"),
                "q_value": st.column_config.NumberColumn("By chance", format="%.1e"),
            },
            hide_index=True,
        )


def _show_terms(details: Details) -> None:
    with st.container(border=True):
        st.markdown("**Words of its bad requests**")
        if details.terms.is_empty():
            st.caption("No word is more frequent in bad requests than in the others.")
            return
        st.dataframe(
            details.terms.select("term", "n_bad", "n_other"),
            column_config={
                "term": "Words",
                "n_bad": st.column_config.NumberColumn("People, bad", format="localized"),
                "n_other": st.column_config.NumberColumn("People, others", format="localized"),
            },
            hide_index=True,
        )


def _show_examples(details: Details, examples: Page) -> None:
    with st.container(border=True):
        st.markdown("**Most telling examples**")
        for row in details.examples.iter_rows(named=True):
            said = (formats.moment(row["shown_at"]), formats.words(row["outcome"]), formats.words(row["reason"]))
            st.page_link(examples, label=" · ".join(said), query_params={"interaction": row["interaction_id"]})
