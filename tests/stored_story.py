"""A small log in two parts, the commands that turn it into labels, and what a store then holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import polars as pl

from feedback.pipeline.fit import fit_labels
from feedback.pipeline.ingest import ingest_logs
from feedback.pipeline.label import run_labels
from feedback.schemas import TABLES, empty_table
from feedback.simulate import simulate_traffic
from feedback.store import Store
from feedback.store.snapshot import Snapshot

CLOCK = datetime(2027, 1, 1, tzinfo=UTC)
DERIVED = tuple(name for name, table in TABLES.items() if not table.is_human and name != "runs")
HUMAN = tuple(name for name, table in TABLES.items() if table.is_human)
# Where files lie and which versions they make up differs between runs that agree.
_ITS_OWN = ("pins", "heads")
Command = Callable[[Store, Path], object]


def _ingest(store: Store, folder: Path) -> None:
    ingest_logs(store, [folder / "second.parquet"], clock=lambda: CLOCK)


def _run(store: Store, folder: Path) -> None:
    run_labels(store, clock=lambda: CLOCK)


def _fit(store: Store, folder: Path) -> None:
    fit_labels(store, clock=lambda: CLOCK)


def _tidy(store: Store, folder: Path) -> None:
    store.tidy(clock=CLOCK + timedelta(days=8))


COMMANDS: dict[str, Command] = {"ingest": _ingest, "run": _run, "fit": _fit, "upkeep": _tidy}


@dataclass(frozen=True)
class Content:
    """What a snapshot holds: its number, derived and human tables by key, and a digest of each of their files."""

    version: int
    derived: dict[str, pl.DataFrame]
    human: dict[str, pl.DataFrame]
    files: dict[str, str]


def write_log(folder: Path, *, sessions: int = 24) -> None:
    """Write the log in two parts; the second brings a column, and better copies of some events of the first."""
    events = simulate_traffic(days=3, sessions=sessions, seed=3).events.sort("occurred_at", "event_id")
    cut = events.height * 2 // 3
    events.head(cut).write_parquet(folder / "first.parquet")
    copies = events.slice(cut - 40, 40).with_columns(pl.col("received_at") - timedelta(seconds=1))
    second = pl.concat([events.slice(cut), copies]).with_columns(surface=pl.lit("web"))
    broken = events.head(1).with_columns(surface=pl.lit("web"), event_id=pl.lit("broken"), kind=pl.lit("dance"))
    pl.concat([second, broken]).write_parquet(folder / "second.parquet")


def begin(folder: Path) -> Store:
    """Return a store with the first part of the log, labelled, reviewed and labelled again."""
    write_log(folder)
    store = Store(folder / "begun")
    ingest_logs(store, [folder / "first.parquet"], clock=lambda: CLOCK)
    _run(store, folder)
    store.append("reviews", _reviews(store.table("labels").collect()))
    _run(store, folder)
    return store


def _reviews(labels: pl.DataFrame) -> pl.DataFrame:
    """Return a verdict on each label, every third one bad."""
    usual = {"level": "response", "reviewer": "ann", "stream": "rate", "inclusion_probability": 0.5, "tags": []}
    reviewed = labels.sort("interaction_id").select("interaction_id", "session_id")
    rows = [
        {**row, **usual, "review_id": f"r{n}", "verdict": "good" if n % 3 else "bad", "reviewed_at": CLOCK}
        for n, row in enumerate(reviewed.to_dicts())
    ]
    return pl.DataFrame(rows, schema=empty_table("reviews").schema)


def content_of(snapshot: Snapshot) -> Content:
    """Return all rows of a snapshot sorted by key, `runs` among the derived tables."""
    derived = {name: _by_key(snapshot, name) for name in DERIVED}
    runs = snapshot.table("runs").filter(pl.col("run") <= snapshot.version).sort("run").drop(_ITS_OWN).collect()
    # How much upkeep finds to take away depends on what a killed process left.
    runs = runs.with_columns(counts=pl.when(pl.col("command") != "upkeep").then("counts"))
    files = [file for name in DERIVED for file in snapshot.find_version(name).files]
    return Content(
        snapshot.version,
        {**derived, "runs": runs},
        {name: _by_key(snapshot, name) for name in HUMAN},
        {file.name: sha256(file.read_bytes()).hexdigest() for file in files},
    )


def differing(some: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> list[str]:
    """Return the names of the tables that are not exactly the same."""
    return [name for name, frame in some.items() if not _is_same(frame, other[name])]


def _is_same(some: pl.DataFrame, other: pl.DataFrame) -> bool:
    return some.schema == other.schema and some.equals(other)


def _by_key(snapshot: Snapshot, name: str) -> pl.DataFrame:
    return snapshot.table(name).sort(TABLES[name].key).collect()
