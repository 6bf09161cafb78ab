"""Segments through a store: what a run writes, what the command line, the app and notebooks ask of it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from feedback import explore
from feedback.cli.commands import app
from feedback.errors import UnknownNameError
from feedback.explore.comparisons import Calendar, Comparison
from feedback.explore.degraded import split_between
from feedback.pipeline import ingest_logs, run_labels
from feedback.settings import Disparity
from feedback.store import Store

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAYS = 16
DISPARITY = '[[disparity]]\ndimensions = ["language"]\nreference = "language = en"\nmax_gap = 0.05\n'


def clock() -> datetime:
    return START + timedelta(days=90)


def traffic(*, breaks_on: int | None, language: str = "de") -> pl.DataFrame:
    """Return 60 answers a day in two languages, most copied; from a day on those in one are turned down."""
    rows = []
    for n in range(60 * DAYS):
        day, spoken = n // 60, "de" if n % 2 else "en"
        is_broken = breaks_on is not None and day >= breaks_on and spoken == language
        act = "reject" if (n // 2) % 10 < (8 if is_broken else 2) else "copy"
        shown = START + timedelta(days=day, minutes=n % 60 * 5)
        who = {"session_id": f"s{n}", "user_id": f"u{n % 300}", "interaction_id": f"i{n}", "language": spoken}
        version = {"prompt_version": "v2" if breaks_on is not None and day >= breaks_on else "v1"}
        rows += [
            {"event_id": f"a{n}", "occurred_at": shown, "kind": "response", "text": "Here you are.", **who, **version},
            {
                "event_id": f"b{n}",
                "occurred_at": shown + timedelta(seconds=9),
                "kind": act,
                "text": None,
                **who,
                **version,
            },
        ]
    return pl.DataFrame(rows, infer_schema_length=None)


def label(folder: Path, log: pl.DataFrame) -> Store:
    log.write_parquet(folder / "log.parquet")
    store = Store(folder / "store")
    ingest_logs(store, [folder / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark=START + timedelta(days=DAYS))
    return store


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """On the eighth-last complete day answers in German began to be turned down."""
    return label(tmp_path_factory.mktemp("broken"), traffic(breaks_on=DAYS - 7))


def test_a_run_names_what_got_worse_and_since_when(broken: Store):
    found = explore.list_segments(broken.at())
    week = found.filter(first_day=date(2026, 3, 11))
    assert week["segment"].to_list() == ["language = de"]
    assert week["change"][0] < -0.2
    details = explore.explain(broken.at(), "language = de", date(2026, 3, 11))
    assert details.onset is not None
    assert abs(details.onset.at - (START + timedelta(days=DAYS - 7))) < timedelta(days=1)
    assert "rejected" in details.signals["name"].head(4).to_list()


def test_nothing_is_named_where_nothing_happened(tmp_path: Path):
    store = label(tmp_path, traffic(breaks_on=None))
    assert explore.list_segments(store.at()).is_empty()
    with pytest.raises(UnknownNameError, match="no segment"):
        explore.explain(store.at(), "language = de", date(2026, 3, 11))


def test_segments_are_written_once_a_day(broken: Store):
    before = broken.at().versions["segments"]
    run_labels(broken, clock=clock, watermark=START + timedelta(days=DAYS, minutes=1))
    assert broken.at().versions["segments"] == before


def test_the_change_is_quality_and_not_mix(broken: Store):
    found = split_between(broken.at(), Comparison(), "language", Calendar()).parts
    everything = found.row(0, named=True)
    assert everything["within"] < -0.1
    assert everything["mix_low"] < 0 < everything["mix_high"] or abs(everything["mix"]) < 0.01


def test_a_store_without_labels_has_no_change_to_split(tmp_path: Path):
    with pytest.raises(UnknownNameError):
        split_between(Store(tmp_path / "none").at(), Comparison(), "language", Calendar())


def test_versions_side_by_side(broken: Store):
    found = explore.compare(broken.at(), "prompt_version", "v1", "v2", by=["language"])
    decided = dict(found.select("segment", "decision").iter_rows())
    assert decided["language = de"] == "roll back"
    assert decided["all"] != "promote"


def test_groups_beside_each_other(broken: Store):
    allowed = [Disparity(("language",), reference="language = en", max_gap=0.05)]
    found = explore.disparities(broken.at(), allowed)
    assert dict(found.select("group", "status").iter_rows())["language = de"] == "breached"
    assert explore.disparities(broken.at(), []).is_empty()


def test_the_commands(broken: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDBACK_STORE", str(broken.path))
    shown = CliRunner().invoke(app, ["show", "segments", "--columns", "segment,first_day"])
    assert "language = de,2026-03-11" in shown.output
    compared = CliRunner().invoke(app, ["compare", "--dimension", "prompt_version", "v1", "v2", "--by", "language"])
    assert "roll back" in compared.output
    unset = CliRunner().invoke(app, ["disparity"])
    assert (unset.exit_code, "[[disparity]]" in unset.stderr) == (2, True)
    Path("feedback.toml").write_text(
        '[[disparity]]\ndimensions = ["language"]\nreference = "language = en"\nmax_gap = 0.05\n'
    )
    assert "breached" in CliRunner().invoke(app, ["disparity"]).output
