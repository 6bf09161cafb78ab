"""`feedback drift`: what is watched, and when other settings would have raised alarms."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from event_rows import event, event_table
from typer.testing import CliRunner

from feedback.cli import app
from feedback.pipeline import ingest_logs, run_labels
from feedback.store import Store

DAYS = 14


def call(store: Path, *arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, [*arguments, "--store", str(store)])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of two weeks; from the tenth day on people reject what they copied before."""
    folder, rng, rows = tmp_path_factory.mktemp("drift"), np.random.default_rng(2), []
    for n in range(DAYS * 100):
        about = {"session": f"s{n}", "feature": "chat" if n % 2 else "search"}
        good = rng.random() < (0.2 if n >= 1_000 and n % 2 else 0.85)
        start = n // 100 * 86_400 + n % 100 * 400
        rows += [
            event(start, "response", f"i{n}", text="Two years.", **about),
            event(start + 9, "copy" if good else "reject", f"i{n}", **about),
        ]
    event_table(*rows).write_parquet(folder / "log.parquet")
    made = Store(folder / "store")
    ingest_logs(made, [folder / "log.parquet"], clock=lambda: datetime(2027, 1, 1, tzinfo=UTC))
    run_labels(made, clock=lambda: datetime(2027, 1, 1, tzinfo=UTC), watermark="end")
    return made.path


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)


def test_a_backtest_says_on_which_days_it_would_have_fired(store: Path):
    output = call(store, "drift", "backtest", "--false-alarms", "1", "--metric", "score", "--dimensions", "feature")
    days = pl.read_csv(StringIO(output), try_parse_dates=True)
    fired = days.filter(pl.col("n_alarms") > 0)
    assert set(days["way"]) == {"these settings", "ADWIN at defaults", "always fire"}
    ours = fired.filter(way="these settings")
    assert "feature = chat" in ours["segments"][0]
    assert ours["day"].min() >= datetime(2026, 1, 5).date() + timedelta(days=10)  # noqa: DTZ001
    late = call(store, "drift", "backtest", "--from", "2026-01-18", "--dimensions", "feature")
    assert pl.read_csv(StringIO(late), try_parse_dates=True)["day"].n_unique() == 1


def test_what_is_watched_is_listed(store: Path):
    watched = pl.read_csv(StringIO(call(store, "drift", "watched")))
    assert {"score", "voted", "fires: copied"} <= set(watched["metric"])
    assert watched["share"].drop_nulls().is_sorted(descending=True)


def test_alarms_are_shown_newest_first_and_counted(store: Path):
    alarms = pl.read_csv(StringIO(call(store, "show", "alarms")), try_parse_dates=True)
    assert alarms.columns[:3] == ["detected_at", "segment", "metric"]
    assert alarms["detected_at"].is_sorted(descending=True)
    assert "alarms" in call(store, "status")


def test_wrong_settings_are_one_line(store: Path, tmp_path: Path):
    assert "false_alarms: write a number above 0" in call(store, "drift", "backtest", "--false-alarms", "0", code=2)
    assert "there is no detector" in call(store, "drift", "backtest", "--detector", "CUSUM", code=2)
    assert "nothing is watched yet" in call(tmp_path / "empty", "drift", "watched", code=2)
