"""Which signals to believe, and whether the probabilities hold."""

import polars as pl
import streamlit as st

from feedback.charts import reliability_plot
from feedback.charts.label_mix import outcomes_over_time
from feedback.explore.sample import sample_labels
from feedback.pages import formats, reading
from feedback.pages.downloads import show_chart, show_table
from feedback.pages.filters import USUAL_DAYS, choose_dimension, choose_period
from feedback.pages.first_steps import show_unlabelled
from feedback.pages.leads import show_lead, tell_votes
from feedback.pages.lookup import show_lookup
from feedback.quality.people import EVERYTHING
from feedback.store.snapshot import Snapshot

_ROW_HEIGHT, _MOST_ROWS, _MOST_SHOWN = 35, 20, 2_000
_TO_REVIEW = (
    "Nobody has reviewed enough yet, so there are no probabilities to check. Draw some responses with "
    "`feedback reviews draw --k 100 --out FILE.csv`, bring the verdicts back with `feedback reviews import FILE.csv`, "
    "then run `feedback fit`."
)
_SHARES = (
    "coverage", "conflict", "unique_share", "estimated_accuracy", "measured_accuracy", "low", "high",
)  # fmt: skip
_COLUMNS = {
    "function": st.column_config.TextColumn("Signal", width=190),
    "value": st.column_config.TextColumn("Where", width=130),
    "coverage": st.column_config.NumberColumn("Coverage", format="%.0f %%", help="Share of interactions it votes on."),
    "conflict": st.column_config.NumberColumn(
        "Contradicted",
        format="%.0f %%",
        help="Share of its votes that the weighted majority of the others contradicts.",
    ),
    "unique_share": st.column_config.NumberColumn(
        "Alone", format="%.0f %%", help="Of all interactions with a vote, the share that only it voted on."
    ),
    "estimated_accuracy": st.column_config.NumberColumn(
        "Right, estimated", format="%.0f %%", help="By the label model. Empty until reviews calibrate it."
    ),
    "measured_accuracy": st.column_config.NumberColumn(
        "Right, measured", format="%.0f %%", help="Share of its reviewed votes that people agree with."
    ),
    "low": st.column_config.NumberColumn("from", format="%.0f %%", help="95 % interval of the measured share."),
    "high": st.column_config.NumberColumn("to", format="%.0f %%", help="95 % interval of the measured share."),
    "n_reviewed": st.column_config.NumberColumn("Reviewed", format="localized", help="Its votes with a verdict."),
}

_TO_GO = {
    "value": st.column_config.TextColumn("Where"),
    "n": st.column_config.NumberColumn("Labels", format="localized"),
    "n_reviewed": st.column_config.NumberColumn("Reviewed", format="localized"),
    "half_width_now": st.column_config.NumberColumn(
        "Known to ±", format="percent", help="Half the width of the 95 % interval of its rate. Empty without reviews."
    ),
    "n_more": st.column_config.NumberColumn("Reviews to go", format="localized"),
    "is_reachable": st.column_config.CheckboxColumn("Enough labels", help="Whether so many are left to review."),
}


def show_labels(snapshot: Snapshot, time_zone: str = "UTC") -> None:
    """Show which signals to believe, whether the probabilities hold, and what became of the responses day by day."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        with st.container(gap=None, width="content"):
            st.title("Labels", anchor=False)
            _show_lead(snapshot, time_zone)
        with st.container(width="content"):
            show_lookup(snapshot)
    if snapshot.run is None or snapshot.run.label_version is None:
        show_unlabelled()
        return
    dimension = _show_functions(snapshot)
    _show_mix(snapshot, time_zone)
    _show_reliability(snapshot)
    _show_reviews_to_go(snapshot, dimension or EVERYTHING)


def _show_lead(snapshot: Snapshot, time_zone: str) -> None:
    period = reading.latest_period(snapshot, USUAL_DAYS, time_zone=time_zone)
    if period is not None:
        show_lead(tell_votes(reading.compare_values(snapshot, period)), snapshot.run)


def _show_functions(snapshot: Snapshot) -> str | None:
    """Show the report; return the dimension it is broken down by, null for none."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader("Signals", anchor=False, width="content")
        dimension = choose_dimension(snapshot, "Break down by") if st.toggle("By segment", value=False) else None
    report = reading.report_functions(snapshot, dimension=dimension).filter(dimension=dimension or "all")
    is_cut, one_in = report.height > _MOST_SHOWN, sample_labels(snapshot).one_in
    show_table(
        _write(report.head(_MOST_SHOWN)).select(name for name in _COLUMNS if dimension or name != "value"),
        name="signals",
        whole=report,
        caption="–: not known. A signal that people agree with no more often than a guess would be tells nothing."
        + (f" The first {_MOST_SHOWN:,} of {report.height:,} rows; the download has all." if is_cut else "")
        + (f" Of the labels of one person in {one_in:,}, and all that were reviewed." if one_in > 1 else ""),
        column_config=_COLUMNS,
        width="stretch",
        height=_ROW_HEIGHT * (min(report.height, _MOST_ROWS) + 1) + 3,
        placeholder=formats.UNKNOWN,
    )
    return dimension


def _write(report: pl.DataFrame) -> pl.DataFrame:
    """Return the report as people read it."""
    return report.with_columns(formats.each(report["function"], formats.words), pl.col(_SHARES) * 100)


def _show_mix(snapshot: Snapshot, time_zone: str) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
            st.markdown("**What became of the responses**")
            period = choose_period(snapshot, time_zone)
        daily = None if period is None else reading.daily_outcomes(snapshot, period, time_zone=time_zone)
        if daily is None or daily.is_empty():
            st.caption("No final label in these days.")
            return
        show_chart(
            outcomes_over_time(daily),
            name="outcomes per day",
            caption="Final labels only; a response counts on the day it was shown.",
        )


def _show_reliability(snapshot: Snapshot) -> None:
    with st.container(border=True):
        st.markdown("**Do the probabilities hold?**")
        bins = reading.reliability(snapshot)
        if bins.is_empty():
            st.caption(_TO_REVIEW)
            return
        show_chart(reliability_plot(bins), name="reliability")
        error = reading.calibration_error(snapshot).row(0, named=True)
        st.caption(
            f"Expected calibration error {formats.rate(error['error'])} "
            f"(95 % interval {formats.rate(error['low'])} to {formats.rate(error['high'])}), on reviewed responses the "
            "label model had not seen. On the dashed line it would be exactly right."
        )


def _show_reviews_to_go(snapshot: Snapshot, dimension: str) -> None:
    with st.container(border=True):
        st.markdown("**How many more reviews until a rate is known?**")
        points = st.number_input("Within ± points", 1, 30, 5, width=150)
        found = reading.reviews_to_go(snapshot, half_width=points / 100, dimension=dimension)
        show_table(found, name="reviews to go", column_config=_TO_GO, width="stretch", placeholder=formats.UNKNOWN)
        st.caption(
            "As if they were drawn at random like those there are: `feedback reviews draw --k 100 --out FILE.csv`. "
            "Reviews picked by hand teach the label model and say nothing about a rate."
        )
