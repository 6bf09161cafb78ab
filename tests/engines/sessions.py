"""What the tests of engines share: the work, and tables as one engine made them."""

from collections.abc import Iterable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import polars as pl
from event_rows import LONG_AFTER, event, event_table, verdicts

from feedback.engines import LabelledShard, LabelSessions
from feedback.engines.work import with_context
from feedback.label_model import LabelModel
from feedback.labelling import registered_functions
from feedback.settings import Settings
from feedback.store.versions import Version

KEYS = {"interactions": "interaction_id", "votes": "interaction_id", "labels": "interaction_id"}
WINDOWS = {"default": timedelta(minutes=30), "code": timedelta(minutes=5), "mail": timedelta(hours=13)}


def make_work(**changes) -> LabelSessions:
    """Return the work of a closed log with three lengths of windows."""
    usual = {"functions": registered_functions(), "label_version": 1, "watermark": LONG_AFTER}
    return LabelSessions(Settings(observation_window=WINDOWS), **{**usual, **changes})


def join_shards(shards: Iterable[LabelledShard]) -> dict[str, pl.DataFrame]:
    """Return the tables of all shards, sorted by key."""
    listed = list(shards)
    return {name: pl.concat(getattr(shard, name) for shard in listed).sort(key) for name, key in KEYS.items()}


def as_bytes(tables: dict[str, pl.DataFrame]) -> dict[str, bytes]:
    """Return the tables as the bytes of a Parquet file each."""
    written = {}
    for name, table in tables.items():
        file = BytesIO()
        table.rechunk().write_parquet(file)
        written[name] = file.getvalue()
    return written


def two_sessions(**of_the_first) -> pl.DataFrame:
    """Return a log of two sessions; the further columns are null in the second, but for `model`, null in the first."""
    return event_table(
        event(0, "request", "i1", session="a", text="How long?", **of_the_first),
        event(1, "response", "i1", session="a", text="Two years."),
        event(1, "copy", session="a"),
        event(1, "accept", session="a"),
        event(0, "response", "i2", session="b", text="No.", model="m1"),
        event(0, "retry", "i3", session="b"),
        event(9, "response", "i3", session="b", text="Yes."),
    )


def write_version(folder: Path, *parts: pl.DataFrame, schema: pl.Schema) -> Version:
    files = tuple(folder / f"{number}.parquet" for number in range(len(parts)))
    for file, part in zip(files, parts, strict=True):
        part.write_parquet(file)
    return Version(files, schema)


def fit_model(log: pl.DataFrame) -> LabelModel:
    interactions, votes, _, _ = make_work()(log)
    ids = interactions["interaction_id"].to_list()
    reviews = pl.concat([verdicts(ids[:40], "good"), verdicts(ids[40:80], "bad")])
    return LabelModel().fit(with_context(votes, interactions), reviews)
