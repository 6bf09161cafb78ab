"""Every view of the app, on a full, a half full, an empty and a broken store, without a browser."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from app_stores import HOSTILE, clock, log_of, small_store
from app_words import written

from feedback.pages.launch import OPTIONS, streamlit_arguments
from feedback.pipeline import draw_reviews, fit_labels, import_reviews, ingest_logs, run_labels
from feedback.simulate import simulate_traffic, write_simulation
from feedback.store import Store

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_store(tmp_path_factory.mktemp("app")).path


def test_the_overview_says_how_it_goes(open_page, full: Path):
    app = open_page(full)
    assert not app.exception
    assert app.title[0].value == "Overview"
    shown = {metric.label: metric.value for metric in app.metric}
    assert list(shown) == [
        "Behaviour score", "Success rate, corrected by reviews", "Interactions labelled", "With any vote", "Still open",
        "Open incidents",
    ]  # fmt: skip
    assert (shown["Interactions labelled"], shown["Success rate, corrected by reviews"]) == ("12", "–")
    assert "Run 2 · data up to" in app.caption[0].value


def test_the_behaviour_score_is_never_called_a_rate(open_page, full: Path):
    app = open_page(full)
    assert "%" not in app.metric[0].value + app.metric[0].delta


def test_the_address_decides_what_is_shown(open_page, full: Path):
    app = open_page(full, days="28", dimension="model", value="m1")
    assert app.selectbox[0].value == "model"
    assert any(text.value == "**m1: worst examples**" for text in app.markdown)


def test_what_the_address_gets_wrong_is_ignored(open_page, full: Path):
    app = open_page(full, days="soon", dimension="colour", value="blue")
    assert not app.exception
    assert app.selectbox[0].value == "feature"


def test_a_choice_goes_into_the_address(open_page, full: Path):
    app = open_page(full)
    app.selectbox[0].select("model").run()
    assert app.query_params["dimension"] == "model"
    app.selectbox[0].select("feature").run()
    assert "dimension" not in app.query_params


def test_the_examples_are_listed(open_page, full: Path):
    app = open_page(full, "examples")
    assert app.title[0].value == "Examples"
    assert "12 interactions" in app.caption[0].value
    assert app.dataframe[0].value.shape[0] == 12


def test_the_examples_can_be_narrowed(open_page, full: Path):
    app = open_page(full, "examples")
    app.multiselect[0].select("failed").run()
    assert app.query_params["outcome"] == "failed"
    assert app.dataframe[0].value.shape[0] == 6


def test_an_interaction_is_shown_with_its_evidence(open_page, full: Path):
    app = open_page(full, "examples")
    app.query_params["interaction"] = "i4"
    app.run()
    assert not app.exception
    assert app.title[0].value == "Interaction i4"
    assert [metric.value for metric in app.metric][1:] == ["Failed", "0.00", "Final"]
    assert "**Rejected** · bad · weight 1.5" in written(app)


def test_an_unknown_interaction_is_one_line(open_page, full: Path):
    app = open_page(full, "examples")
    app.query_params["interaction"] = "nowhere"
    app.run()
    assert not app.exception
    assert app.title[0].value == "Interaction nowhere"
    assert not app.metric


def test_text_of_users_is_never_markdown(open_page, full: Path):
    views = [
        open_page(full, dimension="model", value=HOSTILE),
        open_page(full, "examples"),
        open_page(full, "examples"),
    ]
    views[2].query_params["interaction"] = "i4"
    views[2].run()
    assert [text.value for text in views[2].text] == [HOSTILE, HOSTILE]
    for app in views:
        assert not app.exception
        assert "<script>" not in written(app).replace("\\<script\\>", "")
        assert "[link](" not in written(app)


def test_data_health_says_what_arrived(open_page, full: Path):
    app = open_page(full, "health")
    assert not app.exception
    assert {metric.label: metric.value for metric in app.metric}["Rows read"] == "36"


@pytest.mark.parametrize("page", ["", "segments", "examples", "labels", "health"])
def test_an_empty_store_says_what_to_do(open_page, tmp_path: Path, page: str):
    app = open_page(tmp_path / "none", page)
    assert not app.exception
    assert [code.value for code in app.code] == ["feedback demo", "feedback ingest logs/*.jsonl", "feedback run"]


@pytest.mark.parametrize("page", ["", "examples"])
def test_events_without_labels_say_what_to_do(open_page, tmp_path: Path, page: str):
    ingest_logs(Store(tmp_path / "store"), [log_of(tmp_path)], clock=clock)
    app = open_page(tmp_path / "store", page)
    assert not app.exception
    assert app.code[0].value == "feedback run"


def test_a_broken_store_is_one_readable_line(open_page, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("not a store")
    app = open_page(tmp_path)
    assert not app.exception
    assert "is not a store" in app.error[0].value.replace("\\", "")


def test_a_new_run_shows_without_a_restart(open_page, tmp_path: Path):
    store = Store(tmp_path / "store")
    app = open_page(store.path)
    assert app.title[0].value == "Nothing here yet"
    ingest_logs(store, [log_of(tmp_path)], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    assert app.run().title[0].value == "Overview"


def test_the_look_is_the_same_from_a_checkout_and_an_installed_package():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    flat = {}
    for section, values in config.items():
        for name, value in values.items():
            inner = value.items() if isinstance(value, dict) else [(None, value)]
            flat |= {".".join(filter(None, (section, name, deep))): str(found) for deep, found in inner}
    assert {name: value.lower() for name, value in flat.items()} == {
        name: value.lower() for name, value in OPTIONS.items()
    }


def test_the_app_listens_on_this_machine_only():
    command = streamlit_arguments(Path("store"), 8501)
    assert {"--server.address=127.0.0.1", "--browser.gatherUsageStats=false"} <= set(command)
    assert Path(command[4]).is_file()


def test_the_labels_page_says_which_signals_vote(open_page, full: Path):
    app = open_page(full, "labels")
    assert not app.exception
    assert app.title[0].value == "Labels"
    report = app.dataframe[0].value
    assert {"copied", "rejected"} <= {name.lower() for name in report["function"]}
    assert report["estimated_accuracy"].isna().all()
    assert "feedback reviews draw" in written(app)


def test_the_labels_page_breaks_down_by_segment(open_page, full: Path):
    app = open_page(full, "labels")
    app.toggle[0].set_value(True).run()
    assert not app.exception
    assert app.selectbox[0].label == "Break down by"


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store with 120 reviewed responses and a fitted label model."""
    folder = tmp_path_factory.mktemp("reviewed")
    simulation = simulate_traffic(days=10, sessions=700, seed=4)
    write_simulation(simulation, folder)
    store, later = Store(folder / "store"), lambda: datetime(2026, 11, 1, tzinfo=UTC)
    ingest_logs(store, [folder / "events.parquet"], clock=later)
    run_labels(store, clock=later, watermark="end")
    judged = draw_reviews(store, k=120, seed=1, clock=later).join(simulation.truth, on="interaction_id")
    verdict = pl.when("is_good").then(pl.lit("good")).otherwise(pl.lit("bad"))
    judged.select("draw_id", "interaction_id", verdict.alias("verdict"), reviewer=pl.lit("ann")).write_csv(
        folder / "judged.csv"
    )
    import_reviews(store, [folder / "judged.csv"], clock=later)
    fit_labels(store, clock=later)
    return store.path


def test_the_overview_shows_both_rates_once_people_reviewed(open_page, reviewed: Path):
    app = open_page(reviewed, days="28")
    assert not app.exception
    labels = [metric.label for metric in app.metric]
    assert labels[:3] == ["Success rate, corrected by reviews", "By the label model alone", "Behaviour score"]
    assert "±" in app.metric[0].value or "−" in app.metric[0].value
    assert any("label model" in caption.value for caption in app.caption)


def test_the_labels_page_shows_whether_probabilities_hold(open_page, reviewed: Path):
    app = open_page(reviewed, "labels")
    assert not app.exception
    assert app.dataframe[0].value["estimated_accuracy"].notna().any()
    assert any(caption.value.startswith("Expected calibration error") for caption in app.caption)
