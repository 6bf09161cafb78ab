"""The Segments page: every comparison, a segment up close, and disparity, without a browser."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from app_words import written
from streamlit.testing.v1 import AppTest

from feedback.pipeline import draw_reviews, fit_labels, import_reviews, ingest_logs, run_labels
from feedback.store import Store

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAYS = 16
PROMISE = '[[disparity]]\ndimensions = ["language"]\nreference = "language = en"\nmax_gap = 0.05\n'


def clock() -> datetime:
    return START + timedelta(days=90)


def traffic() -> pl.DataFrame:
    """Return 60 answers a day, most copied; with prompt v2, in the last week, those in German are turned down."""
    rows = []
    for n in range(60 * DAYS):
        day, language = n // 60, "de" if n % 2 else "en"
        is_new = day >= DAYS - 7
        act = "reject" if (n // 2) % 10 < (8 if is_new and language == "de" else 2) else "copy"
        at = START + timedelta(days=day, minutes=n % 60 * 5)
        who = {
            "session_id": f"s{n}", "user_id": f"u{n % 300}", "interaction_id": f"i{n}", "language": language,
            "prompt_version": "v2" if is_new else "v1",
        }  # fmt: skip
        shown = {"event_id": f"a{n}", "occurred_at": at, "kind": "response", "text": "Here you are.", **who}
        acted = {"event_id": f"b{n}", "occurred_at": at + timedelta(seconds=9), "kind": act, "text": None, **who}
        rows += [shown, acted]
    return pl.DataFrame(rows, infer_schema_length=None)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("segments")
    traffic().write_parquet(folder / "log.parquet")
    made = Store(folder / "store")
    ingest_logs(made, [folder / "log.parquet"], clock=clock)
    run_labels(made, clock=clock, watermark=START + timedelta(days=DAYS))
    return made


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a store whose label model was fitted to 120 reviews."""
    folder = tmp_path_factory.mktemp("fitted")
    log = traffic()
    log.write_parquet(folder / "log.parquet")
    made = Store(folder / "store")
    ingest_logs(made, [folder / "log.parquet"], clock=clock)
    run_labels(made, clock=clock, watermark=START + timedelta(days=DAYS))
    acts = log.filter(pl.col("kind") != "response").select("interaction_id", "kind").unique("interaction_id")
    verdict = pl.when(pl.col("kind") == "copy").then(pl.lit("good")).otherwise(pl.lit("bad"))
    judged = draw_reviews(made, k=120, seed=1, clock=clock).join(acts, on="interaction_id")
    judged.select("draw_id", "interaction_id", verdict=verdict, reviewer=pl.lit("ann")).write_csv(folder / "judged.csv")
    import_reviews(made, [folder / "judged.csv"], clock=clock)
    fit_labels(made, clock=clock)
    return made


def segments(app: AppTest) -> list[str]:
    return app.dataframe[0].value["segment"].to_list()


def test_what_each_run_stores_comes_first(open_page, store: Store):
    app = open_page(store, "segments")
    assert not app.exception
    assert app.selectbox[0].value == "each run"
    assert "language = de" in segments(app)
    assert "Worse since about" in written(app)


@pytest.mark.parametrize(
    "address",
    [
        {"against": "previous period"},
        {"against": "same hours last week", "hours": "168"},
        {"against": "pinned baseline", "baseline": "2026-03-03..2026-03-06"},
        {"against": "pinned baseline"},
        {"against": "release", "release": "prompt_version=v2"},
    ],
)
def test_every_comparison_is_a_link_and_names_the_segment(open_page, store: Store, address: dict):
    app = open_page(store, "segments", **address)
    assert not app.exception
    assert segments(app) == ["language = de"]
    assert "labels with a value against" in written(app)
    assert "Worse since about" in written(app)
    assert "is quality within its values" in written(app)


def test_a_release_is_chosen_from_those_in_the_log(open_page, store: Store):
    app = open_page(store, "segments", against="release")
    assert app.selectbox[2].options[0].startswith("prompt_version = v2")
    assert len(app.selectbox[2].options) == 1


def test_a_choice_goes_into_the_address_and_closes_the_segment(open_page, store: Store):
    app = open_page(store, "segments", segment="language = de", since="2026-03-11")
    app.selectbox[0].select("release").run()
    assert not app.exception
    assert app.query_params["against"] == ["release"] or app.query_params["against"] == "release"
    assert "segment" not in app.query_params


def test_an_address_that_means_nothing_is_ignored(open_page, store: Store):
    app = open_page(store, "segments", against="the moon", length="x", baseline="yesterday")
    assert not app.exception
    assert app.selectbox[0].value == "each run"


def test_golden_traffic_waits_for_its_file(open_page, store: Store):
    app = open_page(store, "segments", against="golden traffic")
    assert not app.exception
    assert not app.dataframe


def test_without_a_promise_the_page_says_how_to_make_one(open_page, store: Store):
    app = open_page(store, "segments")
    assert "feedback.toml" in written(app)
    assert any("[[disparity]]" in code.value for code in app.code)


def test_a_promise_is_shown_with_what_it_has_used_up(open_page, store: Store, tmp_path: Path):
    (tmp_path / "feedback.toml").write_text(PROMISE)
    app = open_page(store, "segments")
    assert not app.exception
    groups = app.dataframe[-1].value
    assert groups.set_index("group")["status"].to_dict() == {"language = de": "breached", "language = en": "reference"}
    assert groups["burn"].iloc[0] > 100
    assert "1 breached" in written(app)


@pytest.mark.parametrize("address", [{}, {"against": "release"}])
def test_once_calibrated_segments_are_told_by_probability(open_page, fitted: Store, address: dict):
    app = open_page(fitted, "segments", **address)
    assert not app.exception
    assert "language = de" in segments(app)
    assert fitted.table("segments").select("value").unique().collect().to_series().to_list() == ["p_good"]


def test_two_versions_are_compared_and_it_is_a_link(open_page, store: Store):
    app = open_page(store, "segments", versions="prompt_version", old="v1", new="v2")
    assert not app.exception
    assert "**Is the new version better?**" in written(app)
    assert any("**Roll back.**" in text.value or "**Hold.**" in text.value for text in app.markdown)


def test_versions_wait_until_both_are_chosen(open_page, store: Store):
    app = open_page(store, "segments", versions="prompt_version", old="v1", new="v1")
    assert not app.exception
    assert "Choose what changed" in written(app)
