"""The Alarms page: the list, one alarm up close, the replay, and what it says while there is nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from app_words import written

from feedback.pipeline import ingest_logs, run_labels
from feedback.store import Store

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAYS, PER_DAY = 16, 120


def clock() -> datetime:
    return START + timedelta(days=90)


def traffic(days: int) -> pl.DataFrame:
    """Return answers of which most are copied; from prompt v2 on, on day 11, those in German are rejected."""
    rng, rows = np.random.default_rng(1), []
    for n in range(PER_DAY * days):
        day, language = n // PER_DAY, "de" if n % 2 else "en"
        is_new = day >= 11
        act = "copy" if rng.random() < (0.2 if is_new and language == "de" else 0.85) else "reject"
        at = START + timedelta(days=day, minutes=n % PER_DAY * 3)
        who = {
            "session_id": f"s{n}", "user_id": f"u{n}", "interaction_id": f"i{n}", "language": language,
            "prompt_version": "v2" if is_new else "v1",
        }  # fmt: skip
        shown = {"event_id": f"a{n}", "occurred_at": at, "kind": "response", "text": "Here you are.", **who}
        acted = {"event_id": f"b{n}", "occurred_at": at + timedelta(seconds=9), "kind": act, "text": None, **who}
        rows += [shown, acted]
    return pl.DataFrame(rows, infer_schema_length=None)


def fill(folder: Path, days: int) -> Store:
    traffic(days).write_parquet(folder / "log.parquet")
    store = Store(folder / "store")
    ingest_logs(store, [folder / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    return store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return fill(tmp_path_factory.mktemp("alarms"), DAYS)


def test_alarms_are_listed_newest_first_and_one_is_told_up_close(open_page, store: Store):
    app = open_page(store, "alarms")
    assert not app.exception
    listed = app.dataframe[0].value
    assert listed["detected_at"].is_monotonic_decreasing
    assert "Began about" in written(app)
    assert "at most 1 false alarm per 7d over everything watched" in written(app)


def test_an_alarm_is_a_link_and_names_its_release(open_page, store: Store):
    alarms = store.table("alarms").filter(segment="language = de", metric="score").collect()
    app = open_page(store, "alarms", alarm=alarms["alarm_id"][0], echoes="shown")
    assert not app.exception
    assert "**language \\= de**" in written(app) or "**language = de**" in written(app)
    assert "follows the release **prompt\\_version = v2**" in written(app)


def test_other_settings_are_replayed_on_demand(open_page, store: Store):
    app = open_page(store, "alarms")
    app.toggle(key="replay").set_value(True).run()
    assert not app.exception
    assert "These settings fire on" in written(app)


def test_before_the_baseline_it_says_until_when_it_learns(open_page, tmp_path: Path):
    app = open_page(fill(tmp_path, 3), "alarms")
    assert not app.exception
    assert "what is usual is learned until 2026-03-10 00:00 UTC" in written(app)


def test_a_quiet_log_says_that_nothing_changed(open_page, tmp_path: Path):
    app = open_page(fill(tmp_path, 9), "alarms")
    assert not app.exception
    assert "No alarm so far" in written(app)
