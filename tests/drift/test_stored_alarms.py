"""Alarms through the store: however runs cut the log they are the same, and labels made anew raise no news."""

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from event_rows import START, event, event_table
from polars.testing import assert_frame_equal

from feedback.errors import SettingsError
from feedback.pipeline import fit_labels, ingest_logs, restate_labels, run_labels
from feedback.pipeline.status import summarise_store
from feedback.settings import Settings, Watch
from feedback.store import Store

pytestmark = pytest.mark.slow

DAYS, FALL, PER_DAY = 16, 11, 150
SETTINGS = Settings(lateness=timedelta(0), watch=Watch(baseline=(START + timedelta(days=9)).date()))
WATCHED = ("alarms", "watched")


def clock() -> datetime:
    return START + timedelta(days=300)


def log() -> list[list[dict]]:
    """Return the events of each day; from day 11 on people reject what chat answers, which they copied before."""
    rng, days = np.random.default_rng(3), []
    for day in range(DAYS):
        events = []
        for n in range(PER_DAY):
            feature = "chat" if n % 2 else "search"
            falls = day >= FALL and feature == "chat"
            name, start = f"i{day}-{n}", day * 86_400 + n * 300
            about = {"session": f"s{day}-{n}", "feature": feature, "model": "m1"}
            act = "copy" if rng.random() < (0.25 if falls else 0.85) else "reject"
            events += [
                event(start, "response", name, text="Two years.", **about), event(start + 9, act, name, **about),
            ]  # fmt: skip
        days.append(events)
    return days


LOG = log()


def fill(folder: Path, cuts: list[int], settings: Settings = SETTINGS) -> Store:
    """Return a store that ingested and labelled the log in parts of whole days."""
    store = Store(folder / "store")
    for first, last in zip([0, *cuts], [*cuts, DAYS], strict=True):
        add(store, [one for day in LOG[first:last] for one in day])
        run_labels(store, clock=clock, settings=settings)
    run_labels(store, clock=clock, settings=settings, watermark="end")
    return store


def add(store: Store, events: list[dict]) -> None:
    file = store.path.parent / f"log{store.version()}.parquet"
    file.parent.mkdir(exist_ok=True)
    event_table(*events).write_parquet(file)
    ingest_logs(store, [file], clock=clock)


def table(store: Store, name: str) -> pl.DataFrame:
    found = store.table(name).collect()
    return found.sort(found.columns[:3])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return fill(tmp_path_factory.mktemp("whole"), [])


def test_a_fall_is_an_alarm_in_its_segment(whole: Store):
    alarms = whole.table("alarms").filter(metric="score").collect()
    chat = alarms.filter(segment="feature = chat").row(0, named=True)
    assert abs(chat["onset_at"] - (START + timedelta(days=FALL))) < timedelta(hours=24)
    assert "feature = search" not in alarms["segment"]
    root = whole.table("alarms").filter(alarm_id=chat["echo_of"] or chat["alarm_id"]).collect()
    assert root.select("segment", "echo_of").row(0) == ("feature = chat", None)
    assert alarms.filter(pl.col("echo_of").is_null(), segment="all").is_empty()


def test_what_is_watched_is_told(whole: Store):
    watched = whole.table("watched").collect()
    assert {"score", "voted", "fires: copied", "event: accept"} <= set(watched["metric"])
    status = summarise_store(whole).alarms
    assert (status.n_own > 0, status.is_learning) == (True, False)


@pytest.mark.parametrize("cuts", [[5, 10], [10, 12, 13], [9, 11, 15]])
@pytest.mark.slow
def test_runs_in_parts_raise_the_same_alarms(tmp_path: Path, whole: Store, cuts: list[int]):
    parts = fill(tmp_path, cuts)
    for name in WATCHED:
        assert_frame_equal(table(parts, name), table(whole, name), check_row_order=False)


def test_nothing_is_watched_before_the_baseline(tmp_path: Path):
    store = Store(tmp_path / "store")
    add(store, LOG[0])
    made = run_labels(store, clock=clock, settings=SETTINGS)
    assert made.n_new_alarms == 0
    assert summarise_store(store).alarms.is_learning


def test_a_label_from_before_has_the_log_replayed_and_is_no_news(tmp_path: Path, whole: Store):
    store = fill(tmp_path, [12])
    before = table(store, "alarms")
    about = {"session": "late", "feature": "chat", "model": "m1"}
    add(store, [event(50_000, "response", "late", text="Two.", **about), event(50_009, "copy", "late", **about)])
    made = run_labels(store, clock=clock, settings=SETTINGS, watermark="end")
    after = table(store, "alarms")
    assert made.n_new_final == 1
    news = after.filter(~pl.col("is_replayed"))
    assert set(news["alarm_id"]) <= set(before["alarm_id"])
    assert "feature = chat" in news.filter(metric="score")["segment"]


def test_other_settings_replay_the_log(tmp_path: Path):
    store = fill(tmp_path, [])
    strict = Settings(lateness=timedelta(0), watch=Watch(baseline=SETTINGS.watch.baseline, further=()))
    run_labels(store, clock=clock, settings=strict, watermark="end")
    assert set(store.table("alarms").collect()["metric"]) == {"score"}
    assert set(store.table("watched").collect()["metric"]) == {"score"}


def test_a_fit_and_a_restatement_find_the_past_again_as_replayed(tmp_path: Path):
    store = fill(tmp_path, [])
    n = store.table("alarms").collect().height
    fit_labels(store, clock=clock, settings=SETTINGS)
    restate_labels(store, since=date.fromisoformat(str(START.date())) + timedelta(days=12), clock=clock,
                   settings=SETTINGS)  # fmt: skip
    alarms = store.table("alarms").collect()
    assert alarms.filter(label_version=1).height == n
    assert not alarms.filter(label_version=1)["is_replayed"].any()
    for version in (2, 3):
        again = alarms.filter(label_version=version)
        assert again["is_replayed"].all()
        assert "feature = chat" in again["segment"]


@pytest.mark.parametrize(
    ("watch", "message"),
    [
        (Watch(dimensions=("mood",)), "names mood; the dimensions are"),
        (Watch(detector="CUSUM"), r"\[watch\]: there is no detector 'CUSUM'"),
        (Watch(baseline=START.date() - timedelta(days=9)), "no label became final before the baseline"),
    ],
)
def test_settings_that_do_not_fit_are_refused(tmp_path: Path, watch: Watch, message: str):
    store = Store(tmp_path / "store")
    add(store, LOG[0])
    with pytest.raises(SettingsError, match=message):
        run_labels(store, clock=clock, settings=Settings(watch=watch), watermark="end")
