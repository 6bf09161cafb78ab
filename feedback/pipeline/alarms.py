"""Watching final labels for changes: new alarms, and where the watch was left."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from feedback.drift.checkpoint import fingerprint
from feedback.drift.choice import Choice, choose_watch, read_choice
from feedback.drift.saved import State
from feedback.drift.versions import labels_of_version
from feedback.drift.watch import Followed, follow_segments
from feedback.pipeline.dimensions import known_columns
from feedback.schemas import TABLES
from feedback.settings import Settings
from feedback.store.run import Run
from feedback.store.writer import Writer

_PARTS = ("reference", "course")


@dataclass(frozen=True)
class AlarmsWritten:
    """How many alarms of their own are news, and how many alarms there are of this label version."""

    n_new: int
    n_alarms: int


def write_alarms(
    writer: Writer,
    settings: Settings,
    *,
    watermark: datetime | None,
    label_version: int,
    before: Run | None,
    clock: datetime,
) -> AlarmsWritten:
    """Return how many alarms there are, once those raised by new labels are added.

    The watch goes on where it was left, so only new labels are read. With another label version, other settings or a
    label from before what it has seen, the log is replayed from its beginning: the alarms of the label version
    are then those of the replay, and what the replay finds up to the watermark of the latest run (`before`), and was
    not raised then, is marked replayed.
    """
    labels = labels_of_version(writer.table("labels"), writer.table("label_versions"), label_version)
    states = writer.table("watch_states").filter(pl.col("label_version") == label_version).collect()
    chosen_for = fingerprint(settings.watch, settings.time_zone)
    choice = read_choice(states, settings) if (states["chosen_for"] == chosen_for).any() else None
    fresh = choice or _choose(writer, labels, settings)
    followed = _follow(writer, labels, fresh, _read_state(states), watermark)
    if choice is not None and not followed.is_resumed:
        # What came in between may belong to the first labels, by which it is chosen what to watch.
        fresh = _choose(writer, labels, settings)
        followed = followed if fresh == choice else _follow(writer, labels, fresh, None, watermark)
    known = before.watermark if before else None
    alarms = followed.alarms.with_columns(label_version=pl.lit(label_version, pl.Int64))
    n_new = _add(writer, alarms) if followed.is_resumed else _put(writer, alarms, label_version, known)
    row = {"label_version": label_version, "saved_at": clock, "chosen_for": chosen_for, **fresh.columns}
    _write_states(writer, row, followed.state)
    _write_watched(writer, followed, label_version)
    n_alarms = writer.table("alarms").filter(pl.col("label_version") == label_version).select(pl.len()).collect().item()
    return AlarmsWritten(n_new, n_alarms)


def _choose(writer: Writer, labels: pl.LazyFrame, settings: Settings) -> Choice:
    return choose_watch(labels, known_columns(writer, labels, role="dimension"), settings)


def _follow(
    writer: Writer, labels: pl.LazyFrame, choice: Choice, state: State | None, watermark: datetime | None
) -> Followed:
    votes, interactions, surprises = (writer.table(name) for name in ("votes", "interactions", "surprises"))
    return follow_segments(
        choice.pick_people(labels),
        choice.settings,
        votes=votes,
        interactions=interactions,
        surprises=surprises,
        state=state,
        until=watermark,
    )


def _read_state(states: pl.DataFrame) -> State | None:
    held = dict(states.drop_nulls("state").select("part", "state").rows())
    return State(*(b64decode(held[part]) for part in _PARTS)) if set(held) == set(_PARTS) else None


def _write_states(writer: Writer, row: dict, state: State | None) -> None:
    """Write where the watch was left; without a state only how it was set up."""
    parts = [None] * len(_PARTS) if state is None else [b64encode(part).decode() for part in state]
    rows = [{**row, "part": part, "state": written} for part, written in zip(_PARTS, parts, strict=True)]
    writer.replace("watch_states", pl.DataFrame(rows, schema=TABLES["watch_states"].columns))


def _write_watched(writer: Writer, followed: Followed, label_version: int) -> None:
    pooled = followed.pooled.select(dimensions="dimensions", n_pooled="n_pooled")
    watched = followed.watched.with_columns(
        label_version=pl.lit(label_version, pl.Int64),
        dimensions=pl.col("segment").str.replace_all(r" = \(other values\)", ""),
        is_pooled=pl.col("segment").str.ends_with("(other values)"),
    ).join(pooled, on="dimensions", how="left")
    counted = watched.with_columns(n_pooled=pl.when("is_pooled").then("n_pooled").otherwise(0).fill_null(0))
    writer.replace("watched", counted.select(TABLES["watched"].columns.keys()))


def _add(writer: Writer, alarms: pl.DataFrame) -> int:
    """Return how many alarms of their own were added to those there are."""
    if alarms.height:
        writer.append("alarms", alarms)
    return alarms.filter(pl.col("echo_of").is_null()).height


def _put(writer: Writer, alarms: pl.DataFrame, label_version: int, known: datetime | None) -> int:
    """Return how many alarms of a replay are news of their own, once they stand in the place of the version's."""
    stored = writer.table("alarms").collect()
    same = pl.col("label_version") == label_version
    earlier = stored.filter(same, ~pl.col("is_replayed"))["alarm_id"].implode()
    is_old = pl.col("detected_at") <= pl.lit(known, pl.Datetime("us", "UTC"))
    was_raised = pl.col("alarm_id").is_in(earlier)
    marked = alarms.with_columns(is_replayed=is_old.fill_null(value=False) & ~was_raised)
    if marked.height or stored.filter(same).height:
        writer.replace("alarms", pl.concat([stored.filter(~same), marked]))
    return marked.filter(~pl.col("is_replayed"), ~was_raised, pl.col("echo_of").is_null()).height
