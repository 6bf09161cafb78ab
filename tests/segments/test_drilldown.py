"""One segment up close."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from feedback.schemas import empty_table
from feedback.segments.coding import Condition, holds
from feedback.segments.drilldown import explain_segment, telling_examples
from feedback.segments.signals import moved_signals
from feedback.segments.terms import over_represented_terms
from feedback.segments.trend import daily_trend, estimate_onset

START = datetime(2026, 3, 1, tzinfo=UTC)
GERMAN: list[Condition] = [{"dimension": "language", "value": "de", "low": None, "high": None, "not_in": None}]


def labels(n: int = 1000, drop_at: float = 0.6, rate_after: float = 0.4, seed: int = 2) -> pl.DataFrame:
    """Return labels over ten days, nine in ten good until so far into them."""
    rng = np.random.default_rng(seed)
    place = np.arange(n)
    score = (rng.random(n) < np.where(place < drop_at * n, 0.9, rate_after)).astype(float)
    ids = pl.Series([f"i{one:05}" for one in place])
    return pl.DataFrame({"interaction_id": ids, "score": score}).with_columns(
        session_id="s" + pl.col("interaction_id"),
        user_id=pl.Series([f"u{one}" for one in rng.integers(0, 300, n)]),
        shown_at=pl.Series([START + timedelta(days=10 * one / n) for one in place]),
        language=pl.lit("de"),
        n_votes=pl.lit(2, pl.Int64),
        conflict=pl.lit(0.0),
        reason=pl.when(pl.col("score") == 0).then(pl.lit("undone")),
        outcome=pl.when(pl.col("score") == 0).then(pl.lit("failed")).otherwise(pl.lit("clean_success")),
        evidence_event_ids=pl.concat_list("interaction_id"),
    )


def votes(frame: pl.DataFrame) -> pl.DataFrame:
    undone = pl.when(pl.col("score") == 0).then(0).cast(pl.Int8)
    return frame.select("interaction_id", undone=undone, seen=pl.lit(1, pl.Int8))


def test_the_onset_is_found_with_a_span_around_it():
    onset = estimate_onset(labels(), value="score")
    assert onset is not None
    true = START + timedelta(days=6)
    assert onset.earliest <= true <= onset.latest
    assert abs(onset.at - true) < timedelta(hours=8)
    assert onset.rate_before > 0.85
    assert onset.rate_after < 0.45


def test_without_a_drop_there_is_no_onset():
    assert [estimate_onset(labels(rate_after=0.9, seed=seed), value="score") for seed in range(10)].count(None) >= 9
    assert estimate_onset(labels(n=15), value="score") is None


def test_the_trend_has_a_row_per_day_and_marks_the_onset():
    trend = daily_trend(labels(), value="score")
    assert trend["n"].to_list() == [100] * 10
    assert trend["is_after_onset"].to_list() == [False] * 6 + [True] * 4
    assert (trend["low"] <= trend["rate"]).all()
    assert daily_trend(labels(rate_after=0.9), value="score")["is_after_onset"].null_count() == 10


def test_signals_that_moved_come_first():
    frame = labels()
    found = moved_signals(frame.head(600), frame.tail(400), votes(frame))
    first = found.row(0, named=True)
    assert (first["name"], first["q_value"] < 0.001) in {("undone", True), ("failed", True), ("clean_success", True)}
    same = found.filter(name="seen", kind="fires").row(0, named=True)
    assert (same["share_before"], same["share_after"], same["q_value"]) == (1.0, 1.0, None)
    fires = found.filter(name="undone", kind="fires").row(0, named=True)
    assert fires["change"] > 0.4
    assert set(found["kind"]) == {"fires", "says good", "outcome"}


def test_terms_of_bad_requests_are_found_by_people_not_by_repeats():
    rng = np.random.default_rng(3)
    words = np.array(["account", "login", "billing", "order", "photo"])
    common = [" ".join(rng.choice(words, 3)) for _ in range(300)]
    bad = [f"{text} refund policy" if place < 60 else text for place, text in enumerate(common[:100])]
    shouted = ["quux broken"] * 100
    rows = {
        "text": [*bad, *common[100:], *shouted],
        "person": [f"u{one}" for one in range(300)] + ["one person"] * 100,
        "is_bad": [True] * 100 + [False] * 200 + [True] * 100,
    }
    found = over_represented_terms(pl.DataFrame(rows))
    assert set(found["term"]) == {"refund", "policy", "refund policy"} | {
        term for term in found["term"] if term.endswith(" refund")
    }
    assert found["n_bad"][0] == 60


def test_nothing_over_represented_and_no_text_give_no_terms():
    rng = np.random.default_rng(4)
    texts = [" ".join(rng.choice(list("abcdefgh"), 4)) + " word" for _ in range(400)]
    rows = {"text": texts, "person": [f"u{one}" for one in range(400)], "is_bad": [one % 2 == 0 for one in range(400)]}
    assert over_represented_terms(pl.DataFrame(rows)).is_empty()
    assert over_represented_terms(pl.DataFrame(rows).with_columns(text=pl.lit(None, pl.String))).is_empty()


def test_examples_are_bad_of_different_people_and_carry_their_evidence():
    found = telling_examples(labels(), value="score", most=5)
    assert found["score"].to_list() == [0.0] * 5
    assert found["user_id"].n_unique() == 5
    assert found["evidence_event_ids"].to_list() == [[one] for one in found["interaction_id"]]


def test_a_segment_is_explained_as_a_whole():
    frame = labels().with_columns(language=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("de")))
    interactions = frame.select("interaction_id", request_text=pl.lit("refund please"))
    details = explain_segment(
        frame.head(600), frame.tail(400), GERMAN, value="score", votes=votes(frame), interactions=interactions
    )
    assert details.trend["n"].sum() == 500
    assert details.onset is not None
    assert details.examples.height == 10
    assert details.terms.is_empty()


def test_an_empty_segment_is_explained_too():
    nothing = empty_table("labels").with_columns(language=pl.lit(None, pl.String))
    voted = pl.DataFrame(schema={"interaction_id": pl.String, "undone": pl.Int8})
    interactions = empty_table("interactions")
    details = explain_segment(nothing, nothing, GERMAN, value="score", votes=voted, interactions=interactions)
    assert details.onset is None
    assert [frame.height for frame in (details.trend, details.terms, details.examples)] == [0, 0, 0]


def test_ranges_other_values_and_missing_ones_select_rows():
    frame = pl.DataFrame({"ms": [1.0, 5.0, None], "lang": ["de", "xx", None]})
    span: Condition = {"dimension": "ms", "value": "over 1 up to 5", "low": 1.0, "high": 5.0, "not_in": None}
    rest: Condition = {"dimension": "lang", "value": "(other values)", "low": None, "high": None, "not_in": ["de"]}
    gone: Condition = {"dimension": "lang", "value": "(not recorded)", "low": None, "high": None, "not_in": None}
    chosen = [frame.select(holds([one])).to_series().to_list() for one in (span, rest, gone)]
    assert chosen == [[False, True, False], [False, True, False], [False, False, True]]
