"""What got worse, where, and is it real."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import polars as pl
import streamlit as st

from feedback.explore.comparisons import Calendar, Comparison
from feedback.pages import formats, reading
from feedback.pages.change_split import show_split
from feedback.pages.columns import time_column
from feedback.pages.comparison import choose_comparison
from feedback.pages.disparity import show_disparity
from feedback.pages.downloads import show_table
from feedback.pages.filters import choose_dimension
from feedback.pages.first_steps import show_unlabelled
from feedback.pages.leads import show_lead, tell_segments
from feedback.pages.segment_details import show_details
from feedback.pages.versions import show_versions
from feedback.quality.people import EVERYTHING
from feedback.segments.drilldown import Details
from feedback.segments.find import MIN_N
from feedback.settings import Settings
from feedback.store.snapshot import Snapshot

_NOTHING = (
    "No segment got worse by more than chance explains, neither in the latest 7 complete days against the 7 before, "
    "nor in the latest 14 against the 14 before. A changed mix of traffic does not count as worse."
)
_NOTHING_HERE = "No segment got worse by more than chance explains. A changed mix of traffic does not count as worse."
_ABOUT = (
    "Of all combinations of up to three conditions, those whose drop neither chance nor a changed mix explains; "
    "where nothing happened, anything is listed in 5 % of comparisons. Intervals cover 95 % and allow for one "
    "person's answers being alike. Tick a row to look into it."
)
_ROW_HEIGHT, _MOST_ROWS = 35, 12
_N_DAYS = (pl.col("last_day") - pl.col("first_day")).dt.total_days() + 1
_USUAL_SPLIT = Comparison(length=timedelta(days=14))


class View(NamedTuple):
    """What one comparison has to show: its segments, what to say of it, and how to look into a segment."""

    segments: pl.DataFrame
    caption: str | None
    nothing: str
    explain: Callable[[dict], Details]
    comparison: Comparison


def show_segments(snapshot: Snapshot, settings: Settings) -> None:
    """Show the segments that got worse, the one that the address names up close, what the mix has to do with it, and
    whether some groups are served worse than others.
    """
    st.title("Segments", anchor=False)
    if snapshot.run is None or snapshot.run.label_version is None:
        show_unlabelled()
        return
    show_lead(tell_segments(reading.list_segments(snapshot)), snapshot.run)
    calendar = Calendar(max(settings.observation_window.values()), settings.time_zone)
    view = _choose_view(snapshot, calendar)
    if view is not None:
        _show_view(snapshot, view)
        _show_split(snapshot, view.comparison, calendar)
    show_versions(snapshot)
    show_disparity(snapshot, settings.disparity)


def _choose_view(snapshot: Snapshot, calendar: Calendar) -> View | None:
    """Return what the chosen comparison has to show; null while the choice is unfinished."""
    comparison = choose_comparison(snapshot)
    if comparison is None:
        return None
    if not isinstance(comparison, Comparison):
        found = reading.list_segments(snapshot)
        return View(
            found,
            None,
            _NOTHING,
            lambda row: reading.explain(snapshot, row["segment"], row["first_day"], time_zone=calendar.time_zone),
            _USUAL_SPLIT,
        )
    with st.spinner("Comparing every combination of conditions"):
        told = reading.find_segments(snapshot, comparison, calendar)
    few = min(told.n_before, told.n_after) < MIN_N
    return View(
        told.segments,
        f"{formats.plain(told.words)}: {told.n_after:,} labels with a value against {told.n_before:,}.",
        f"Too few labels to tell: it takes {MIN_N} in either window." if few else _NOTHING_HERE,
        lambda row: reading.explain_between(snapshot, comparison, row["definition"], calendar),
        comparison,
    )


def _show_view(snapshot: Snapshot, view: View) -> None:
    if view.caption:
        st.caption(view.caption)
    if view.segments.is_empty():
        st.info(view.nothing, icon=":material/check_circle:")
        return
    row = view.segments.row(_pick_row(view.segments, with_period=view.caption is None), named=True)
    with st.spinner("Looking into the segment"):
        details = view.explain(row)
    show_details(snapshot, row, details)


def _pick_row(found: pl.DataFrame, *, with_period: bool) -> int:
    """Return the row that is ticked, the first at the beginning. In the address: `segment`, `since`."""
    keys = [f"{segment} {since}" for segment, since in found.select("segment", "first_day").iter_rows()]
    chosen = f"{st.query_params.get('segment')} {st.query_params.get('since')}"
    at = keys.index(chosen) if chosen in keys else 0
    show_table(
        _write(found) if with_period else _write(found).drop("period"),
        name="segments that got worse",
        whole=found,
        caption=_ABOUT,
        column_config=_columns(),
        key="segments",
        on_select=lambda: _write_address(found),
        selection_mode="single-row",
        selection_default={"selection": {"rows": [at]}},
        height=_ROW_HEIGHT * (min(found.height, _MOST_ROWS) + 1) + 3,
        placeholder=formats.UNKNOWN,
        alt="Segments that got worse, most lost successes first",
    )
    return at


def _write_address(found: pl.DataFrame) -> None:
    rows = st.session_state["segments"]["selection"]["rows"]
    for name in ("segment", "since"):
        st.query_params.pop(name, None)
    if rows:
        segment, since = found.select("segment", "first_day").row(rows[0])
        st.query_params.update(segment=segment, since=str(since))


def _write(found: pl.DataFrame) -> pl.DataFrame:
    """Return the table as people read it."""
    spans = [formats.change_interval(*ends) for ends in found.select("shrunk_low", "shrunk_high").iter_rows()]
    return found.select(
        "segment",
        pl.format("{} days", _N_DAYS).alias("period"),
        "lost_successes",
        (100 * pl.col("loss_share")).alias("loss_share"),
        "rate_before",
        "rate_after",
        pl.col("shrunk_change").alias("change"),
        pl.Series("interval", spans, dtype=pl.String),
        "onset_at",
        "follows_release",
        "n_users_after",
        pl.Series("chance", [formats.chance(value) for value in found["q_value"]], dtype=pl.String),
    )


def _columns() -> dict:
    columns = st.column_config
    return {
        "segment": columns.TextColumn("Segment", width=195),
        "period": columns.TextColumn("Latest", width=58, help="Complete days, compared with as many before."),
        "lost_successes": columns.NumberColumn("Lost", format="%.0f", width=45, help="Answers times change."),
        "loss_share": columns.NumberColumn("Of all", format="%.0f %%", width=52, help="Share of all that was lost."),
        "rate_before": columns.NumberColumn(
            "Before", format="%.2f", width=55, help="Mean score or probability, as it was."
        ),
        "rate_after": columns.NumberColumn("After", format="%.2f", width=50),
        "change": columns.NumberColumn(
            "Change", format="%+.2f", width=60,
            help="At an equal mix, drawn towards the others: what to expect to be lost.",
        ),
        "interval": columns.TextColumn("95 % interval", width=100),
        "onset_at": time_column("Since about", width=95),
        "follows_release": columns.TextColumn("After release", width=110),
        "n_users_after": columns.NumberColumn("People", format="localized", width=55),
        "chance": columns.TextColumn("By chance", width=68, help="Corrected for all combinations looked at."),
    }  # fmt: skip


def _show_split(snapshot: Snapshot, comparison: Comparison, calendar: Calendar) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
            st.markdown("**Did quality change, or only the mix?**")
            dimension = choose_dimension(snapshot, "Mix of")
        if dimension == EVERYTHING:
            st.caption("The log has no dimension to split a change by.")
            return
        found, words = reading.split_between(snapshot, comparison, dimension, calendar)
        if found.is_empty():
            st.caption(f"{formats.plain(words)}: there are no labels in one of the two, so nothing to split.")
            return
        show_split(found, dimension, words)
