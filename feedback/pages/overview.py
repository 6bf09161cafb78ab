"""How are we doing, what changed, where is it worst, show me."""

import polars as pl
import streamlit as st

from feedback.charts import outcome_bar, score_of_value, score_over_time, score_span, volume_over_time
from feedback.charts.meaning import OUTCOMES
from feedback.explore import Period
from feedback.pages import formats, reading
from feedback.pages.downloads import show_chart
from feedback.pages.example_table import choose_example
from feedback.pages.filters import choose_dimension, choose_period, keep_choices
from feedback.pages.first_steps import show_unlabelled
from feedback.pages.headlines import show_headlines
from feedback.pages.key_figures import show_key_figures
from feedback.pages.places import place
from feedback.pages.value_table import pick_value
from feedback.pages.worst_now import show_worst_now
from feedback.settings import Settings
from feedback.store.snapshot import Snapshot

_HISTORY_DAYS = 28
_WORST = 8
_MULTIPLES = 4


def show_overview(snapshot: Snapshot, settings: Settings) -> None:
    """Show what changed, the figures and how they went, and where it is worst."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        with st.container(gap=None, width="content"):
            st.title("Overview", anchor=False)
            caption = st.empty()
        period = choose_period(snapshot, settings.time_zone)
    if period is None:
        show_unlabelled()
        return
    caption.caption(
        f"{formats.days(period)}, against the {period.n_days} days before · {formats.freshness(snapshot.run)}"
    )
    show_headlines(snapshot, settings.time_zone)
    show_key_figures(snapshot, period, _history(period))
    show_worst_now(snapshot)
    _show_history(snapshot, period)
    _show_outcomes(snapshot, period)
    _show_values(snapshot, period)


def _show_history(snapshot: Snapshot, period: Period) -> None:
    daily, releases = reading.daily_scores(snapshot, _history(period)), reading.releases(snapshot)
    with st.container(border=True):
        st.markdown("**Behaviour score per day**")
        score = score_over_time(daily, marked=(period.first, period.last), releases=releases)
        marks = " Triangles: releases." if releases.height else ""
        caption = f"Band: 95 % interval, none under five people. Shaded: the chosen period.{marks}"
        show_chart([score, volume_over_time(daily)], name="behaviour score per day", caption=caption)


def _show_outcomes(snapshot: Snapshot, period: Period) -> None:
    with st.container(border=True):
        st.markdown("**What became of the answers**")
        outcomes = reading.count_outcomes(snapshot, period)
        badges = [
            f":{OUTCOMES[outcome].named}-badge[{OUTCOMES[outcome].words} {formats.share(share)}]"
            for outcome, share in outcomes.select("outcome", "share").iter_rows()
        ]
        show_chart(outcome_bar(outcomes), name="what became of the answers", legend=" ".join(badges))


@st.fragment
def _show_values(snapshot: Snapshot, period: Period) -> None:
    """Show where it is worst. Drawn anew alone when another dimension or a value is chosen."""
    keep_choices()
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader("Where is it worst", anchor=False, width="content")
        dimension = choose_dimension(snapshot, "Break down by")
    values = reading.compare_values(snapshot, period, dimension=dimension)
    history = reading.daily_scores(snapshot, _history(period), dimension=dimension)
    value = pick_value(values, history, key=f"values {dimension} {period.n_days}")
    if value is None:
        _show_multiples(values["value"].head(_MULTIPLES).to_list(), history)
    else:
        _show_value(snapshot, period, dimension, value, history.filter(value=value))


def _show_multiples(values: list[str], history: pl.DataFrame) -> None:
    span = score_span(history.filter(pl.col("value").is_in(values)))
    for rank, (column, value) in enumerate(zip(st.columns(_MULTIPLES), values, strict=False), start=1):
        with column.container(border=True):
            st.markdown(f"**{formats.name(value)}**")
            chart = score_of_value(history.filter(value=value), span, height=150)
            show_chart(chart, name=f"behaviour score of value {rank}")


def _show_value(snapshot: Snapshot, period: Period, dimension: str, value: str, daily: pl.DataFrame) -> None:
    left, right = st.columns([2, 3])
    with left.container(border=True, height="stretch"):
        st.markdown(f"**{formats.name(value)}: behaviour score per day**")
        chart = score_of_value(daily, score_span(daily), height=330)
        show_chart(chart, name="behaviour score of the value")
    with right.container(border=True, height="stretch"):
        st.markdown(f"**{formats.name(value)}: worst examples**")
        worst = reading.list_interactions(snapshot, period, dimension=dimension, value=value, most=_WORST)
        chosen = choose_example(worst, key=f"worst {dimension} {value} {period.n_days}", is_brief=True)
        query = {"days": str(period.n_days), "dimension": dimension, "value": value}
        st.page_link(
            place("examples"), label="All examples of this value", icon=":material/arrow_forward:", query_params=query
        )
    if chosen:
        st.switch_page(place("examples"), query_params={**query, "interaction": chosen})


def _history(period: Period) -> Period:
    """Return the days to draw: the period, the one it is compared with, and four weeks at least."""
    return period.back_to(max(_HISTORY_DAYS, 2 * period.n_days))
