"""The Review page: nothing of the model's opinion before the verdict, and every decision on record."""

from datetime import timedelta
from pathlib import Path

import pytest
from event_rows import START, event, event_table
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from feedback.pipeline import draw_reviews, ingest_logs, run_labels
from feedback.reviews import response_verdicts
from feedback.store import Store

ROOT = Path(__file__).parents[2]
HOSTILE = "<script>alert(1)</script> **bold** $x$ :red[red]"


def clock():
    return START + timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store with four labelled responses, none drawn."""
    rows = []
    for n in range(4):
        rows += [
            event(600 * n, "request", f"i{n}", text=HOSTILE),
            event(600 * n + 2, "response", f"i{n}", text=f"Answer {n}. {HOSTILE}"),
            event(600 * n + 20, "copy", f"i{n}"),
        ]
    event_table(*rows).write_parquet(tmp_path / "log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, [tmp_path / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    return store


def open_review(store: Store, monkeypatch: pytest.MonkeyPatch, reviewer: str = "ann") -> AppTest:
    monkeypatch.setenv("FEEDBACK_STORE", str(store.path))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app._page_hash = calc_hash("review")
    app.run()
    if reviewer and app.text_input:
        app.text_input(key="reviewer").input(reviewer).run()
    assert not app.exception
    return app


def words_of(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.text, *app.info, *app.success])


def test_an_empty_queue_says_how_to_fill_it(store: Store, monkeypatch):
    app = open_review(store, monkeypatch)
    assert "Nothing is drawn for review yet" in app.info[0].value
    assert [code.value.split(" --")[0] for code in app.code] == ["feedback reviews draw", "feedback candidates draw"]


def test_nobody_reviews_without_a_name(store: Store, monkeypatch):
    draw_reviews(store, k=3, seed=1, clock=clock)
    app = open_review(store, monkeypatch, reviewer="")
    assert "Say who you are" in app.info[0].value
    assert store.table("reservations").collect().is_empty()


def test_a_verdict_is_stored_and_only_then_the_score_is_told(store: Store, monkeypatch):
    draw_reviews(store, k=3, seed=1, clock=clock)
    app = open_review(store, monkeypatch)
    assert "score" not in words_of(app).lower()
    assert any(HOSTILE in text.value for text in app.text)
    app.text_area[0].input("Three years.")
    app.button(key="verdict bad").click().run()
    assert not app.exception
    assert "you said **bad**, the behaviour score is" in words_of(app)
    found = store.table("reviews").collect()
    assert found.select("verdict", "reviewer", "corrected_text", "stream").rows() == [
        ("bad", "ann", "Three years.", "rate")
    ]
    assert not app.text_area[0].value


def test_undo_brings_the_item_back(store: Store, monkeypatch):
    draw_reviews(store, k=3, seed=1, clock=clock)
    app = open_review(store, monkeypatch)
    before = [text.value for text in app.text]
    app.button(key="verdict good").click().run()
    assert [text.value for text in app.text] != before
    next(button for button in app.button if button.label == "Undo").click().run()
    assert [text.value for text in app.text] == before
    assert response_verdicts(store.table("reviews").collect())["verdict"].to_list() == ["unsure"]


def test_when_all_is_judged_the_next_step_is_named(store: Store, monkeypatch):
    draw_reviews(store, k=3, seed=1, clock=clock)
    app = open_review(store, monkeypatch)
    for _ in range(3):
        app.button(key="verdict good").click().run()
    assert app.success[0].value.startswith("Nothing left for you here")
    assert app.code[0].value == "feedback fit"
