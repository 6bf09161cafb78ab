"""Surprises in a store: new ones are added, all are written anew when the log behind them is another one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from feedback.cli.views import read_view
from feedback.pipeline.fit import fit_labels
from feedback.pipeline.ingest import ingest_logs
from feedback.pipeline.label import run_labels
from feedback.simulate import simulate_traffic
from feedback.store import Store

CLOCK = datetime(2027, 1, 1, tzinfo=UTC)


def clock() -> datetime:
    return CLOCK


@pytest.fixture(scope="module")
def log() -> pl.DataFrame:
    return simulate_traffic(days=3, sessions=120, seed=5).events.sort("occurred_at", "event_id")


def ingest(store: Store, events: pl.DataFrame) -> None:
    store.path.parent.mkdir(exist_ok=True)
    file = store.path.parent / f"log{store.version()}.parquet"
    events.write_parquet(file)
    ingest_logs(store, [file], clock=clock)


def label(store: Store, events: pl.DataFrame) -> None:
    ingest(store, events)
    run_labels(store, clock=clock)


def left(store: Store) -> str:
    """Return where the online model was left."""
    return store.table("online_states").collect()["state"].item()


def surprises(store: Store) -> pl.DataFrame:
    return store.table("surprises").sort("interaction_id").collect()


def files(store: Store) -> set[Path]:
    return set(store.at().find_version("surprises").files)


def test_every_label_with_a_value_has_one(tmp_path: Path, log: pl.DataFrame):
    store = Store(tmp_path / "store")
    label(store, log)
    labels = store.table("labels").filter(pl.col("score").is_not_null()).collect()
    assert surprises(store)["interaction_id"].to_list() == labels["interaction_id"].sort().to_list()
    assert surprises(store)["expected"].is_between(0.001, 0.999).all()


@pytest.mark.slow
def test_many_runs_leave_what_one_leaves(tmp_path: Path, log: pl.DataFrame):
    one, many = Store(tmp_path / "one" / "store"), Store(tmp_path / "many" / "store")
    for part in range(4):
        begins = log["occurred_at"].min() + timedelta(hours=18) * part
        label(many, log.filter(pl.col("occurred_at").is_between(begins, begins + timedelta(hours=18), closed="left")))
    label(one, log)
    assert surprises(one).equals(surprises(many))
    assert left(one) == left(many)


def test_a_run_only_adds_what_is_new(tmp_path: Path, log: pl.DataFrame):
    store, half = Store(tmp_path / "store"), log.height // 2
    label(store, log.head(half))
    before = files(store)
    label(store, log.tail(-half))
    assert before < files(store)


def test_a_new_label_version_replaces_all(tmp_path: Path, log: pl.DataFrame):
    store = Store(tmp_path / "store")
    label(store, log)
    before = files(store)
    fit_labels(store, clock=clock)
    assert not before & files(store)
    assert surprises(store)["interaction_id"].is_unique().all()
    assert store.table("online_states").collect()["label_version"].to_list() == [2]


def test_without_labels_there_are_none(tmp_path: Path, log: pl.DataFrame):
    store = Store(tmp_path / "store")
    label(store, log.head(1))
    state = left(store)
    assert surprises(store).is_empty()
    run_labels(store, clock=clock)
    assert left(store) == state


def test_the_least_expected_are_shown_first(tmp_path: Path, log: pl.DataFrame):
    store = Store(tmp_path / "store")
    label(store, log)
    shown = read_view("surprises", store)
    assert shown["surprise"].is_sorted(descending=True)
    assert shown.height == surprises(store).height
