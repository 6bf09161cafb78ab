"""Would it have fired? The past replayed with other settings."""

from dataclasses import replace
from datetime import date

import polars as pl
import streamlit as st

from feedback.charts.alarms import fired_days
from feedback.drift.backtest import ALWAYS, THESE
from feedback.drift.detectors import detector_names
from feedback.pages import reading
from feedback.pages.downloads import show_chart
from feedback.settings import Settings
from feedback.settings.watch import Watch
from feedback.store.snapshot import Snapshot

_BUDGETS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 50.0)


def show_backtest(snapshot: Snapshot, settings: Settings) -> None:
    """Show on which days chosen settings would have raised alarms, beside ADWIN and an alarm every day."""
    with st.container(border=True):
        st.markdown("**Would it have fired?**")
        st.caption("Replays the labels with other settings. Only the label itself is watched, not every signal.")
        watch = _choose(snapshot, settings.watch)
        if not st.toggle("Replay", value=False, key="replay", help="Takes seconds, minutes on a long log."):
            return
        with st.spinner("Replaying the log"):
            found = reading.backtest(snapshot, replace(settings, watch=watch))
        _show_days(found.days)


def _choose(snapshot: Snapshot, watch: Watch) -> Watch:
    """Return the settings chosen."""
    days = reading.whole_period(snapshot)
    usual = (reading.watch_setup(snapshot) or {}).get("begins_at")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        budgets = sorted({*_BUDGETS, watch.false_alarms})
        budget = st.select_slider(
            f"False alarms per {watch.per}",
            budgets,
            value=watch.false_alarms,
            format_func=lambda n: f"{n:g}",
            width=260,
        )
        names = detector_names()
        detector = st.selectbox("Detector", names, index=names.index(watch.detector), width=160)
        begins: date | None = None
        if days is not None and usual is not None:
            begins = st.date_input(
                "What came before is usual",
                max(days[0], min(usual.date(), days[1])),
                min_value=days[0],
                max_value=days[1],
                width=200,
            )
    return replace(watch, false_alarms=budget, fdr=None, detector=detector, baseline=begins, further=())


def _show_days(days: pl.DataFrame) -> None:
    if days.is_empty():
        st.caption("No day is watched: the baseline lies after the last label.")
        return
    told = days.with_columns(pl.col("segments").list.head(8).list.join(", "))
    show_chart(fired_days(told, first=THESE), name="days on which it would have fired")
    ours = days.filter(pl.col("way") == THESE)
    fired = ours.filter(pl.col("n_alarms") > 0)
    n_alarms = fired.select(pl.col("n_alarms").sum()).item()
    st.caption(
        f"These settings fire on {fired.height:,} of {ours.height:,} days, with {n_alarms:,} alarms. "
        f"“{ALWAYS.capitalize()}” finds everything and says nothing. Point at a dot to see the segments."
    )
