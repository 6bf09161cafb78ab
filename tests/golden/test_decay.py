"""How far a golden set has drifted: coverage, shadow, findings, proposals, pass rates."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from golden_rows import NOW, added, at, name

from feedback.errors import SettingsError
from feedback.golden import (
    compare_with_production,
    compare_with_shadow,
    current_examples,
    draw_shadow,
    latest_run,
    measure_coverage,
    mix_disagreement,
    propose_changes,
)
from feedback.golden.coverage import share_by_people
from feedback.golden.findings import (
    FINDINGS,
    find_always_passed,
    find_contradicted,
    find_old,
    find_vanished,
    keep_current,
)


def traffic(n: int, reached: int, segment: str | None = "f = a", per_person: int = 1) -> pl.DataFrame:
    rows = [(f"{segment}{i // per_person}", segment, name(1) if i < reached else None) for i in range(n)]
    return pl.DataFrame(rows, schema={"person": pl.String, "segment": pl.String, "example_id": pl.String}, orient="row")


def test_coverage_is_told_per_segment_with_the_most_uncovered_first():
    both = pl.concat([traffic(100, 90), traffic(50, 10, "f = b"), traffic(10, 0, None)])
    found = measure_coverage(both, pl.DataFrame({"segment": ["f = a", "f = a", "f = c"]}))
    assert found.select("segment", "n_examples", "n", "coverage", "n_out_of_reach").rows() == [
        ("all", 3, 160, 0.625, 60), ("f = b", 0, 50, 0.2, 40), ("(not recorded)", 0, 10, 0.0, 10),
        ("f = a", 2, 100, 0.9, 10), ("f = c", 1, 0, None, 0),
    ]  # fmt: skip


def test_one_person_asking_a_lot_is_little_evidence():
    wide, narrow = (
        share_by_people(
            traffic(120, 60, per_person=size).with_columns(is_hit=pl.col("example_id").is_not_null()), by="segment"
        )
        for size in (30, 1)
    )
    assert wide["share"].item() == narrow["share"].item() == 0.5
    assert (wide["high"] - wide["low"]).item() > 2 * (narrow["high"] - narrow["low"]).item()


def test_the_interval_of_coverage_covers():
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(300):
        rates = rng.beta(3, 2, 60)
        rows = [
            (f"u{u}", "g", bool(rng.random() < rate)) for u, rate in enumerate(rates) for _ in range(rng.integers(1, 8))
        ]
        frame = pl.DataFrame(
            rows, schema={"person": pl.String, "segment": pl.String, "is_hit": pl.Boolean}, orient="row"
        )
        low, high = share_by_people(frame, by="segment").select("low", "high").row(0)
        hits += low <= 0.6 <= high
    assert 0.91 <= hits / 300 <= 0.99


def test_a_shadow_stays_while_its_items_are_current():
    ids = [f"i{n}" for n in range(1_000)]
    old, new = (pl.DataFrame({"interaction_id": ids[start : start + 800]}) for start in (0, 200))
    first, second = (set(draw_shadow(frame, k=100, seed=0)["interaction_id"]) for frame in (old, new))
    assert first & set(new["interaction_id"]) <= second
    shuffled = draw_shadow(old.reverse(), k=100, seed=0)
    assert set(shuffled["interaction_id"]) == first
    assert shuffled["inclusion_probability"].unique().to_list() == [0.125]
    with pytest.raises(SettingsError):
        draw_shadow(old, k=0, seed=0)


def test_every_item_has_the_same_chance_to_be_in_the_shadow():
    frame = pl.DataFrame({"interaction_id": [f"i{n}" for n in range(20)]})
    drawn = pl.concat([draw_shadow(frame, k=5, seed=seed) for seed in range(2_000)])
    counts = drawn["interaction_id"].value_counts()["count"]
    assert counts.min() > 420
    assert counts.max() < 580


def test_golden_set_and_shadow_disagree_in_mix_and_in_how_often_they_are_bad():
    examples = pl.DataFrame({"segment": ["f = a", "f = a", "f = b", "f = b"], "label": ["bad", "good", "bad", "bad"]})
    rows = [("f = a", f"u{n}", "good" if n % 4 else "bad") for n in range(8)] + [("f = c", "u9", None)]
    shadow = pl.DataFrame(rows, schema=["segment", "person", "verdict"], orient="row")
    found = compare_with_shadow(examples, shadow)
    assert found.select("segment", "n_golden", "n_shadow", "golden_bad", "n_judged", "shadow_bad").rows() == [
        ("all", 4, 9, 0.75, 8, 0.25), ("f = b", 2, 0, 1.0, 0, None), ("f = c", 0, 1, None, 0, None),
        ("f = a", 2, 8, 0.5, 8, 0.25),
    ]  # fmt: skip
    assert mix_disagreement(found) == pytest.approx(0.5)
    assert mix_disagreement(compare_with_shadow(examples, shadow.clear())) is None


def test_few_requests_tell_of_no_vanished_traffic():
    within = pl.DataFrame({"example_id": ["a", "b"], "n_within_reach": [0, 3]})
    assert find_vanished(within, n_traffic=299, days=28).is_empty()
    found = find_vanished(within, n_traffic=300, days=28)
    assert found["why"].to_list() == ["like none of 300 requests of the latest 28 days (95 %: under 0.99 % of traffic)"]


def test_age_counts_from_when_the_response_was_shown():
    shown = '{"shown_at":"2025-01-01T00:00:00.000+00:00"}'
    examples = current_examples(added({"provenance": shown}, {}))
    found = find_old(examples, at=NOW)
    assert found.rows() == [(name(1), "old", "from 374 days ago")]
    assert find_old(examples, at=NOW, older_than=timedelta(days=400)).is_empty()


RECENT = {
    "example_id": pl.String, "verdict": pl.String, "reviewed_at": pl.Datetime("us", "UTC"),
    "corrected_text": pl.String, "p_good": pl.Float64, "shown_at": pl.Datetime("us", "UTC"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("recent", "why"),
    [
        ([("bad", at(5), None, None, at(-9))], "labelled good, reviewed bad since"),
        ([("bad", at(-5), None, None, at(-9))], None),
        ([("good", at(5), "say so", None, at(-9))], "a reviewer has given another answer since"),
        ([("good", at(5), None, 0.01, at(5))], None),
        ([(None, None, None, 0.1, at(5))] * 5, "5 times the same response since, mean p_good 0.1"),
        ([(None, None, None, 0.1, at(5))] * 4, None),
        ([(None, None, None, 0.1, at(-5))] * 5, None),
        ([(None, None, None, 0.5, at(5))] * 9, None),
    ],
)
def test_later_verdicts_corrections_and_behaviour_contradict(recent: list[tuple], why: str | None):
    table = pl.DataFrame([(name(1), *row) for row in recent], schema=RECENT, orient="row")
    found = find_contradicted(current_examples(added({})), table)
    assert found["why"].to_list() == ([why] if why else [])


def test_what_passes_in_every_evaluation_tells_nothing():
    rows = [(f"r{run}", who, passed) for run in range(5) for who, passed in (("a", True), ("b", run > 0), ("c", None))]
    results = pl.DataFrame(rows, schema=["eval_run", "example_id", "passed"], orient="row")
    assert find_always_passed(results).rows() == [("a", "always passed", "passed in all of 5 evaluations")]
    assert find_always_passed(results, n_runs=6).is_empty()


def test_an_example_gets_one_proposal_by_its_gravest_finding():
    examples = current_examples(added({}, {}))
    rows = [(name(1), "old", "o"), (name(1), "contradicted", "c"), (name(2), "vanished", "v"), ("gone", "old", "o")]
    findings = keep_current(pl.DataFrame(rows, schema=FINDINGS, orient="row"), examples)
    proposals = propose_changes(findings, measure_coverage(traffic(1000, 995), examples), days=28)
    assert proposals.select("action", "example_id", "why").rows() == [
        ("refresh", name(1), "contradicted: c; review it again; also old"),
        ("retire", name(2), "vanished: v; nobody asks that any more"),
    ]


def test_a_segment_out_of_reach_wants_examples_unless_chance_explains_it():
    examples = pl.DataFrame({"segment": ["f = a"]})
    many = pl.concat([traffic(2000, 1900), traffic(400, 100, "f = b"), traffic(5, 1, "f = c")])
    found = propose_changes(FINDINGS.to_frame(), measure_coverage(many, examples), days=7)
    assert found.select("action", "segment").rows() == [("add", "f = b")]


def test_pass_rates_stand_beside_production():
    examples = pl.DataFrame({"example_id": ["a", "b", "c"], "segment": ["f = a", "f = a", "f = b"]})
    results = pl.DataFrame({"example_id": ["a", "a", "b"], "passed": [True, False, False]})
    near = pl.DataFrame({"example_id": ["a"] * 3 + ["b"] + [None]})
    rates = pl.DataFrame(
        {"segment": ["all"], "proxy_rate": [0.8], "rate": [0.5], "low": [0.4], "high": [0.6], "n_reviewed": [40]}
    )
    found = compare_with_production(results, examples, near, rates)
    told = found.select("segment", "n_examples", "pass_rate", "n_traffic", "weighted_pass_rate", "rate", "gap")
    assert told.rows() == [
        ("all", 2, 0.25, 4, 0.375, 0.5, -0.125), ("f = a", 2, 0.25, 4, 0.375, None, None),
    ]  # fmt: skip
    low, high = found.select("weighted_low", "weighted_high").row(0)
    assert low < 0.375 < high
    nowhere = compare_with_production(results, examples, near.clear(), rates)
    assert nowhere["weighted_pass_rate"].to_list() == [None, None]


def test_the_latest_evaluation_of_these_examples_counts():
    rows = [("r1", "a", at(0)), ("r2", "a", at(5)), ("r3", "else", at(9))]
    results = pl.DataFrame(rows, schema=["eval_run", "example_id", "evaluated_at"], orient="row").with_columns(
        model=None
    )
    run = latest_run(results, pl.DataFrame({"example_id": ["a"]}))
    assert run is not None
    assert run["eval_run"] == "r2"
    assert latest_run(results, pl.DataFrame({"example_id": ["b"]})) is None
