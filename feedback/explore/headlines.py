"""What changed since yesterday and in the latest week: three sentences from the small tables of a store."""

from datetime import timedelta

import polars as pl

from feedback.explore.incidents import list_incidents
from feedback.explore.periods import latest_period
from feedback.explore.scores import compare_values
from feedback.explore.sentences import Headline, say_new, say_week, say_worst
from feedback.store.snapshot import Snapshot

N_DAYS = 7
_DAY = timedelta(days=1)


def what_changed(snapshot: Snapshot, *, time_zone: str = "UTC", viewer_zone: str = "UTC") -> tuple[Headline, ...]:
    """Return in three sentences how the latest week was, what was hit worst, and what is new since yesterday.

    Yesterday is the day before the watermark: what the store knows last, not what the clock on the wall says.

    Parameters
    ----------
    snapshot
        The tables.
    time_zone
        The declared zone, whose midnights part the days.
    viewer_zone
        The zone in which times are told.

    Examples
    --------
    >>> from feedback.store import Store
    >>> [headline.tone for headline in what_changed(Store("no/such/folder").at())]
    ['unknown', 'calm', 'calm']
    """
    run = snapshot.run
    version = (run.label_version if run else None) or 1
    of_version = pl.col("label_version") == version
    period = latest_period(snapshot, N_DAYS, time_zone=time_zone)
    whole = compare_values(snapshot, period) if period else pl.DataFrame()
    segments, alarms = (snapshot.table(name).filter(of_version).collect() for name in ("segments", "alarms"))
    incidents = list_incidents(snapshot)
    until = run.watermark if run else None
    since = until - _DAY if until else None
    return (
        say_week(whole, n_days=N_DAYS),
        say_worst(segments, incidents, time_zone=viewer_zone),
        say_new(incidents, alarms, since=since, until=until, time_zone=viewer_zone),
    )
