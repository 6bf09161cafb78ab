"""Laws of what ages out: labels do not depend on it, nor it on how the log was cut into runs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from event_rows import START
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import logs
from polars.testing import assert_frame_equal

from feedback.pipeline import ingest_logs, run_labels
from feedback.pipeline.retention import find_parts_across
from feedback.pipeline.store_check import check_store
from feedback.settings import Retention, Settings
from feedback.store import Store

few = settings(max_examples=5, deadline=None)
spans = st.sampled_from([timedelta(days=1), timedelta(days=2)])


def clock() -> datetime:
    return datetime(2026, 1, 8, 1, tzinfo=UTC)


def fill(folder: Path, parts: list[pl.DataFrame], kept: Settings) -> Store:
    store = Store(folder / "store")
    folder.mkdir()
    for number, part in enumerate(parts):
        part.write_parquet(folder / f"{number}.parquet")
        ingest_logs(store, [folder / f"{number}.parquet"], clock=clock)
        run_labels(store, clock=clock, settings=kept)
    run_labels(store, clock=clock, settings=kept, watermark="end")
    return store


def finals(store: Store, *left_out: str) -> pl.DataFrame:
    return store.table("labels").drop(*left_out).sort("interaction_id").collect()


@pytest.mark.slow
@few
@given(log=logs(at_most=20), text=spans, events=spans)
def test_labels_are_the_same_and_a_second_run_writes_nothing(log: pl.DataFrame, text: timedelta, events: timedelta):
    kept = Settings(retention=Retention(text, events), lateness=timedelta(0))
    with TemporaryDirectory() as folder:
        aged = fill(Path(folder, "aged"), [log], kept)
        whole = fill(Path(folder, "whole"), [log], Settings(lateness=timedelta(0)))
        # Parts of a session are counted from the first event that is still there.
        assert_frame_equal(finals(aged, "session_part"), finals(whole, "session_part"), check_column_order=False)
        before = {name: aged.at().versions.get(name) for name in ("events", "interactions", "horizons")}
        run_labels(aged, clock=clock, settings=kept)
        assert {name: aged.at().versions.get(name) for name in before} == before
        assert check_store(aged).is_sound


@pytest.mark.slow
@few
@given(log=logs(at_most=20), cut=st.integers(0, 20), text=spans)
def test_any_cut_into_runs_leaves_the_same_texts(log: pl.DataFrame, cut: int, text: timedelta):
    kept = Settings(retention=Retention(text=text), lateness=timedelta(0))
    in_order = log.sort("occurred_at", "event_id")
    with TemporaryDirectory() as folder:
        one = fill(Path(folder, "one"), [in_order], kept)
        many = fill(Path(folder, "many"), [part for part in (in_order[:cut], in_order[cut:]) if part.height], kept)
        for name in ("events", "interactions"):
            left, right = (store.table(name).collect().drop("is_backfill", strict=False) for store in (one, many))
            keys = ["session_id", "interaction_id", *(["event_id"] if name == "events" else [])]
            assert_frame_equal(left.sort(keys), right.sort(keys), check_column_order=False)
        assert_frame_equal(finals(one, "is_backfill"), finals(many, "is_backfill"), check_column_order=False)


@given(
    hours=st.lists(st.integers(-30, 30), min_size=1, max_size=12),
    gap=st.integers(1, 12).map(lambda n: timedelta(hours=n)),
)
@settings(max_examples=50, deadline=None)
def test_parts_across_a_moment_are_those_that_a_walk_finds(hours: list[int], gap: timedelta):
    times = sorted(START + timedelta(hours=hour) for hour in hours)
    part: list[datetime] = []
    for at in times:
        part = [*part, at] if part and at - part[-1] <= gap else [at]
        if part[0] < START <= at:
            break
    expected = [part[0]] if part[0] < START <= part[-1] else []
    events = pl.LazyFrame({"session_id": ["s"] * len(times), "occurred_at": times})
    assert find_parts_across(events, START, gap)["begins"].to_list() == expected
