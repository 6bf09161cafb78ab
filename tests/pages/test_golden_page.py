"""The Golden set page: empty, filled, and with hostile texts."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from app_words import unharmed, written
from event_rows import START, event, event_table
from streamlit.testing.v1 import AppTest

from feedback.explore.golden import (
    count_examples,
    diff_golden_versions,
    list_addable,
    list_golden_versions,
    list_refused,
    read_golden_set,
)
from feedback.export import findings
from feedback.pipeline import import_reviews, ingest_logs, run_labels
from feedback.pipeline.golden import import_results, make_version, read_golden, retire
from feedback.pipeline.golden_examples import Wanted, add_reviewed
from feedback.pipeline.packed_export import pack_export
from feedback.store import Store

HOSTILE = "<script>alert(1)</script> **bold** $x$ :red[red]"
REPEATED = "aaaaa " * 12


def clock():
    return START + timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store with eight labelled responses, four of them reviewed; the second and third ask nearly the same."""
    rows = []
    for n in range(8):
        about = {"session": f"s{n}", "user_id": "u", "feature": "chat" if n % 2 else HOSTILE}
        asked = REPEATED if n in (1, 2) else "abcdefgh"[n] * 5
        rows += [
            event(600 * n, "request", f"i{n}", text=f"{HOSTILE} {asked}", **about),
            event(600 * n + 2, "response", f"i{n}", text=f"{HOSTILE} {n}", **about),
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
    first, *others = read_golden(store).sort("input", descending=True)["example_id"].to_list()
    retire(store, [first], by="bob", clock=clock, why="sold no more")
    make_version(store, by="bob", clock=clock)
    pl.DataFrame({"example_id": others, "passed": [True, False, True]}).write_csv(tmp_path / "results.csv")
    import_results(store, tmp_path / "results.csv", by="ann", clock=clock)
    return store


@pytest.fixture
def golden(open_page):
    """Return a function that opens a view of the page as somebody."""

    def open_golden(store: Store, curator: str = "ann", **address: str) -> AppTest:
        app = open_page(store, "golden", **address)
        fields = [field for field in app.text_input if field.key == "curator"]
        if curator and fields:
            fields[0].input(curator).run()
        return unharmed(app)

    return open_golden


def test_an_empty_set_says_how_to_fill_it(store: Store, golden):
    app = golden(store)
    assert "The golden set is empty" in app.info[0].value
    assert [code.value.split(" --")[0] for code in app.code] == [
        "feedback candidates draw", "feedback app", "feedback golden add", "feedback golden version",
    ]  # fmt: skip


def test_what_people_judged_is_added_with_one_click(store: Store, golden):
    app = golden(store)
    assert "not in the set yet: 4" in written(app)
    unharmed(app.button(key="add reviewed").click().run())
    assert read_golden(store).height == 4
    assert "4 added" in written(app)
    assert "not in the set yet" not in written(app)


def test_nothing_is_changed_without_a_name(filled: Store, golden):
    app = golden(filled, curator="")
    changing = [button for button in app.button if button.key and button.key.startswith(("accept", "refuse"))]
    assert changing
    assert all(button.disabled for button in changing)


def test_a_set_shows_what_is_in_it_and_how_far_it_reaches(filled: Store, golden):
    app = golden(filled)
    assert [(metric.label, metric.value) for metric in app.metric][:2] == [
        ("Examples", "3"), ("Train / dev / test", app.metric[1].value),
    ]  # fmt: skip
    assert "**3 examples** that people reviewed, and 1 retired." in written(app)
    assert "of the traffic of the latest 28 days is within reach" in written(app)
    coverage = written(golden(filled, view="coverage"))
    assert "**How much of the traffic is within reach**" in coverage
    assert "**What the evaluation passes, and what is good in production**" in coverage
    assert "<script>" not in coverage + written(app)


def test_a_proposal_is_refused_for_good_and_can_be_reopened(filled: Store, golden):
    app = golden(filled)
    refusals = [button for button in app.button if button.key and button.key.startswith("refuse ")]
    app.text_input(key="refused why").input("they are not the same").run()
    unharmed(app.button(key=refusals[0].key).click().run())
    assert refusals[0].key not in [button.key for button in app.button]
    assert list_refused(filled.at()).select("by", "why").rows() == [("ann", "they are not the same")]
    unharmed(app.button(key="reopen").click().run())
    assert refusals[0].key in [button.key for button in app.button]


def test_a_proposal_is_accepted(filled: Store, golden):
    app = golden(filled)
    retiring = [button for button in app.button if button.label == "Retire"]
    unharmed(retiring[0].click().run())
    assert read_golden(filled).height == 2
    assert "Retired. Cut a version" in written(app).replace("\\", "")


def test_an_old_example_is_sent_to_review_again_and_waits_there(filled: Store, golden):
    app = golden(filled)
    old = [button for button in app.button if button.label == "Send to review"]
    unharmed(old[0].click().run())
    assert len([button for button in app.button if button.label == "Send to review"]) == len(old) - 1
    assert filled.table("candidates").collect().select("reason", "inclusion_probability").rows() == [
        ("picked by hand", 1.0)
    ]


def test_two_versions_are_compared(filled: Store, golden):
    app = golden(filled, view="versions")
    assert [box.value for box in app.selectbox] == ["1", "2"]
    assert "1 retired" in [caption.value for caption in app.caption]
    unharmed(app.selectbox[0].set_value("2").run())
    assert "Nothing changed between these." in written(app)


def test_a_version_is_made(filled: Store, golden):
    retire(filled, read_golden(filled)["example_id"].to_list()[:1], by="bob", clock=clock, why="gone")
    app = golden(filled, view="versions")
    app.text_input(key="note of the version").input("by hand").run()
    unharmed(app.button(key="make version").click().run())
    assert list_golden_versions(filled.at()).select("version", "n", "by", "note").row(0) == (3, 2, "ann", "by hand")


def test_an_export_is_shown_before_it_is_taken(filled: Store, golden, monkeypatch):
    monkeypatch.setattr(findings, "find_spec", lambda name: None)
    app = golden(filled, view="export", target="preference_pairs", version="1")
    assert "pip install" in app.warning[0].value
    assert app.toggle(key="redact").disabled
    unharmed(app.button(key="preview").click().run())
    assert "Examples: 4" in written(app)
    assert "4 refused" in written(app)
    assert [button.label for button in app.get("download_button")][0:1] != []
    packed = pack_export(filled, "preference_pairs", version="1", redact=False)
    assert packed.archive == pack_export(filled, "preference_pairs", version="1", redact=False).archive
    assert zipfile.ZipFile(io.BytesIO(packed.archive)).namelist() == ["manifest.json", "pairs.jsonl"]


def test_an_export_of_nothing_says_so(filled: Store, golden, open_page, monkeypatch):
    monkeypatch.setattr(findings, "find_spec", lambda name: None)
    app = golden(filled, view="export", target="jsonl", split="dev", label="good")
    app.button(key="preview").click().run()
    assert not app.exception
    assert app.error or "What will be written" in written(app)


def test_what_the_page_reads(filled: Store):
    snapshot = filled.at()
    found = read_golden_set(snapshot)
    assert (found.examples.height, found.n_retired, found.is_cut) == (3, 1, True)
    assert list_golden_versions(snapshot).select("version", "n").rows() == [(2, 3), (1, 4)]
    assert diff_golden_versions(snapshot, "1", "2")["change"].to_list() == ["retired"]
    counts = count_examples(snapshot)
    assert counts["segment"][0] == "all"
    assert counts.select(pl.col("n", "good", "bad").slice(1).sum()).row(0) == counts.select("n", "good", "bad").row(0)


def test_what_can_be_added(store: Store):
    assert list_addable(store.at()).select("interaction_id", "verdict").sort("interaction_id").rows() == [
        ("i0", "bad"), ("i1", "good"), ("i2", "good"), ("i3", "bad"),
    ]  # fmt: skip
    add_reviewed(store, by="ann", clock=clock, wanted=Wanted(label="bad"))
    assert list_addable(store.at())["interaction_id"].sort().to_list() == ["i1", "i2"]


def test_nothing_to_read(tmp_path: Path):
    snapshot = Store(tmp_path / "none").at()
    assert read_golden_set(snapshot).examples.is_empty()
    assert count_examples(snapshot).is_empty()
    assert list_addable(snapshot).is_empty()
    assert list_refused(snapshot).is_empty()
