"""The Examples page: the list, one interaction, an id looked up, and sending a response to review."""

from datetime import timedelta
from pathlib import Path

import pytest
from app_words import unharmed, written
from event_rows import START, event, event_table

from feedback.explore.lookup import look_up
from feedback.pipeline import ingest_logs, run_labels
from feedback.pipeline.picks import PICKED
from feedback.store import Store

TEXTS = ("<script>alert(1)</script> **bold** $x$", "مرحبا، أين طلبي؟", "long" * 20_000, "- [a](http://b) ![](c)")


def clock():
    return START + timedelta(days=1)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a store with a response for each odd text."""
    folder = tmp_path_factory.mktemp("examples")
    rows = []
    for n, text in enumerate(TEXTS):
        about = {"session": f"s{n}", "feature": text[:200]}
        rows += [
            event(600 * n, "request", f"i{n}", text=text, **about),
            event(600 * n + 2, "response", f"i{n}", text=text, **about),
            event(600 * n + 20, "copy", f"i{n}", **about),
        ]
    event_table(*rows).write_parquet(folder / "log.parquet")
    store = Store(folder / "store")
    ingest_logs(store, [folder / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    return store


def test_the_list_shows_every_text_as_it_is(store: Store, open_page):
    app = unharmed(open_page(store, "examples"))
    shown = app.dataframe[0].value
    assert len(shown) == len(TEXTS)
    assert set(shown["feature"]) == {text[:200] for text in TEXTS}
    assert all(len(asked) <= 300 for asked in shown["request"])


@pytest.mark.parametrize("n", range(len(TEXTS)))
def test_an_interaction_shows_what_was_said_as_text(store: Store, open_page, n: int):
    app = unharmed(open_page(store, "examples", interaction=f"i{n}"))
    assert TEXTS[n] in [text.value for text in app.text]
    assert "<script>" not in written(app).replace("\\<script\\>", "")


def test_an_id_nobody_knows_says_so_and_lets_look_again(store: Store, open_page):
    app = unharmed(open_page(store, "examples", interaction="nowhere"))
    assert "no interaction of that id" in app.info[0].value
    app.text_input(key="look up").input("neither").run()
    assert "Nothing here is called neither" in written(app)


def test_ids_that_begin_so_are_listed(store: Store, open_page):
    app = unharmed(open_page(store, "examples"))
    app.text_input(key="look up").input("i").run()
    assert not app.exception
    assert len(app.get("page_link")) >= len(TEXTS)


def test_looking_up():
    assert look_up(Store("no/such/folder").at(), "i1").is_empty()


def test_a_session_or_the_beginning_of_an_id_finds_interactions(store: Store):
    snapshot = store.at()
    assert look_up(snapshot, " i1 ")["interaction_id"].to_list() == ["i1"]
    assert look_up(snapshot, "s2")["interaction_id"].to_list() == ["i2"]
    assert look_up(snapshot, "i")["interaction_id"].to_list() == ["i3", "i2", "i1", "i0"]
    assert look_up(snapshot, "").is_empty()


def test_a_response_is_sent_to_review_once(store: Store, open_page):
    app = unharmed(open_page(store, "examples", interaction="i1"))
    assert app.button(key="send to review").disabled
    app.text_input(key="sent by").input("ann").run()
    unharmed(app.button(key="send to review").click().run())
    assert "Waits for review" in written(app)
    drawn = store.table("candidates").collect()
    assert drawn.select("interaction_id", "reason", "inclusion_probability").rows() == [("i1", PICKED, 1.0)]
    assert store.table("candidate_draws").collect().select("stream", "k", "frame_filter").rows() == [
        ("mining", 1, "picked by ann")
    ]


def test_while_the_store_is_written_sending_says_so(store: Store, open_page):
    app = unharmed(open_page(store, "examples", interaction="i2"))
    app.text_input(key="sent by").input("ann").run()
    with store.writer(clock=clock()):
        unharmed(app.button(key="send to review").click().run())
    assert app.warning
    assert "i2" not in store.table("candidates").collect()["interaction_id"].to_list()


def test_an_empty_store_says_what_to_do(tmp_path: Path, open_page):
    assert open_page(Store(tmp_path / "none"), "examples").title[0].value == "Nothing here yet"
    event_table(event(2, "response", "i1", text="A")).write_parquet(tmp_path / "log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, [tmp_path / "log.parquet"], clock=clock)
    assert "no final labels yet" in unharmed(open_page(store, "examples")).info[0].value
