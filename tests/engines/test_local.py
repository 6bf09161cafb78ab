"""Labelling in this process: however the log is cut, the rows are those of the whole."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logs import logs, random_log
from sessions import as_bytes, join_shards, make_work, two_sessions, write_version

from feedback.engines import LocalEngine
from feedback.engines.local import split_events
from feedback.errors import EngineError
from feedback.schemas import empty_table
from feedback.store.versions import Version


def label_whole(events: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return join_shards([make_work()(events)])


def label_cut(events: pl.DataFrame, *, events_per_shard: int) -> dict[str, pl.DataFrame]:
    return join_shards(LocalEngine(events_per_shard=events_per_shard).label(events.lazy(), make_work()))


@pytest.mark.parametrize("seed", range(5))
def test_a_log_cut_into_shards_gives_the_bytes_of_the_whole(seed: int):
    log = random_log(seed, sessions=60)
    assert as_bytes(label_cut(log, events_per_shard=100)) == as_bytes(label_whole(log))


@given(logs(), st.integers(1, 12))
@pytest.mark.slow
def test_any_log_cut_anyhow_gives_the_rows_of_the_whole(log: pl.DataFrame, events_per_shard: int):
    cut, whole = label_cut(log, events_per_shard=events_per_shard), label_whole(log)
    assert all(cut[name].equals(whole[name]) for name in whole)


def test_columns_without_values_in_a_shard_keep_their_type():
    log = two_sessions(tenant="t1", gpu_hours="3")
    assert as_bytes(label_cut(log, events_per_shard=1)) == as_bytes(label_whole(log))


@pytest.mark.parametrize("name", ["shard", "session_id_shard", "gpu.type", "a `b`"])
def test_the_log_may_name_its_columns_as_it_likes(name: str):
    log = two_sessions(**{name: "x"})
    assert label_cut(log, events_per_shard=1)["labels"][name].to_list() == ["x", None, None]


def test_every_session_is_in_one_shard_even_where_many_share_it(tmp_path: Path):
    log = random_log(7, sessions=50)
    split_events(write_version(tmp_path, log, schema=log.schema), tmp_path / "shards", n_shards=3)
    shards = [pl.read_parquet(shard / "*.parquet") for shard in sorted((tmp_path / "shards").iterdir())]
    assert sorted(name for shard in shards for name in shard["session_id"].unique()) == sorted(
        log["session_id"].unique()
    )
    assert sum(shard.height for shard in shards) == log.height


def test_a_session_may_lie_in_several_files_of_a_version(tmp_path: Path):
    log = two_sessions(tenant="t1")
    early, late = log[[0, 4, 6]], log[[1, 2, 3, 5]].drop("model")
    version = write_version(tmp_path, early, late, schema=log.schema)
    found = join_shards(LocalEngine(events_per_shard=2).label(version, make_work()))
    expected = label_whole(log.with_columns(model=pl.when(pl.col("event_id").is_in(early["event_id"])).then("model")))
    assert as_bytes(found) == as_bytes(expected)


@pytest.mark.parametrize("events", [empty_table("events").lazy(), Version((), empty_table("events").schema)])
def test_without_events_there_is_one_shard_without_rows(events: pl.LazyFrame | Version):
    (shard,) = LocalEngine().label(events, make_work())
    assert shard.n_events == 0
    assert shard.labels.schema == label_whole(two_sessions())["labels"].drop("model").schema


def test_progress_ends_with_all_events():
    seen: list[tuple[int, int]] = []
    engine = LocalEngine(events_per_shard=2)
    list(engine.label(two_sessions().lazy(), make_work(), on_progress=lambda *done: seen.append(done)))
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == ((0, 7), (7, 7))


def test_scratch_files_are_gone_afterwards_and_those_of_a_killed_run_too(tmp_path: Path):
    (tmp_path / "labelling" / "left").mkdir(parents=True)
    shards = LocalEngine(tmp_path, events_per_shard=1).label(two_sessions().lazy(), make_work())
    next(shards)
    assert "left" not in [path.name for path in (tmp_path / "labelling").iterdir()]
    shards.close()
    assert list(tmp_path.iterdir()) == []


def test_a_scratch_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    engine = LocalEngine(tmp_path / "file", events_per_shard=1)
    with pytest.raises(EngineError, match="the scratch folder"):
        list(engine.label(two_sessions().lazy(), make_work()))


def test_scratch_files_that_cannot_be_written_are_one_clear_line(tmp_path: Path):
    log = two_sessions()
    version = write_version(tmp_path, log, schema=log.schema)
    (tmp_path / "0").touch()
    with pytest.raises(EngineError, match="scratch files cannot be written"):
        split_events(version, tmp_path, n_shards=1)
