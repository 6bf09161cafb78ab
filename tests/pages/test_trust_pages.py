"""The pages Labels and Data health: on full, odd and empty stores."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from app_words import unharmed, written
from event_rows import START, event, event_table

from feedback.explore import Period
from feedback.explore.arrival import daily_arrival, list_sources, sample_quarantine
from feedback.explore.label_mix import daily_outcomes
from feedback.pipeline import ingest_logs, run_labels
from feedback.store import Store

DAY = START.date()


def clock():
    return START + timedelta(days=2)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a store of two days and sources, with a row that could not be used."""
    folder = tmp_path_factory.mktemp("trust")
    rows = []
    for n in range(6):
        about = {"session": f"s{n}", "feature": "<b>chat</b>" if n % 2 else None}
        start = 600 * n + 86_400 * (n // 4)
        rows += [
            event(start, "response", f"i{n}", text="Here.", **about),
            event(start + 20, "copy" if n % 3 else "reject", f"i{n}", **about),
        ]
    events = event_table(*rows)
    events.head(8).write_parquet(folder / "monday.parquet")
    bad = events.tail(4).with_columns(kind=pl.lit("sneeze"), event_id=pl.format("bad-{}", "event_id")).head(1)
    pl.concat([events.tail(4), bad]).write_parquet(folder / "tuesday.parquet")
    store = Store(folder / "store")
    ingest_logs(store, [folder / "monday.parquet", folder / "tuesday.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    return store


def test_labels_show_signals_and_what_became_of_responses(store: Store, open_page):
    app = unharmed(open_page(store, "labels"))
    said = written(app)
    assert {"Rejected", "Copied"} <= set(app.dataframe[0].value["function"])
    assert "**What became of the responses**" in said
    assert len(app.get("vega_lite_chart")) == 1
    assert "Nobody has reviewed enough yet" in said


def test_an_interaction_is_looked_up_on_labels(store: Store, open_page):
    app = unharmed(open_page(store, "labels"))
    app.text_input(key="look up").input("nothing like it").run()
    assert "Nothing here is called nothing like it" in written(app)


def test_data_health_shows_freshness_lateness_quarantine_and_columns(store: Store, open_page):
    app = unharmed(open_page(store, "health"))
    titles = (
        "How fresh the sources are", "Share of events that came late", "Share of dimension values not recorded",
        "Rows that could not be used", "Columns of the log", "Runs",
    )  # fmt: skip
    assert [title for title in titles if f"**{title}**" not in written(app)] == []
    assert any("sneeze" not in str(table.value) and "reason" in table.value for table in app.dataframe)


@pytest.mark.parametrize("page", ["labels", "health", "golden", "review", "examples"])
def test_an_empty_store_says_what_to_do(tmp_path: Path, open_page, page: str):
    app = unharmed(open_page(Store(tmp_path / "none"), page))
    assert app.title[0].value == "Nothing here yet"


@pytest.mark.parametrize("page", ["labels", "health", "golden", "review", "examples"])
def test_events_without_labels_are_no_surprise(tmp_path: Path, open_page, page: str):
    event_table(event(2, "response", "i1", text="A")).write_parquet(tmp_path / "log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, [tmp_path / "log.parquet"], clock=clock)
    unharmed(open_page(store, page))


@pytest.mark.parametrize("page", ["labels", "health", "golden", "review", "examples"])
def test_a_log_without_dimensions_is_one_segment(tmp_path: Path, open_page, page: str):
    rows = [event(2, "response", "i1", text="A"), event(9, "copy", "i1")]
    event_table(*rows).write_parquet(tmp_path / "log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, [tmp_path / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    unharmed(open_page(store, page))


def test_outcomes_of_each_day(store: Store):
    found = daily_outcomes(store.at(), Period(DAY, DAY + timedelta(days=1)))
    assert found.select("day", "outcome", "n").rows() == [
        (DAY, "clean_success", 2), (DAY, "failed", 2), (DAY + timedelta(days=1), "clean_success", 2),
    ]  # fmt: skip
    assert found["share"].to_list() == [0.5, 0.5, 1.0]


def test_how_the_events_of_each_day_arrive(store: Store):
    snapshot = store.at()
    assert daily_arrival(snapshot).select("day", "n_events", "late_share").rows() == [
        (DAY, 8, 0.0), (DAY + timedelta(days=1), 4, 0.0),
    ]  # fmt: skip
    sources = list_sources(snapshot)
    assert sources["behind_s"].min() == 0
    assert list_sources(Store("no/such/folder").at()).is_empty()


def test_where_quarantined_rows_stand(store: Store):
    snapshot = store.at()
    reason, column, file = snapshot.table("quarantine").select("reason", "column", "file").collect().row(0)
    assert sample_quarantine(snapshot, reason, column, file)["row"].to_list() == [5]
    assert sample_quarantine(snapshot, "no such reason", column, file).is_empty()


def test_days_are_of_the_declared_zone(store: Store):
    found = daily_outcomes(store.at(), Period(date(2026, 1, 1), date(2026, 1, 31)), time_zone="Pacific/Kiritimati")
    assert found["day"].min() == DAY
