"""The Review page: nothing of the model's opinion before the verdict, and every decision on record."""

from datetime import timedelta
from pathlib import Path

import pytest
from app_words import written
from event_rows import START, event, event_table
from streamlit.testing.v1 import AppTest

from feedback.pipeline import draw_reviews, ingest_logs, run_labels
from feedback.pipeline.picks import pick_for_review
from feedback.reviews import response_verdicts
from feedback.store import Store

HOSTILE = "<script>alert(1)</script> **bold** $x$ :red[red]"


def clock():
    return START + timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store with four labelled responses, none drawn."""
    rows = []
    for n in range(4):
        about = {"session": f"s{n}", "feature": "chat" if n % 2 else "search"}
        rows += [
            event(60 * n, "request", f"i{n}", text=f"Question {n}. {HOSTILE}", **about),
            event(60 * n + 2, "response", f"i{n}", text=f"Answer {n}. {HOSTILE}", **about),
            event(60 * n + 20, "copy", f"i{n}", **about),
        ]
    event_table(*rows).write_parquet(tmp_path / "log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, [tmp_path / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    return store


@pytest.fixture
def drawn(store: Store) -> Store:
    draw_reviews(store, k=3, seed=1, clock=clock)
    return store


@pytest.fixture
def review(open_page):
    """Return a function that opens the page as somebody."""

    def open_review(store: Store, reviewer: str = "ann", **address: str) -> AppTest:
        app = open_page(store, "review", **address)
        if reviewer and app.text_input:
            app.text_input(key="reviewer").input(reviewer).run()
        assert not app.exception
        assert not app.error
        return app

    return open_review


def words_of(app: AppTest) -> str:
    return "\n".join([written(app), *(text.value for text in app.text)])


def answer_of(app: AppTest) -> str:
    return next(text.value for text in app.text if text.value.startswith("Answer"))


def labels_of(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_an_empty_queue_says_how_to_fill_it_and_does(store: Store, review):
    app = review(store)
    assert "Nothing is drawn for review yet" in app.info[0].value
    assert [code.value.split(" --")[0] for code in app.code] == ["feedback reviews draw", "feedback candidates draw"]
    app.radio(key="draw for").set_value("rate").run()
    app.button(key="draw more").click().run()
    assert not app.exception
    assert store.table("candidates").collect().height == 4


def test_nobody_reviews_without_a_name(drawn: Store, review):
    app = review(drawn, reviewer="")
    assert "Say who you are" in app.info[0].value
    assert drawn.table("reservations").collect().is_empty()


def test_a_verdict_is_stored_and_only_then_the_score_is_told(drawn: Store, review):
    app = review(drawn)
    assert "score" not in words_of(app).lower()
    assert any(HOSTILE in text.value for text in app.text)
    app.text_area[0].input("Three years.")
    app.button(key="verdict bad").click().run()
    assert not app.exception
    assert "you said **bad**, the behaviour score is" in words_of(app)
    assert "1 of 3** judged, 1 by you" in app.get("progress")[0].proto.text
    found = drawn.table("reviews").collect()
    assert found.select("verdict", "reviewer", "corrected_text", "stream").rows() == [
        ("bad", "ann", "Three years.", "rate")
    ]
    assert not app.text_area[0].value


def test_the_evidence_is_marked_after_the_verdict_only(drawn: Store, review):
    app = review(drawn)
    assert not app.get("vega_lite_chart")
    app.button(key="verdict bad").click().run()
    assert not app.get("vega_lite_chart")
    app.toggle[0].set_value(True).run()
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == 1


def test_undo_brings_the_item_back(drawn: Store, review):
    app = review(drawn)
    before = answer_of(app)
    app.button(key="verdict good").click().run()
    assert answer_of(app) != before
    next(button for button in app.button if button.label == "Undo").click().run()
    assert answer_of(app) == before
    assert response_verdicts(drawn.table("reviews").collect())["verdict"].to_list() == ["unsure"]


def test_when_all_is_judged_the_next_step_is_named(drawn: Store, review):
    app = review(drawn)
    for _ in range(3):
        app.button(key="verdict good").click().run()
    assert app.success[0].value.startswith("Nothing left for you here")
    assert app.code[0].value == "feedback fit"


def test_the_queue_is_narrowed_by_the_address(drawn: Store, review):
    picked = pick_for_review(drawn, ["i3"], by="eve", clock=clock)
    assert answer_of(review(drawn, draw=picked.draw_id)).startswith("Answer 3.")
    assert answer_of(review(drawn, stream="mining")).startswith("Answer 3.")
    chat = {answer_of(review(drawn, by="feature", **{"is": "chat"}))[:8]}
    assert chat <= {"Answer 1", "Answer 3"}


def test_only_reasons_that_give_nothing_away_are_offered(drawn: Store, review):
    app = review(drawn)
    because = next(box for box in app.selectbox if box.label == "Because")
    assert because.options == ["Drawn at random for a rate"]


def test_two_people_see_how_far_they_agree(drawn: Store, review):
    for reviewer in ("ann", "bob"):
        app = review(drawn, reviewer, people="2")
        for _ in range(3):
            app.button(key="verdict good").click().run()
    assert "2 people judged the same 3 responses" in words_of(app)
    assert "**100 %** say the same" in words_of(app)


def test_a_queue_that_holds_nothing_like_it_says_so(drawn: Store, review):
    app = review(drawn, by="feature", **{"is": "nowhere"}, stream="rate")
    assert not app.exception
    app.session_state["passed over"] = tuple(f"i{n}" for n in range(4))
    app.run()
    assert app.success[0].value.startswith("Nothing left")


@pytest.mark.parametrize("text", ["שלום, איפה ההזמנה שלי?" * 3, "x" * 100_000, "# A\n\n- [b](http://c)\n\n![](d)"])
def test_any_text_is_shown_as_it_is(tmp_path: Path, review, text: str):
    rows = [event(0, "request", "i1", text=text), event(2, "response", "i1", text=text), event(9, "copy", "i1")]
    event_table(*rows).write_parquet(tmp_path / "odd.parquet")
    store = Store(tmp_path / "odd")
    ingest_logs(store, [tmp_path / "odd.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    draw_reviews(store, k=1, seed=1, clock=clock)
    app = review(store)
    assert [shown.value for shown in app.text][:2] == [text, text]


def test_before_there_are_labels_it_says_how_to_make_them(tmp_path: Path, review):
    event_table(event(2, "response", "i1", text="A")).write_parquet(tmp_path / "log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, [tmp_path / "log.parquet"], clock=clock)
    assert "no final labels yet" in review(store).info[0].value
    assert "Nothing here yet" in words_of(review(Store(tmp_path / "none")))
