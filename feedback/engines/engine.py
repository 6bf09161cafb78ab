"""What every engine offers."""

from collections.abc import Iterator
from typing import Protocol

import polars as pl

from feedback.engines.work import LabelledShard, Progress, Work, ignore_progress
from feedback.store.versions import Version, scan_version

Events = pl.LazyFrame | Version
"""Table `events`: one version of it as the store keeps it, or rows chosen from it, all those of each session."""


class Engine(Protocol):
    """Labels many sessions: it decides where, in which order and how many at a time, never what comes out."""

    def label(self, events: Events, work: Work, *, on_progress: Progress = ignore_progress) -> Iterator[LabelledShard]:
        """Return what the work makes of the events, shard by shard.

        Every session is in one shard, and every shard holds whole sessions. Together the shards have
        the rows that the work gives of all events at once. There is always one, if without rows.

        Parameters
        ----------
        events
            The events. A version is read by whoever labels it; a `LazyFrame` is worked out in this process.
        work
            What to do, such as `LabelSessions`.
        on_progress
            Called with the number of events done and the number in all, as shards are done.

        Raises
        ------
        EngineError
            When the engine cannot start, cannot write its scratch files, or gave up.
        """
        ...


def count_events(events: Events) -> int:
    """Return the number of events.

    Examples
    --------
    >>> count_events(pl.LazyFrame({"event_id": ["e1", "e2"]}))
    2
    """
    return scan_events(events).select(pl.len()).collect().item()


def scan_events(events: Events) -> pl.LazyFrame:
    """Return the events as a `LazyFrame`.

    Examples
    --------
    >>> scan_events(Version((), pl.Schema({"event_id": pl.String()}))).collect().shape
    (0, 1)
    """
    return scan_version(events) if isinstance(events, Version) else events
