"""The labels that alarms look back at: read once where many alarms come together, as they do in a replay."""

from datetime import datetime

import polars as pl

from feedback.drift.reading import LabelLog

FEW_LOOKS = 4
"""looks that are cheaper one by one: an alarm of an hour reads its own segment only"""
MOST_HELD = 1_000_000
"""labels held in memory"""
_FINAL = pl.col("final_at")


class Lookback:
    """A log of labels of which those since a time are held in memory once they have been looked at a few times.

    Parameters
    ----------
    log
        The labels.
    since, until
        Labels final after the one and not after the other may be held.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from feedback.drift.reading import open_log
    >>> at = [datetime(2026, 1, 5, hour, tzinfo=UTC) for hour in range(6)]
    >>> labels = pl.DataFrame({"interaction_id": list("abcdef"), "final_at": at, "score": [1.0, 0, 1, 1, 0, 1]})
    >>> lookback = Lookback(open_log(labels, []), since=at[0], until=at[-1])
    >>> looks = [lookback.read(after=at[2], until=at[4], where=pl.col("score") == 1) for _ in range(6)]
    >>> [look["interaction_id"].to_list() for look in looks] == [["d"]] * 6
    True
    """

    def __init__(self, log: LabelLog, *, since: datetime, until: datetime):
        self._log, self._since, self._until = log, since, until
        self._n_looks = 0
        self._held: pl.DataFrame | None = None

    def read(self, *, after: datetime, until: datetime, where: pl.Expr) -> pl.DataFrame:
        """Return labels as `LabelLog.read` does."""
        held = self._hold(after)
        if held is None:
            return self._log.read(after=after, until=until, where=where)
        return held.filter(after < _FINAL, until >= _FINAL, where)

    def times(self, *, after: datetime, where: pl.Expr) -> pl.Series:
        """Return times as `LabelLog.times` does."""
        held = self._hold(after)
        if held is None:
            return self._log.times(after=after, where=where)
        return held.filter(after < _FINAL, where)["final_at"]

    def _hold(self, after: datetime) -> pl.DataFrame | None:
        """Return the labels in memory; none while few were asked for, where they are too many or begin too late."""
        if after < self._since:
            return None
        self._n_looks += 1
        if self._n_looks == FEW_LOOKS + 1 and self._count() <= MOST_HELD:
            self._held = self._log.read(after=self._since, until=self._until)
        return self._held

    def _count(self) -> int:
        return len(self._log.times(after=self._since, where=self._until >= _FINAL))
