"""What tables say of each other: each rule is broken once, on purpose, in a store whose files are sound."""

from collections.abc import Callable

import polars as pl
import pytest
from store_rows import NOON, commit, one_row
from stored_story import CLOCK

from feedback.pipeline.label import run_labels
from feedback.pipeline.store_check import RULES, check_store
from feedback.store import Store
from feedback.store.commits import append_rows, delete_rows, replace_rows
from feedback.store.run import Run, run_to_frame
from feedback.store.sums import record_sums
from feedback.store.writer import Writer


def first(writer: Writer, name: str, *keys: str) -> pl.DataFrame:
    return writer.table(name).collect().sort(keys).head(1).select(keys)


def without(name: str, *keys: str) -> Callable[[Writer], None]:
    return lambda writer: writer.delete(name, first(writer, name, *keys))


def altered(name: str, **columns: pl.Expr) -> Callable[[Writer], None]:
    def alter(writer: Writer) -> None:
        rows = writer.table(name).collect()
        writer.replace(name, pl.concat([rows.head(1).with_columns(**columns), rows.slice(1)]))

    return alter


def added(name: str, **columns: pl.Expr) -> Callable[[Writer], None]:
    return lambda writer: writer.append(name, one_row(name, **columns))


def twice(writer: Writer) -> None:
    writer.append("votes", writer.table("votes").head(1).collect())


def unasked(writer: Writer) -> None:
    writer.delete("events", first(writer, "interactions", "interaction_id"))


BROKEN = {
    "keys": ("votes", twice),
    "responses": ("interactions", unasked),
    "votes": ("votes", without("votes", "interaction_id")),
    "final labels": ("labels", without("labels", "interaction_id")),
    "open labels": ("open_labels", added("open_labels", interaction_id=pl.lit("nobody"))),
    "windows": ("labels", altered("labels", final_at=pl.col("final_at").dt.offset_by("1h"))),
    "label versions": ("labels", without("label_versions", "label_version")),
    "evidence": ("labels", altered("labels", evidence_event_ids=pl.lit(["never happened"], pl.List(pl.String)))),
    "daily counts": ("quality", altered("quality", n=pl.col("n") + 1)),
    "values add up": ("quality", altered("quality", n=pl.col("n") + 1)),
    "counts of runs": ("runs", None),
    "hourly counts": ("data_health", altered("data_health", n_events=pl.col("n_events") + 1)),
    "finals stay": ("labels", altered("labels", score=pl.lit(0.123, pl.Float64))),
    "draws": ("candidates", without("candidate_draws", "draw_id")),
    "drawn items": ("candidates", added("candidates", draw_id=pl.lit("d"), interaction_id=pl.lit("nobody"))),
    "extras": ("surprises", added("surprises", interaction_id=pl.lit("nobody"))),
}  # fmt: skip


def found_in(store: Store) -> set[tuple[str, str]]:
    report = check_store(store)
    assert report.not_checked == ()
    return {(found.table, found.rule) for found in report.findings}


def write(store: Store, act: Callable[[Writer], None]) -> None:
    last = store.last_run()
    with store.writer(clock=NOON) as writer:
        act(writer)
        commit(writer, command="test", watermark=last.watermark, label_version=last.label_version)


@pytest.mark.parametrize("rule", [rule for rule, (_, act) in BROKEN.items() if act])
def test_a_broken_rule_is_found(copy, rule):
    table, act = BROKEN[rule]
    write(copy, act)
    assert (table, rule) in found_in(copy)


def test_every_rule_about_meaning_is_tried():
    elsewhere = {"people's rows stay", "reviews", "golden set"}
    assert {rule.name for rule in RULES} == (set(BROKEN) - {"keys"}) | elsewhere


def test_counts_of_a_run_are_compared_with_its_tables(copy):
    last = run_labels(copy, clock=lambda: CLOCK)
    run = copy.last_run()
    wrong = Run(**{**vars(run), "run": last.run + 1, "counts": {**run.counts, "n_final": 1}})
    append_rows(copy.path / "runs", "runs", run_to_frame(wrong))
    assert ("runs", "counts of runs") in found_in(copy)


def test_a_gap_between_runs_and_a_watermark_that_goes_back(copy):
    last = copy.last_run()
    early = last.watermark.replace(year=2020)
    append_rows(copy.path / "runs", "runs", run_to_frame(Run(**{**vars(last), "run": 99, "watermark": early})))
    found = [one for one in check_store(copy).findings if one.rule == "runs"]
    assert [one.expected for one in found] == ["runs are numbered 1, 2, 3 ...", "the watermark never goes back"]
    assert found[1].ids == ("99",)


@pytest.mark.parametrize(
    ("name", "key", "rule"),
    [("reviews", "review_id", "people's rows stay"), ("golden_events", "golden_event_id", "golden set")],
)
def test_rows_of_people_that_are_gone(copy, name, key, rule):
    run_labels(copy, clock=lambda: CLOCK)
    delete_rows(copy.path / name, name, copy.table(name).collect().sort(key).head(1).select(key))
    record_sums(copy.path / name)
    assert rule in {found for _, found in found_in(copy)}


def test_a_golden_example_that_says_something_else_now(copy):
    rows = copy.table("golden_events").collect()
    replace_rows(copy.path / "golden_events", "golden_events", rows.with_columns(input=pl.lit("something else")))
    record_sums(copy.path / "golden_events")
    assert found_in(copy) >= {("golden_events", "golden set"), ("golden_versions", "golden set")}


def test_a_review_that_supersedes_nothing(copy):
    copy.append("reviews", one_row("reviews", supersedes=pl.lit("nothing")))
    assert found_in(copy) == {("reviews", "reviews")}


def test_findings_name_ids_and_never_text(copy):
    write(copy, altered("labels", reason=pl.lit("hunter2"), evidence_event_ids=pl.lit(["e"], pl.List(pl.String))))
    copy.append("reviews", one_row("reviews", note=pl.lit("hunter2"), supersedes=pl.lit("nothing")))
    said = str([found.to_dict() for found in check_store(copy).findings])
    assert "hunter2" not in said
    assert all(len(found.ids) <= 5 for found in check_store(copy).findings)


def test_a_store_that_goes_on_stays_sound(copy):
    run_labels(copy, clock=lambda: CLOCK, watermark="end")
    copy.tidy(clock=CLOCK)
    copy.append("reservations", copy.table("reservations").collect())
    assert check_store(copy).findings == ()


def test_an_empty_store_is_sound(tmp_path):
    store = Store(tmp_path / "store")
    store.append("reviews", one_row("reviews", supersedes=pl.lit(None, pl.String)))
    assert check_store(store).findings == ()
