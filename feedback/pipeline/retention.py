"""Texts and events age out: what labels say of them stays."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import polars as pl

from feedback.pipeline.horizons import read_horizons, write_horizons
from feedback.schemas.texts import TEXTS
from feedback.settings import Settings
from feedback.store.writer import Writer

# A part of a session goes when it is over; one that goes on for longer than this goes bit by bit.
LONGEST_PART = timedelta(days=7)
_KEYS = {"events": ("session_id", "event_id"), "interactions": ("interaction_id",)}
_TIMES = {"events": "occurred_at", "interactions": "shown_at"}


@dataclass(frozen=True)
class Aged:
    """What has aged out in a run: texts of so many responses, and so many events."""

    n_texts: int = 0
    n_events: int = 0


def say_aged(n_texts: int, n_events: int) -> str:
    """Return what went, in words.

    Examples
    --------
    >>> say_aged(1200, 0), say_aged(1, 20)
    ('texts of 1,200 responses', 'texts of 1 response, 20 events')
    """
    texts = f"texts of {n_texts:,} response{'s' * (n_texts != 1)}" if n_texts else ""
    events = f"{n_events:,} event{'s' * (n_events != 1)}" if n_events else ""
    return ", ".join(filter(None, (texts, events)))


def age_out(writer: Writer, settings: Settings, *, watermark: datetime | None, clock: datetime) -> Aged:
    """Return what went: texts, and events, older than the settings say. Nothing is written where nothing went.

    Age is by the clock, in whole days (UTC), so that there is something to write once a day at most. A part of a
    session goes as a whole, once its last event is of that age. While responses are open, nothing goes that they, or
    the parts under way, could need. Labels, votes and what is counted from them stay.
    """
    retention, before = settings.retention, read_horizons(writer)
    texts, events = (
        _find_horizon(writer, settings, age, watermark=watermark, clock=clock)
        for age in (retention.texts_after, retention.events)
    )
    n_events = _drop_events(writer, events, settings.session_gap) if events else 0
    n_said, n_texts = (
        _blank(writer, name, texts, settings.session_gap) if texts else 0 for name in ("events", "interactions")
    )
    gone = {"texts": texts if n_said or n_texts else None, "events": events if n_events else None}
    write_horizons(writer, before, clock=clock, **gone)
    return Aged(n_texts, n_events)


def _find_horizon(
    writer: Writer, settings: Settings, age: timedelta | None, *, watermark: datetime | None, clock: datetime
) -> datetime | None:
    """Return before which midnight things are too old; null where nothing ages."""
    if age is None or watermark is None:
        return None
    needed = max(settings.session_gap, *settings.observation_window.values())
    is_open = writer.table("open_labels").head(1).collect().height > 0
    at = min(clock - age, watermark - needed) if is_open else clock - age
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)


def _drop_events(writer: Writer, horizon: datetime, session_gap: timedelta) -> int:
    gone = _find_older(writer, "events", horizon, session_gap)
    writer.delete("events", gone)
    refused = writer.table("quarantine").filter(pl.col("quarantined_at") < horizon)
    writer.delete("quarantine", refused.select("quarantine_id").collect())
    return gone.height


def _blank(writer: Writer, name: str, horizon: datetime, session_gap: timedelta) -> int:
    has_text = pl.any_horizontal(pl.col(TEXTS[name]).is_not_null())
    also = has_text & pl.col("is_final") if name == "interactions" else has_text
    old = _find_older(writer, name, horizon, session_gap, also=also)
    writer.blank(name, old, TEXTS[name])
    return old.height


def _find_older(
    writer: Writer, name: str, horizon: datetime, session_gap: timedelta, *, also: pl.Expr | bool = True
) -> pl.DataFrame:
    """Return the keys of the rows whose part of a session was over before the horizon."""
    at = pl.col(_TIMES[name])
    # Files and row groups are in order of time: only old ones are opened.
    rows = writer.table(name).filter(at < horizon, also)
    found = rows.select(*_KEYS[name], *({"session_id"} - set(_KEYS[name])), at=at).collect()
    if found.is_empty():
        return found.select(_KEYS[name])
    going_on = find_parts_across(writer.table("events"), horizon, session_gap)
    both = found.join(going_on, on="session_id", how="left", maintain_order="left")
    return both.filter(pl.col("at") < pl.coalesce("begins", pl.lit(horizon))).select(_KEYS[name])


def find_parts_across(events: pl.LazyFrame, moment: datetime, session_gap: timedelta) -> pl.DataFrame:
    """Return one row per session with a part under way at a moment, its `session_id` and when the part `begins`.

    Of a part that began over seven days before, the last seven count.

    Examples
    --------
    >>> noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    >>> hours = [("a", -9), ("a", -2), ("a", -1), ("a", 1), ("b", -1), ("c", 2)]
    >>> rows = [(session, noon + timedelta(hours=hour)) for session, hour in hours]
    >>> events = pl.LazyFrame(rows, schema=["session_id", "occurred_at"], orient="row")
    >>> find_parts_across(events, noon, timedelta(hours=3)).select("session_id", pl.col("begins").dt.hour()).rows()
    [('a', 10)]
    """
    at = pl.col("occurred_at")
    near = events.filter(at.is_between(moment - LONGEST_PART, moment + session_gap)).select("session_id", "occurred_at")
    after = near.filter(at >= moment).group_by("session_id").agg(next=at.min())
    before = near.filter(at < moment).join(after, on="session_id").sort("session_id", "occurred_at")
    then = at.shift(-1).over("session_id").fill_null(pl.col("next"))
    silences = (then - at > session_gap).cum_sum(reverse=True).over("session_id")
    return before.filter(silences == 0).group_by("session_id").agg(begins=at.min()).sort("session_id").collect()
