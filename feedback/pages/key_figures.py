"""The figures of the overview: how good, how many, how much of it is known, and what is open."""

from collections.abc import Mapping
from typing import Any, Literal

import polars as pl
import streamlit as st

from feedback.explore import Period
from feedback.explore.sentences import count_severities
from feedback.incidents.states import OPEN
from feedback.pages import formats, reading
from feedback.pages.places import place
from feedback.store.snapshot import Snapshot

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
_ABOUT_INCIDENTS = "Alarms of one cause, and rules of feedback.toml that are broken, until somebody decides them."


def show_key_figures(snapshot: Snapshot, period: Period, history: Period) -> None:
    """Show the figures of a period, each with how it went over the days of the history."""
    now = reading.compare_values(snapshot, period)
    if now.is_empty():
        st.info("There are no labels in these days.", icon=":material/info:")
        return
    row, daily = now.row(0, named=True), reading.daily_rates(snapshot, history)
    _show_quality(snapshot, period, row, daily)
    _show_amounts(snapshot, row, daily)


def _show_quality(snapshot: Snapshot, period: Period, row: dict, daily: pl.DataFrame) -> None:
    """Show the success rate, by reviews and by the label model alone, and the behaviour score."""
    rates = reading.period_rate(snapshot, period).row(0, named=True)
    is_calibrated = rates["proxy_rate"] is not None
    places = st.columns(3 if is_calibrated else [2, 1])
    with places[-1 if is_calibrated else 0].container(border=True, height="stretch"):
        _show_score(row, period, daily)
    with places[0 if is_calibrated else -1].container(border=True, height="stretch"):
        _show_rate(rates, daily)
    if is_calibrated:
        with places[1].container(border=True, height="stretch"):
            _show_proxy(rates, daily)
        st.caption(formats.compare_rates(rates["proxy_rate"], rates["rate"], rates["low"], rates["high"]))


def _show_rate(rates: dict, daily: pl.DataFrame) -> None:
    is_known = rates["rate"] is not None
    told = formats.rate_with_interval(rates["rate"], rates["low"], rates["high"])
    context = f"95 %, {formats.count(rates['n_reviewed'])} reviewed at random" if is_known else "not known yet"
    _show("Success rate, corrected by reviews", told, context, about=_ABOUT_RATE, line=daily["rate"])
    if not is_known:
        st.caption("It takes people's verdicts on a random draw.")
        st.page_link(place("review"), label="Review", icon=":material/gavel:")


def _show_proxy(rates: dict, daily: pl.DataFrame) -> None:
    told = formats.rate(rates["proxy_rate"])
    _show("By the label model alone", told, "uncorrected", about=_ABOUT_PROXY, line=daily["proxy_rate"])


def _show_score(row: dict, period: Period, daily: pl.DataFrame) -> None:
    color, arrow = _DIRECTIONS.get(row["direction"], ("gray", "off"))
    span = formats.change_interval(row["change_low"], row["change_high"])
    st.metric(
        "Behaviour score",
        formats.score_with_interval(row["score"], row["score_low"], row["score_high"]),
        delta=formats.change(row["change"]),
        delta_color=color,
        delta_arrow=arrow,
        delta_description=f"{span} against the {period.n_days} days before" if row["n_before"] else _NOTHING_BEFORE,
        help=_ABOUT_SCORE,
        **_line(daily["mean_score"]),
    )


def _show_amounts(snapshot: Snapshot, row: dict, daily: pl.DataFrame) -> None:
    """Show how many answers there are, how many of them are known, and how many incidents are open."""
    labelled, voted, waiting, incidents = st.columns(4)
    n_before = f"{formats.count(row['n_before'])} before" if row["n_before"] else _NOTHING_BEFORE
    with labelled.container(border=True, height="stretch"):
        _show("Interactions labelled", formats.count(row["n"]), n_before, about=_ABOUT_LABELLED, line=daily["n"])
    before = f"{formats.share(row['voted_share_before'])} before" if row["n_before"] else _NOTHING_BEFORE
    with voted.container(border=True, height="stretch"):
        share = formats.share(row["voted_share"])
        _show("With any vote", share, before, about=_ABOUT_VOTED, line=daily["voted_share"])
    with waiting.container(border=True, height="stretch"):
        _show("Still open", formats.count(reading.count_open(snapshot)), "not counted yet", about=_ABOUT_OPEN)
    with incidents.container(border=True, height="stretch"):
        found = reading.list_incidents(snapshot).filter(pl.col("state").is_in(OPEN))
        told = count_severities(found) or "nothing to do"
        _show("Open incidents", formats.count(found.height), told, about=_ABOUT_INCIDENTS)
        st.page_link(place("incidents"), label="All incidents", icon=":material/arrow_forward:")


def _show(title: str, value: str, context: str, *, about: str, line: pl.Series | None = None) -> None:
    drawn = {} if line is None else _line(line)
    st.metric(title, value, delta=context, delta_color="gray", delta_arrow="off", help=about, **drawn)


def _line(values: pl.Series) -> dict[str, Any]:
    """Return the small line below a figure; none where there are not two days to draw."""
    known = values.drop_nulls().to_list()
    return {"chart_data": known, "chart_type": "line"} if len(known) > 1 else {}
