"""Which sessions a run has to look at: those with new events, and those of which a window has closed."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from feedback.errors import StoreError
from feedback.store.changes import Changes
from feedback.store.run import Run, run_from_row
from feedback.store.versions import Version
from feedback.store.writer import Writer

_TAKING_OUT = ("forget",)
"""commands after which an older version of the events is gone, and nothing of what is left is new"""


@dataclass(frozen=True)
class Scope:
    """What a run labels.

    Attributes
    ----------
    events
        All events of the sessions concerned.
    changes
        Events that came and went since the run before; null when there was none to compare with.
    sessions
        The sessions concerned; null for all.
    open_rows
        Interactions that were open before the run, as they are stored.
    final_ids
        One row per `interaction_id` of these sessions that is final already.
    """

    events: pl.LazyFrame | Version
    changes: Changes | None
    sessions: pl.Series | None
    open_rows: pl.DataFrame
    final_ids: pl.DataFrame

    @property
    def untouched_rows(self) -> pl.DataFrame:
        """Return the open interactions of all other sessions: they stay as they are."""
        if self.sessions is None:
            return self.open_rows.clear()
        return self.open_rows.filter(~pl.col("session_id").is_in(self.sessions.implode()))


def find_scope(writer: Writer, previous: Run | None, *, watermark: datetime | None) -> Scope:
    """Return what a run has to label, given the run before it; everything where its events have expired."""
    changes, open_rows = _changes_since(writer, previous), _open_rows(writer)
    finals = writer.table("interactions").select("session_id", "interaction_id", "is_final").filter("is_final")
    if changes is None:
        final_ids = finals.select("interaction_id").collect()
        return Scope(writer.version("events"), None, None, open_rows, final_ids)
    crossed = open_rows.filter(pl.col("window_ends_at") <= pl.lit(watermark, pl.Datetime("us", "UTC")))
    moved = pl.concat([changes.added.select("session_id"), changes.removed.select("session_id")]).collect()
    sessions = pl.concat([moved, crossed.select("session_id")]).to_series().unique().sort()
    is_concerned = pl.col("session_id").is_in(sessions.implode())
    final_ids = finals.filter(is_concerned).select("interaction_id").collect()
    return Scope(writer.table("events").filter(is_concerned), changes, sessions, open_rows, final_ids)


def everything(writer: Writer) -> Scope:
    """Return all there is, as if nothing had been labelled before."""
    nothing = pl.DataFrame(schema={"interaction_id": pl.String})
    return Scope(writer.version("events"), None, None, _open_rows(writer), nothing)


def last_run_of(writer: Writer, command: str) -> Run | None:
    """Return the latest run of a command; null when there is none."""
    rows = writer.table("runs").filter(pl.col("command") == command).sort("run").tail(1).collect()
    return run_from_row(rows.row(0, named=True)) if rows.height else None


def _open_rows(writer: Writer) -> pl.DataFrame:
    return writer.table("interactions").filter(~pl.col("is_final")).collect()


def _find_pin(writer: Writer, previous: Run) -> int | None:
    """Return the version of the events that a run saw; where somebody was forgotten since, without them."""
    pin = before = previous.pins.get("events")
    later = writer.table("runs").filter(pl.col("run") > previous.run).sort("run").collect()
    for row in later.iter_rows(named=True):
        run = run_from_row(row)
        if run.command in _TAKING_OUT and before == pin:
            pin = run.pins.get("events")
        before = run.pins.get("events")
    return pin


def _changes_since(writer: Writer, previous: Run | None) -> Changes | None:
    """Return how the events changed since a run; null without one, or once its version of them has expired."""
    pin = _find_pin(writer, previous) if previous else None
    if pin is None:
        return None
    try:
        return writer.changes("events", since=pin)
    except StoreError:
        return None
