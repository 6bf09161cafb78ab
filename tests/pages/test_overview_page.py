"""The overview: what changed in three sentences, the figures, what is broken now; on quiet and odd stores too."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from app_words import written

from feedback.pipeline import ingest_logs, run_labels
from feedback.pipeline.incidents import open_incidents
from feedback.settings import Settings
from feedback.store import Store

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ARABIC = "\u202eمرحبا بالعالم\u202c"
HOSTILE = f"<img src=x onerror=alert(1)> **b** [l](http://x.org) {ARABIC} {'very long ' * 300}"
PAGES = ["overview", "segments", "alarms", "incidents"]


def clock() -> datetime:
    return START + timedelta(days=90)


def traffic(days: int, *, per_day: int = 120, breaks_on: int | None = None, **dimensions: str) -> pl.DataFrame:
    """Return answers of which people copy nine in ten; from day `breaks_on` those of the hostile model only two."""
    rows = []
    for n in range(days * per_day):
        day, model = n // per_day, HOSTILE if n % 2 else "m1"
        is_broken = breaks_on is not None and day >= breaks_on and n % 2
        act = "copy" if (n // 2) % 10 < (2 if is_broken else 9) else "reject"
        at = START + timedelta(days=day, minutes=n % per_day * 3)
        named = dimensions or {"model": model, "tenant": f"tenant {n}", "prompt_version": "v2" if is_broken else "v1"}
        who = {"session_id": f"s{n}", "user_id": f"u{n % 500}", "interaction_id": f"i{n}", **named}
        shown = {"event_id": f"a{n}", "occurred_at": at, "kind": "response", "text": HOSTILE, **who}
        acted = {"event_id": f"b{n}", "occurred_at": at + timedelta(seconds=9), "kind": act, "text": None, **who}
        rows += [shown, acted]
    return pl.DataFrame(rows, infer_schema_length=None)


def fill(folder: Path, log: pl.DataFrame) -> Store:
    log.write_parquet(folder / "log.parquet")
    store = Store(folder / "store")
    ingest_logs(store, [folder / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    open_incidents(store, Settings(), clock=clock)
    return store


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a store in which the hostile model broke on day 15, and every answer is of a tenant of its own."""
    return fill(tmp_path_factory.mktemp("broken"), traffic(21, breaks_on=15))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a quiet store without any dimension: one segment only."""
    return fill(tmp_path_factory.mktemp("plain"), traffic(15, feature="chat").drop("feature"))


def test_it_says_what_broke_when_and_for_whom(open_page, broken: Store):
    app = open_page(broken, "overview", days="7")
    assert not app.exception
    said = written(app).replace("\\", "").replace("\u2068", "")
    assert "**Latest 7 days.** The behaviour score fell by" in said
    assert "**Worst hit.** Answers with" in said
    assert "since about 17 Mar" in said
    assert "after the release prompt_version = v2" in said
    assert "For whom: " in said


def test_a_quiet_log_without_dimensions_is_calm(open_page, plain: Store):
    app = open_page(plain, "overview", days="7")
    assert not app.exception
    said = written(app)
    assert "no more than chance" in said
    assert "No group of answers got worse" in said
    assert "no incident is open" in said


@pytest.mark.parametrize("page", PAGES)
def test_hostile_names_long_texts_and_thousands_of_tenants_are_shown_as_they_are(open_page, broken: Store, page: str):
    app = open_page(broken, page, dimension="tenant")
    assert not app.exception
    said = written(app)
    assert "<img" not in said.replace("\\<img", "")
    assert "[l](" not in said


@pytest.mark.parametrize("page", PAGES)
def test_one_segment_only_is_shown(open_page, plain: Store, page: str):
    app = open_page(plain, page)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", PAGES)
def test_events_without_labels_say_what_to_do(open_page, tmp_path: Path, page: str):
    traffic(1, per_day=2).write_parquet(tmp_path / "log.parquet")
    ingest_logs(Store(tmp_path / "store"), [tmp_path / "log.parquet"], clock=clock)
    app = open_page(tmp_path / "store", page)
    assert not app.exception
    assert app.code


@pytest.mark.parametrize("page", PAGES)
def test_a_store_without_labels_of_the_period_is_no_trouble(open_page, broken: Store, page: str):
    assert not open_page(broken, page, days="90", dimension="colour", value=HOSTILE).exception


def test_a_click_on_a_segment_is_a_link_to_it(open_page, broken: Store):
    app = open_page(broken, "overview")
    assert {frame.key for frame in app.dataframe} >= {"worst segments", "gravest incidents"}
