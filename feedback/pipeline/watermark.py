"""Up to which event time all events are assumed to have arrived."""

from collections.abc import Mapping
from datetime import datetime, timedelta

IDLE_AFTER = timedelta(days=1)


def advance_watermark(
    previous: datetime | None, sources: Mapping[str, datetime], *, lateness: timedelta
) -> datetime | None:
    """Return the watermark: the least over the sources of their latest event minus the allowed lateness.

    A source more than a day behind the newest is idle and holds nothing up. The watermark never goes back.
    Null before the first event.

    Parameters
    ----------
    previous
        The watermark so far.
    sources
        Latest event time seen from each source.
    lateness
        How long events may be under way.

    Examples
    --------
    >>> noon = datetime(2026, 1, 5, 12)
    >>> seen = {"web": noon, "app": noon - timedelta(hours=2), "old": noon - timedelta(days=9)}
    >>> advance_watermark(None, seen, lateness=timedelta(hours=1))
    datetime.datetime(2026, 1, 5, 9, 0)
    """
    if not sources:
        return previous
    newest = max(sources.values())
    reached = min(latest for latest in sources.values() if newest - latest <= IDLE_AFTER) - lateness
    return reached if previous is None else max(previous, reached)


def merge_sources(seen: Mapping[str, datetime], source: str, latest: datetime | None) -> dict[str, datetime]:
    """Return the latest event time of each source once these events of one are counted.

    Examples
    --------
    >>> merge_sources({"web": datetime(2026, 1, 5)}, "web", datetime(2026, 1, 4))
    {'web': datetime.datetime(2026, 1, 5, 0, 0)}
    """
    if latest is None:
        return dict(seen)
    return {**seen, source: max(latest, seen.get(source, latest))}
