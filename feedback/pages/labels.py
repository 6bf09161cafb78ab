"""Which signals to believe, and whether the probabilities hold."""

import streamlit as st

from feedback.charts import reliability_plot
from feedback.pages import formats, reading
from feedback.pages.filters import choose_dimension
from feedback.pages.first_steps import show_unlabelled
from feedback.quality.daily import EVERYTHING
from feedback.store.snapshot import Snapshot

_ROW_HEIGHT, _MOST_ROWS = 35, 20
_TO_REVIEW = (
    "Nobody has reviewed enough yet, so there are no probabilities to check. Draw some responses with "
    "`feedback reviews draw --k 100 --out FILE.csv`, bring the verdicts back with `feedback reviews import FILE.csv`, "
    "then run `feedback fit`."
)
_COLUMNS = {
    "function": st.column_config.TextColumn("Signal", width=190),
    "value": st.column_config.TextColumn("Where", width=130),
    "coverage": st.column_config.NumberColumn("Coverage", format="percent", help="Share of interactions it votes on."),
    "conflict": st.column_config.NumberColumn(
        "Contradicted",
        format="percent",
        help="Share of its votes that the weighted majority of the others contradicts.",
    ),
    "unique_share": st.column_config.NumberColumn(
        "Alone", format="percent", help="Of all interactions with a vote, the share that only it voted on."
    ),
    "estimated_accuracy": st.column_config.NumberColumn(
        "Right, estimated", format="percent", help="By the label model. Empty until reviews calibrate it."
    ),
    "measured_accuracy": st.column_config.NumberColumn(
        "Right, measured", format="percent", help="Share of its reviewed votes that people agree with."
    ),
    "low": st.column_config.NumberColumn("from", format="percent", help="95 % interval of the measured share."),
    "high": st.column_config.NumberColumn("to", format="percent", help="95 % interval of the measured share."),
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


def show_labels(snapshot: Snapshot) -> None:
    """Show what each labelling function says, how often people agree, and the reliability of the probabilities."""
    st.title("Labels", anchor=False)
    st.caption(f"Which signals to believe, and where · {formats.freshness(snapshot.run)}")
    if snapshot.run is None or snapshot.run.label_version is None:
        show_unlabelled()
        return
    dimension = _show_functions(snapshot)
    _show_reliability(snapshot)
    _show_reviews_to_go(snapshot, dimension or EVERYTHING)


def _show_functions(snapshot: Snapshot) -> str | None:
    """Show the report; return the dimension it is broken down by, null for none."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader("Signals", anchor=False, width="content")
        dimension = choose_dimension(snapshot, "Break down by") if st.toggle("By segment", value=False) else None
    report = reading.report_functions(snapshot, dimension=dimension).filter(dimension=dimension or "all")
    st.dataframe(
        report.select(name for name in _COLUMNS if dimension or name != "value"),
        column_config=_COLUMNS,
        hide_index=True,
        width="stretch",
        height=_ROW_HEIGHT * (min(report.height, _MOST_ROWS) + 1) + 3,
        placeholder="–",
    )
    st.caption("–: not known. A signal that people agree with no more often than a guess would be tells nothing.")
    return dimension


def _show_reliability(snapshot: Snapshot) -> None:
    with st.container(border=True):
        st.markdown("**Do the probabilities hold?**")
        bins = reading.reliability(snapshot)
        if bins.is_empty():
            st.caption(_TO_REVIEW)
            return
        st.altair_chart(reliability_plot(bins), width="stretch")
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
        st.dataframe(found, column_config=_TO_GO, hide_index=True, width="stretch", placeholder="–")
        st.caption(
            "As if they were drawn at random like those there are: `feedback reviews draw --k 100 --out FILE.csv`. "
            "Reviews picked by hand teach the label model and say nothing about a rate."
        )
