"""How are we doing, where is it worst, show me."""

from collections.abc import Mapping
from typing import Literal

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import Page

from feedback.charts import outcome_bar, score_of_value, score_over_time, score_span, volume_over_time
from feedback.charts.meaning import OUTCOMES
from feedback.explore import Period
from feedback.pages import formats, reading
from feedback.pages.example_table import choose_example
from feedback.pages.filters import choose_dimension, choose_period
from feedback.pages.first_steps import show_unlabelled
from feedback.pages.value_table import pick_value
from feedback.store.snapshot import Snapshot

_HISTORY_DAYS = 28
_WORST = 8
_MULTIPLES = 4
_DIRECTIONS: Mapping[str, tuple[Literal["red", "green"], Literal["up", "down"]]] = {
    "worse": ("red", "down"),
    "better": ("green", "up"),
}
_ABOUT_SCORE = (
    "From 0 to 1, by what people did with the answers: kept, edited, took back, asked again, called a human. "
    "It ranks. It is no success rate. "
    "Intervals cover 95 % and allow for one person's answers being alike."
)
_NOTHING_BEFORE = "nothing before"
_ABOUT_RATE = (
    "Share of good responses by people's reviews of a random draw, made sharper by the label model. "
    "Right on average whatever the label model is worth. The interval covers 95 %."
)
_ABOUT_PROXY = "Mean probability that a response was good, by the label model alone. It may be off in one direction."
_ABOUT_REVIEWED = "Responses of the period with a verdict, drawn at random. More of them make the interval narrower."
_ABOUT_LABELLED = "Final labels of the period: the time in which behaviour can still judge them is over."
_ABOUT_VOTED = "Share of the labelled interactions about which behaviour said anything. The rest has no score."
_ABOUT_OPEN = "Shown so recently that people can still react. They count once their observation window is over."


def show_overview(snapshot: Snapshot, time_zone: str, examples: Page) -> None:
    """Show the score now and over time, the values of a dimension, and the worst examples of one."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        with st.container(gap=None, width="content"):
            st.title("Overview", anchor=False)
            caption = st.empty()
        period = choose_period(snapshot, time_zone)
    if period is None:
        show_unlabelled()
        return
    caption.caption(
        f"{formats.days(period)}, against the {period.n_days} days before · {formats.freshness(snapshot.run)}"
    )
    _show_numbers(snapshot, period)
    _show_rate(snapshot, period)
    _show_history(snapshot, period)
    _show_values(snapshot, period, examples)


def _show_numbers(snapshot: Snapshot, period: Period) -> None:
    now = reading.compare_values(snapshot, period).row(0, named=True)
    color, arrow = _DIRECTIONS.get(now["direction"], ("gray", "off"))
    span = formats.change_interval(now["change_low"], now["change_high"])
    score, labelled, voted, opened = st.columns([2, 1, 1, 1])
    score.metric(
        f"Behaviour score, 95 % interval {formats.interval(now['score_low'], now['score_high'])}",
        formats.score(now["score"]),
        delta=formats.change(now["change"]),
        delta_color=color,
        delta_arrow=arrow,
        delta_description=f"{span} against the {period.n_days} days before" if now["n_before"] else _NOTHING_BEFORE,
        help=_ABOUT_SCORE,
        border=True,
    )
    n_before = f"{formats.count(now['n_before'])} before" if now["n_before"] else _NOTHING_BEFORE
    _show_number(labelled, "Interactions labelled", formats.count(now["n"]), n_before, about=_ABOUT_LABELLED)
    before = f"{formats.share(now['voted_share_before'])} before" if now["n_before"] else _NOTHING_BEFORE
    _show_number(voted, "With any vote", formats.share(now["voted_share"]), before, about=_ABOUT_VOTED)
    n_open = formats.count(reading.count_open(snapshot))
    _show_number(opened, "Still open", n_open, "not counted yet", about=_ABOUT_OPEN)


def _show_rate(snapshot: Snapshot, period: Period) -> None:
    """Show the success rate, by the label model alone and corrected by reviews; nothing before a calibration."""
    found = reading.period_rate(snapshot, period).row(0, named=True)
    if found["proxy_rate"] is None:
        return
    corrected, proxy, reviewed = st.columns([2, 1, 1])
    interval = f"95 % interval {formats.rate(found['low'])} to {formats.rate(found['high'])}"
    title = f"Success rate, corrected by reviews, {interval}" if found["rate"] is not None else "Success rate"
    _show_number(corrected, title, formats.rate(found["rate"]), found["method"], about=_ABOUT_RATE)
    _show_number(
        proxy, "By the label model alone", formats.rate(found["proxy_rate"]), "uncorrected", about=_ABOUT_PROXY
    )
    n_reviewed = formats.count(found["n_reviewed"])
    _show_number(reviewed, "Reviewed at random", n_reviewed, f"of {formats.count(found['n'])}", about=_ABOUT_REVIEWED)
    st.caption(formats.compare_rates(found["proxy_rate"], found["rate"], found["low"], found["high"]))


def _show_number(place: DeltaGenerator, title: str, value: str, context: str, *, about: str) -> None:
    place.metric(title, value, delta=context, delta_color="gray", delta_arrow="off", help=about, border=True)


def _show_history(snapshot: Snapshot, period: Period) -> None:
    daily = reading.daily_scores(snapshot, _history(period))
    with st.container(border=True):
        st.markdown("**Behaviour score per day**")
        with st.container(gap=None):
            st.altair_chart(score_over_time(daily, marked=(period.first, period.last)), width="stretch")
            st.altair_chart(volume_over_time(daily), width="stretch")
        st.caption("Band: 95 % interval, none under five people. Shaded: the chosen period.")
    with st.container(border=True):
        st.markdown("**What became of the answers**")
        outcomes = reading.count_outcomes(snapshot, period)
        with st.container(gap=None):
            st.altair_chart(outcome_bar(outcomes), width="stretch")
            with st.container(horizontal=True, gap="small"):
                for outcome, share in outcomes.select("outcome", "share").iter_rows():
                    meaning = OUTCOMES[outcome]
                    st.badge(f"{meaning.words} {formats.share(share)}", color=meaning.named)


def _show_values(snapshot: Snapshot, period: Period, examples: Page) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader("Where is it worst", anchor=False, width="content")
        dimension = choose_dimension(snapshot, "Break down by")
    values = reading.compare_values(snapshot, period, dimension=dimension)
    history = reading.daily_scores(snapshot, _history(period), dimension=dimension)
    value = pick_value(values, history, key=f"values {dimension} {period.n_days}")
    if value is None:
        _show_multiples(values["value"].head(_MULTIPLES).to_list(), history)
    else:
        _show_value(snapshot, period, dimension, value, history.filter(value=value), examples)


def _show_multiples(values: list[str], history: pl.DataFrame) -> None:
    span = score_span(history.filter(pl.col("value").is_in(values)))
    for place, value in zip(st.columns(_MULTIPLES), values, strict=False):
        with place.container(border=True):
            st.markdown(f"**{formats.plain(value)}**")
            st.altair_chart(score_of_value(history.filter(value=value), span, height=150), width="stretch")


def _show_value(
    snapshot: Snapshot, period: Period, dimension: str, value: str, daily: pl.DataFrame, examples: Page
) -> None:
    left, right = st.columns([2, 3])
    with left.container(border=True, height="stretch"):
        st.markdown(f"**{formats.plain(value)}: behaviour score per day**")
        st.altair_chart(score_of_value(daily, score_span(daily), height=330), width="stretch")
    with right.container(border=True, height="stretch"):
        st.markdown(f"**{formats.plain(value)}: worst examples**")
        worst = reading.list_interactions(snapshot, period, dimension=dimension, value=value, most=_WORST)
        chosen = choose_example(worst, key=f"worst {dimension} {value} {period.n_days}", is_brief=True)
        query = {"days": str(period.n_days), "dimension": dimension, "value": value}
        st.page_link(examples, label="All examples of this value", icon=":material/arrow_forward:", query_params=query)
    if chosen:
        st.switch_page(examples, query_params={**query, "interaction": chosen})


def _history(period: Period) -> Period:
    """Return the days to draw: the period, the one it is compared with, and four weeks at least."""
    return period.back_to(max(_HISTORY_DAYS, 2 * period.n_days))
