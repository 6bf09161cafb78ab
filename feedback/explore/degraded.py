"""What got worse in a comparison of one's own choice, and why."""

from typing import NamedTuple

import polars as pl

from feedback.decompose import decompose_change
from feedback.errors import UnknownNameError, name_some
from feedback.explore.comparisons import Calendar, Comparison, choose_windows
from feedback.explore.labels import final_labels
from feedback.explore.sample import sample_labels
from feedback.schemas import TABLES
from feedback.segments.coding import Definition, holds
from feedback.segments.compared import Compared
from feedback.segments.drilldown import Details, explain_segment
from feedback.segments.find import find_degraded
from feedback.segments.onsets import add_onsets
from feedback.segments.report import empty_report
from feedback.store.snapshot import Snapshot

# Where the windows follow each other, so that a segment can be said to be worse since a time between them.
WITHOUT_A_GAP = ("previous period", "release")


class Found(NamedTuple):
    """What got worse (as table `segments`), between what, and how many labels with a value there were to tell by."""

    segments: pl.DataFrame
    words: str
    n_before: int
    n_after: int


def find_segments(snapshot: Snapshot, comparison: Comparison, calendar: Calendar) -> Found:
    """Return the segments that got worse in a comparison, as table `segments` has them.

    Raises
    ------
    SettingsError, UnknownNameError, InputError, SchemaError
        As `choose_windows`.
    """
    chosen = choose_windows(snapshot, comparison, calendar)
    before, after, value, _ = chosen.compared
    columns = [name for name in labelled_columns(snapshot) if name in before.columns]
    found = find_degraded(before, after, columns, value=value) if columns else empty_report()
    both = pl.concat([before, after], how="diagonal_relaxed")
    told = add_onsets(found, both if comparison.against in WITHOUT_A_GAP else both.clear(), value=value).with_columns(
        comparison=pl.lit(chosen.words),
        first_day=pl.lit(chosen.days.first),
        last_day=pl.lit(chosen.days.last),
        value=pl.lit(value),
        label_version=pl.lit(snapshot.run.label_version if snapshot.run else None, pl.Int64),
    )
    n_before, n_after = before[value].count(), after[value].count()
    return Found(told.select(TABLES["segments"].columns.keys()), chosen.words, n_before, n_after)


def explain_between(snapshot: Snapshot, comparison: Comparison, definition: Definition, calendar: Calendar) -> Details:
    """Return a segment of such a comparison up close: trend, onset, signals that moved, terms and examples.

    Raises
    ------
    SettingsError, UnknownNameError, InputError, SchemaError
        As `choose_windows`.
    """
    compared = choose_windows(snapshot, comparison, calendar).compared
    return explain_windows(
        snapshot, compared, definition, history=_history(snapshot, comparison, compared), time_zone=calendar.time_zone
    )


def explain_windows(
    snapshot: Snapshot,
    compared: Compared,
    definition: Definition,
    *,
    history: pl.DataFrame | None = None,
    time_zone: str,
) -> Details:
    """Return a segment up close, as `explain_segment`, with the votes and requests of the store."""
    _, _, value, _ = compared
    before, after = (window.filter(holds(definition)) for window in compared[:2])
    known = pl.concat([before, after], how="diagonal_relaxed").select("interaction_id", "shown_at")
    within = pl.col("shown_at").is_between(known["shown_at"].min(), known["shown_at"].max())
    votes, interactions = (
        rows.join(known.select("interaction_id").lazy(), on="interaction_id", how="semi")
        for rows in (snapshot.table("votes"), snapshot.table("interactions").filter(within))
    )
    return explain_segment(
        before,
        after,
        definition,
        value=value,
        votes=votes.collect(),
        interactions=interactions.select("interaction_id", "request_text").collect(),
        history=history,
        time_zone=time_zone,
    )


def _history(snapshot: Snapshot, comparison: Comparison, compared: Compared) -> pl.DataFrame | None:
    """Return the labels from the first of both windows to the last; null where they are of different logs."""
    starts, ends = compared.before["shown_at"].min(), compared.after["shown_at"].max()
    if comparison.against == "golden traffic" or starts is None or ends is None:
        return None
    between = pl.col("shown_at").is_between(pl.lit(starts), pl.lit(ends))
    return final_labels(snapshot).drop("evidence_event_ids").filter(between).collect()


class Split(NamedTuple):
    """A change split into mix, within and interaction (as `decompose_change`), and between what."""

    parts: pl.DataFrame
    words: str


def split_between(snapshot: Snapshot, comparison: Comparison, dimension: str, calendar: Calendar) -> Split:
    """Return whether quality changed or only the mix of a dimension; no rows where a window has no labels.

    On a long log the labels are those of some people (`sample_labels`).

    Raises
    ------
    UnknownNameError
        When the labels have no such dimension, or the release was never seen.
    SettingsError, InputError, SchemaError
        As `choose_windows`.
    """
    known = labelled_columns(snapshot, role="dimension")
    if dimension not in known:
        raise UnknownNameError(f"there is no dimension {name_some([dimension])}; there are {name_some(known, most=20)}")
    chosen = choose_windows(snapshot, comparison, calendar, among=sample_labels(snapshot))
    before, after, value, _ = chosen.compared
    return Split(decompose_change(before, after, [dimension], value=value), chosen.words)


def labelled_columns(snapshot: Snapshot, *, role: str | None = None) -> list[str]:
    """Return the dimensions and measures that labels have, by name; of one role only where it is named."""
    columns = snapshot.table("columns")
    chosen = columns if role is None else columns.filter(pl.col("role") == role)
    present = snapshot.table("labels").collect_schema().names()
    return [name for name in chosen.select("column").collect()["column"].sort() if name in present]
