"""The Golden set page: empty, filled, and with hostile texts."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from event_rows import START, event, event_table
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from feedback.explore.golden import count_examples, diff_golden_versions, list_golden_versions, read_golden_set
from feedback.pipeline import import_reviews, ingest_logs, run_labels
from feedback.pipeline.golden import import_results, make_version, read_golden, retire
from feedback.pipeline.golden_examples import add_reviewed
from feedback.store import Store

ROOT = Path(__file__).parents[2]
HOSTILE = "<script>alert(1)</script> **bold** $x$ :red[red]"


def clock():
    return START + timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store with eight labelled responses, four of them reviewed."""
    rows = []
    for n in range(8):
        about = {"session": f"s{n}", "feature": "chat" if n % 2 else HOSTILE}
        rows += [
            event(600 * n, "request", f"i{n}", text=f"{HOSTILE} {'abcdefgh'[n] * 5}", **about),
            event(600 * n + 2, "response", f"i{n}", text=HOSTILE, **about),
            event(600 * n + 20, "copy", f"i{n}", **about),
        ]
    event_table(*rows).write_parquet(tmp_path / "log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, [tmp_path / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    verdicts = "".join(f"i{n},{'good' if n % 3 else 'bad'},rate,0.5\n" for n in range(4))
    (tmp_path / "reviews.csv").write_text(f"interaction_id,verdict,stream,inclusion_probability\n{verdicts}")
    import_reviews(store, [tmp_path / "reviews.csv"], clock=clock, reviewer="eve")
    return store


@pytest.fixture
def filled(store: Store, tmp_path: Path) -> Store:
    """Return the store with two versions of a golden set and an evaluation of it."""
    add_reviewed(store, by="ann", clock=clock)
    make_version(store, by="ann", clock=clock, note=HOSTILE)
    first, *others = read_golden(store)["example_id"].to_list()
    retire(store, [first], by="bob", clock=clock, why="sold no more")
    make_version(store, by="bob", clock=clock)
    pl.DataFrame({"example_id": others, "passed": [True, False, True]}).write_csv(tmp_path / "results.csv")
    import_results(store, tmp_path / "results.csv", by="ann", clock=clock)
    return store


def open_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("FEEDBACK_STORE", str(store.path))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app._page_hash = calc_hash("golden")
    app.run()
    assert not app.exception
    assert not app.error
    return app


def words_of(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.info, *app.title])


def test_an_empty_set_says_how_to_fill_it(store: Store, monkeypatch):
    app = open_page(store, monkeypatch)
    assert "The golden set is empty" in app.info[0].value
    assert [code.value.split(" --")[0] for code in app.code] == [
        "feedback candidates draw", "feedback app", "feedback golden add", "feedback golden version",
    ]  # fmt: skip


def test_a_set_shows_what_is_in_it_and_how_far_it_reaches(filled: Store, monkeypatch):
    app = open_page(filled, monkeypatch)
    assert [metric.label for metric in app.metric][:2] == ["Examples", "Traffic within reach"]
    assert app.metric[0].value == "3"
    said = words_of(app)
    for title in (
        "What to do",
        "Versions",
        "What is in it",
        "What the evaluation passes, and what is good in production",
    ):
        assert f"**{title}**" in said
    assert "1 retired" in said
    assert "<script>" not in said


def test_two_versions_are_compared(filled: Store, monkeypatch):
    app = open_page(filled, monkeypatch)
    assert [box.value for box in app.selectbox] == ["1", "2"]
    assert "1 retired" in [caption.value for caption in app.caption]
    app.selectbox[0].set_value("2").run()
    assert "Nothing changed between these." in words_of(app)


def test_what_the_page_reads(filled: Store):
    snapshot = filled.at()
    found = read_golden_set(snapshot)
    assert (found.examples.height, found.n_retired, found.is_cut) == (3, 1, True)
    assert list_golden_versions(snapshot).select("version", "n").rows() == [(2, 3), (1, 4)]
    assert diff_golden_versions(snapshot, "1", "2")["change"].to_list() == ["retired"]
    counts = count_examples(snapshot)
    assert counts["segment"][0] == "all"
    assert counts.select(pl.col("n", "good", "bad").slice(1).sum()).row(0) == counts.select("n", "good", "bad").row(0)


def test_nothing_to_read(tmp_path: Path):
    snapshot = Store(tmp_path / "none").at()
    assert read_golden_set(snapshot).examples.is_empty()
    assert count_examples(snapshot).is_empty()
