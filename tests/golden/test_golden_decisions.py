"""What accepting a proposal does, by the pipeline's own functions, and what refusing it does."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from event_rows import LONG_AFTER, event, event_table

from feedback.errors import SettingsError
from feedback.pipeline import import_reviews, ingest_logs, run_labels
from feedback.pipeline.golden import read_golden, retire
from feedback.pipeline.golden_check import GoldenCheck, check_golden
from feedback.pipeline.golden_examples import add_reviewed
from feedback.pipeline.golden_proposals import accept_proposal, list_proposals, refuse_proposal, reopen_proposals
from feedback.store import Store

HOUR = timedelta(hours=1)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def clock():
    return LONG_AFTER


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store of 24 responses in two features, of which two in one are golden."""
    rows = []
    for n in range(24):
        about = {"session": f"s{n}", "user_id": f"u{n}", "feature": "mail" if n % 2 else "chat"}
        rows += [
            event(600 * n, "request", f"i{n}", text=LETTERS[n] * 6 + " " + LETTERS[n] * 9, **about),
            event(600 * n + 2, "response", f"i{n}", text=f"Answer {LETTERS[n] * 5}.", **about),
            event(600 * n + 20, "copy", f"i{n}", **about),
        ]
    event_table(*rows).write_parquet(tmp_path / "log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, [tmp_path / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    review(store, tmp_path, "i0,good,\ni2,bad,\n")
    add_reviewed(store, by="ann", clock=clock)
    return store


def review(store: Store, folder: Path, rows: str, *, later: int = 0, reviewer: str = "eve") -> None:
    (folder / "r.csv").write_text(f"interaction_id,verdict,corrected_text\n{rows}")
    import_reviews(store, [folder / "r.csv"], clock=lambda: LONG_AFTER + later * HOUR, reviewer=reviewer)


def check(store: Store, *, days: int = 1) -> GoldenCheck:
    return check_golden(store.at(), at=LONG_AFTER + timedelta(days=days))


def listed(store: Store, **of) -> pl.DataFrame:
    return list_proposals(store.at(), check(store, **of))


def accept(store: Store, row: dict):
    return accept_proposal(store, row, by="ann", clock=lambda: LONG_AFTER + 5 * HOUR, k=3)


def test_a_segment_out_of_reach_is_drawn_from_and_then_waits(store: Store):
    wanting = listed(store).filter(action="add", segment="feature = mail").row(0, named=True)
    assert wanting["step"] == "draw"
    done = accept(store, wanting)
    drawn = store.table("candidates").filter(draw_id=done.draw_id).collect()["interaction_id"].to_list()
    assert done.n == len(drawn) == 3
    assert all(int(item[1:]) % 2 for item in drawn)
    again = listed(store).filter(segment="feature = mail").row(0, named=True)
    assert (again["step"], again["draw_id"]) == ("wait", done.draw_id)
    assert read_golden(store).height == 2


def test_where_nothing_is_left_to_draw_it_says_so(store: Store):
    row = {"step": "draw", "example_id": None, "segment": "feature = nowhere"}
    with pytest.raises(SettingsError, match="no final labels left to draw from"):
        accept(store, row)


def test_what_people_have_said_since_is_taken_over(store: Store, tmp_path: Path):
    review(store, tmp_path, "i0,bad,Another answer.\n", later=1)
    row = listed(store).filter(action="refresh").row(0, named=True)
    assert (row["step"], row["new_label"], row["new_expected"]) == ("correct", "bad", "Another answer.")
    assert accept(store, row).n == 1
    changed = read_golden(store).filter(expected="Another answer.").row(0, named=True)
    assert (changed["label"], changed["label_source"]) == ("bad", "review")
    assert listed(store).filter(action="refresh").is_empty()


def test_an_old_example_is_judged_again(store: Store):
    row = listed(store, days=400).filter(action="refresh").row(0, named=True)
    assert row["step"] == "review"
    done = accept(store, row)
    waiting = listed(store, days=400).filter(example_id=row["example_id"]).row(0, named=True)
    assert (waiting["step"], waiting["draw_id"]) == ("wait", done.draw_id)
    with pytest.raises(SettingsError, match="nothing to do yet"):
        accept(store, waiting)


def test_what_was_decided_since_a_check_is_left_out(store: Store):
    before, found = store.at(), check(store, days=400)
    first = list_proposals(before, found).filter(action="refresh")["example_id"][0]
    retire(store, [first], by="bob", clock=clock, why="gone")
    now = list_proposals(store.at(), found, checked=before)
    assert first not in now["example_id"].to_list()
    assert now.height == list_proposals(before, found).height - 1


def test_a_refusal_lasts_until_it_is_taken_back(store: Store):
    found = listed(store, days=400)
    for row in found.iter_rows(named=True):
        assert refuse_proposal(store, row, by="ann", clock=clock, why="no") >= 1
    assert listed(store, days=400).is_empty()
    assert check(store, days=400).proposals.is_empty()
    refused = store.table("golden_refusals").collect().to_dicts()
    reopen_proposals(store, refused, by="bob", clock=lambda: LONG_AFTER + HOUR)
    assert listed(store, days=400).equals(found)


def test_nobody_decides_without_a_name(store: Store):
    row = listed(store).row(0, named=True)
    for decide in (accept_proposal, refuse_proposal):
        with pytest.raises(SettingsError, match="who decides"):
            decide(store, row, by=" ", clock=clock)
