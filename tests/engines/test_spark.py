"""Labelling on Spark: the bytes of one machine, and one clear line where it fails."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from operator import methodcaller
from pathlib import Path

import polars as pl
import pytest
from logs import random_log
from sessions import KEYS, as_bytes, fit_model, join_shards, make_work, two_sessions, write_version

from feedback.engines import LocalEngine, SparkEngine
from feedback.errors import EngineError
from feedback.labelling.functions import LabellingFunction
from feedback.pipeline import ingest_logs, run_labels
from feedback.schemas import empty_table
from feedback.simulate import simulate_traffic
from feedback.store import Store

pyspark = pytest.importorskip("pyspark.sql", reason="needs the extra spark")
pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture(scope="module")
def session() -> Iterator:
    builder = pyspark.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.session.timeZone", "Asia/Kolkata").getOrCreate()
    yield session
    session.stop()


@pytest.mark.parametrize("seed", range(3))
def test_any_log_gives_the_bytes_of_one_machine(session, tmp_path: Path, seed: int):
    log, work = random_log(seed, sessions=60), make_work(model=fit_model(random_log(9, sessions=60)))
    half = log.height // 2
    version = write_version(tmp_path, log.head(half).drop("cost_usd"), log.tail(-half), schema=log.schema)
    spark = SparkEngine(tmp_path, events_per_shard=200, session=session).label(version, work)
    here = LocalEngine(events_per_shard=150).label(version, work)
    assert as_bytes(join_shards(spark)) == as_bytes(join_shards(here))


def test_names_types_and_nulls_survive(session, tmp_path: Path):
    ancient = pl.lit(datetime(1582, 10, 10, 12, tzinfo=UTC)).cast(pl.Datetime("us", "UTC"))
    log = two_sessions(**{"gpu.type": "a", "a `b`": "x"}).with_columns(
        received_at=ancient, n_tokens=pl.lit(2**60, pl.Int64), cost_usd=pl.lit(float("nan")), is_new=pl.lit(value=True),
        empty=pl.lit(None, pl.String),
    )  # fmt: skip
    spark = SparkEngine(tmp_path / "a b #1" / ".scratch", events_per_shard=1, session=session)
    found = join_shards(spark.label(log.lazy(), make_work()))
    assert as_bytes(found) == as_bytes(join_shards([make_work()(log)]))


def test_the_store_holds_the_same_whoever_labelled(session, tmp_path: Path):
    log = tmp_path / "log.parquet"
    simulate_traffic(days=3, sessions=150, seed=4).events.write_parquet(log)
    made = {}
    for name, engine in (("spark", SparkEngine(tmp_path, events_per_shard=300, session=session)), ("here", None)):
        store, clock = Store(tmp_path / name), lambda: datetime(2027, 1, 1, tzinfo=UTC)
        ingest_logs(store, [log], clock=clock)
        run_labels(store, clock=clock, watermark="end", engine=engine)
        made[name] = {table: store.table(table).collect().sort("interaction_id") for table in KEYS}
    assert as_bytes(made["spark"]) == as_bytes(made["here"])


def test_without_events_there_is_one_shard_and_no_spark(tmp_path: Path):
    (shard,) = SparkEngine(tmp_path).label(empty_table("events").lazy(), make_work())
    assert shard.n_events == 0


def test_progress_ends_with_all_events_and_scratch_files_go(session, tmp_path: Path):
    seen: list[tuple[int, int]] = []
    engine = SparkEngine(tmp_path, events_per_shard=2, session=session)
    list(engine.label(two_sessions().lazy(), make_work(), on_progress=lambda *done: seen.append(done)))
    assert (seen[0], seen[-1]) == ((0, 7), (7, 7))
    assert list(tmp_path.iterdir()) == []


def test_what_a_task_cannot_do_is_said_in_our_words(session, tmp_path: Path):
    misses = LabellingFunction("too_slow", "bad", 1.0, "It took long.", "ours", pl.col("latency_ms") > 9_000)
    labelled = SparkEngine(tmp_path, session=session).label(two_sessions().lazy(), make_work(functions=(misses,)))
    with pytest.raises(EngineError, match="labelling function too_slow reads latency_ms"):
        list(labelled)


def test_a_failure_never_quotes_what_people_wrote(session, tmp_path: Path):
    labelled = SparkEngine(tmp_path, session=session).label(two_sessions().lazy(), methodcaller("Two years."))
    with pytest.raises(EngineError, match="Spark gave up labelling") as caught:
        list(labelled)
    assert "Two years" not in str(caught.value)


def test_a_task_that_dies_is_an_engine_error(session, tmp_path: Path):
    def die(_events: pl.DataFrame):
        os._exit(9)

    labelled = SparkEngine(tmp_path, session=session).label(two_sessions().lazy(), die)
    with pytest.raises(EngineError, match="Spark gave up labelling"):
        list(labelled)
