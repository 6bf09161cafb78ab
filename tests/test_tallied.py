"""What pages read from sums, against what the labels themselves say; long logs told by some people."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from feedback import explore
from feedback.explore import sample
from feedback.explore.alarms import alarm_trend
from feedback.explore.labels import final_labels
from feedback.explore.periods import Period
from feedback.explore.sample import sample_labels, sample_votes
from feedback.explore.tallied import read_counted
from feedback.pipeline import ingest_logs, run_labels
from feedback.quality import compare_periods
from feedback.simulate import STARTS_AT, simulate_traffic
from feedback.store import Store
from feedback.store.snapshot import Snapshot

TODAY = Period(date(2026, 9, 12), date(2026, 9, 16))


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("tallied")
    simulate_traffic(days=10, sessions=500, seed=3).events.write_parquet(folder / "log.parquet")
    store = Store(folder / "store")
    clock = lambda: datetime(2026, 11, 1, tzinfo=UTC)  # noqa: E731 - a clock that stands
    ingest_logs(store, [folder / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    assert STARTS_AT.date() < TODAY.first
    return store.at()


def without(snapshot: Snapshot, *tables: str) -> Snapshot:
    """Return the store as it was before it had these tables."""
    versions = {name: version for name, version in snapshot.versions.items() if name not in tables}
    return Snapshot(snapshot.path, snapshot.run, snapshot.heads, versions)


def test_sums_say_what_the_labels_say(snapshot: Snapshot):
    found = explore.compare_values(snapshot, TODAY, dimension="feature").sort("value")
    both = Period(TODAY.before().first, TODAY.last)
    labels = final_labels(snapshot).filter(both.holds("shown_at")).collect()
    told = compare_periods(labels, dimensions=["feature"], since=TODAY.starts_at)
    told = told.filter(dimension="feature").sort("value")
    assert found["value"].to_list() == told["value"].to_list()
    assert found["change"].to_list() == pytest.approx(told["change"].to_list())
    width, exact = found["change_high"] - found["change_low"], told["high"] - told["low"]
    assert ((width / exact).is_between(0.7, 1.4)).all()


def test_a_store_from_before_the_sums_is_counted_here_and_now(snapshot: Snapshot):
    older = without(snapshot, "tallies", "outcomes")
    for table in ("tallies", "outcomes"):
        now, then = (read_counted(one, table, TODAY, dimension="model") for one in (snapshot, older))
        assert_frame_equal(now, then, check_row_order=False)
    assert_frame_equal(explore.count_outcomes(snapshot, TODAY), explore.count_outcomes(older, TODAY))


def test_a_run_fills_the_sums_of_a_store_from_before(tmp_path: Path):
    log = simulate_traffic(days=3, sessions=40, seed=5).events.sort("occurred_at")
    clock = lambda: datetime(2026, 11, 1, tzinfo=UTC)  # noqa: E731 - a clock that stands
    store = Store(tmp_path / "store")
    for part, rows in enumerate((log.head(log.height // 2), log.tail(-(log.height // 2)))):
        rows.write_parquet(tmp_path / f"{part}.parquet")
        ingest_logs(store, [tmp_path / f"{part}.parquet"], clock=clock)
        run_labels(store, clock=clock)
        if part == 0:
            with store.writer(clock=clock()) as writer:
                last = store.last_run()
                assert last
                for name in ("tallies", "outcomes"):
                    writer.replace(name, writer.table(name).collect().clear())
                writer.commit(command="upkeep", started_at=clock(), finished_at=clock(), watermark=last.watermark,
                              label_version=last.label_version, sources=last.sources, counts={})  # fmt: skip
    of_all = pl.col("dimension") == "all"
    whole, tallied = (store.table(name).filter(of_all).collect()["n"].sum() for name in ("quality", "tallies"))
    assert whole == tallied > 0


def test_the_trend_of_a_value_is_the_same_from_sums(snapshot: Snapshot):
    value = explore.list_values(snapshot, "feature")[0]
    counted, scanned = (
        alarm_trend(one, f"feature = {value}", "score") for one in (snapshot, without(snapshot, "tallies"))
    )
    assert counted["day"].to_list() == scanned["day"].to_list()
    assert counted["rate"].to_list() == pytest.approx(scanned["rate"].to_list())
    assert counted["n"].to_list() == scanned["n"].to_list()


def test_a_long_log_is_told_by_some_people(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch):
    everybody = explore.report_functions(snapshot).filter(function="copied")
    monkeypatch.setattr(sample, "MOST_LABELS", 400)
    for read in (sample._read_labels, sample._read_votes):
        read.cache_clear()
    some = sample_labels(snapshot)
    assert some.one_in > 1
    assert sample_votes(snapshot).height == some.labels.height < final_labels(snapshot).collect().height
    told = explore.report_functions(snapshot).filter(function="copied")
    assert told["coverage"].item() == pytest.approx(everybody["coverage"].item(), abs=0.1)
    rate = explore.period_rate(snapshot, TODAY)
    assert rate["n"].item() == explore.compare_values(snapshot, TODAY)["n"].item()
    for read in (sample._read_labels, sample._read_votes):
        read.cache_clear()
