"""Pages about an interaction whose texts, or events, have aged out say so."""

from datetime import timedelta

import pytest
from app_words import written
from event_rows import START, event, event_table

from feedback.pipeline import ingest_logs, run_labels
from feedback.pipeline.picks import pick_for_review
from feedback.pipeline.queue import next_item
from feedback.settings import Retention, Settings
from feedback.store import Store

DAY = 24 * 3600
KEPT = Settings(retention=Retention(text=timedelta(days=5), events=timedelta(days=10)))


def clock():
    return START + timedelta(days=14)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    rows = []
    for name, day in (("gone", 0), ("silent", 6), ("fresh", 13)):
        about = {"session": f"session of {name}", "model": "m1"}
        rows += [
            event(day * DAY, "request", name, text="How long is the warranty?", **about),
            event(day * DAY + 2, "response", name, text="Two years.", **about),
            event(day * DAY + 9, "copy", name, **about),
        ]
    rows.append(event(13 * DAY + 99, "response", "wordless", session="session of wordless", model="m1"))
    folder = tmp_path_factory.mktemp("aged")
    event_table(*rows).write_parquet(folder / "log.parquet")
    found = Store(folder / "store")
    ingest_logs(found, [folder / "log.parquet"], clock=clock)
    run_labels(found, clock=clock, settings=KEPT, watermark="end")
    return found


@pytest.mark.parametrize(
    ("interaction", "says", "says_not"),
    [
        ("gone", ["Text aged out: texts are kept since 2026-01-14", "events of this session have aged out"], "no text"),
        ("silent", ["Text aged out"], "have aged out"),
        ("wordless", ["The log brought no text of this interaction"], "aged out"),
        ("fresh", ["Asked"], "aged out"),
    ],
)
def test_the_page_of_an_interaction_says_what_aged_out(
    store: Store, open_page, interaction: str, says: list[str], says_not: str
):
    app = open_page(store, "examples", interaction=interaction)
    assert not app.exception
    assert all(words in written(app) for words in says)
    assert says_not not in written(app)


def test_the_table_of_examples_shows_those_without_text(store: Store, open_page):
    app = open_page(store, "examples", days="28")
    assert not app.exception
    shown = app.dataframe[0].value
    assert shown["request"].isna().sum() == 3


def test_the_queue_passes_over_what_nobody_can_read(store: Store):
    pick_for_review(store, ["gone", "fresh"], by="ann", clock=clock)
    offered = next_item(store, reviewer="ann", clock=clock())
    assert offered is not None
    assert (offered.interaction_id, offered.n_open) == ("fresh", 1)
