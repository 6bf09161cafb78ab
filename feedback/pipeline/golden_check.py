"""How far the golden set has drifted from current traffic, and what to do about it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from feedback.errors import SettingsError
from feedback.golden import (
    compare_with_production,
    compare_with_shadow,
    current_examples,
    current_results,
    draw_shadow,
    find_contaminated,
    find_duplicates,
    find_leaks,
    find_reached,
    latest_run,
    measure_coverage,
    mix_disagreement,
    propose_changes,
)
from feedback.golden.coverage import EVERYTHING, NOT_RECORDED
from feedback.golden.findings import (
    OLD,
    find_always_passed,
    find_contradicted,
    find_old,
    find_repeated,
    find_shown,
    find_split,
    find_vanished,
    keep_current,
)
from feedback.golden.identity import identify_examples
from feedback.golden.measures import summarise_golden
from feedback.golden.refusals import current_refusals, leave_refused
from feedback.pipeline.golden_examples import SEGMENT_BY, holding_reviews, read_prompts
from feedback.pipeline.golden_traffic import DAYS, SHADOW, current_traffic, name_segment
from feedback.pipeline.report import Report
from feedback.quality import estimate_rates
from feedback.reviews import response_verdicts
from feedback.store.snapshot import Snapshot

_RATES = ("segment", "proxy_rate", "rate", "low", "high", "n_reviewed")


@dataclass(frozen=True)
class CheckRules:
    """What a check looks at.

    Attributes
    ----------
    days
        How many of the latest days are current.
    segment_by
        Dimensions that name segments.
    k, seed
        How large the shadow set is, and its seed.
    family, prompts
        The model family under test, and files of prompts: examples it labelled or has seen are reported.
    older_than
        From which age on an example is old.
    """

    days: int = DAYS
    segment_by: Sequence[str] = SEGMENT_BY
    k: int = SHADOW
    seed: int = 0
    family: str | None = None
    prompts: Sequence[Path] = ()
    older_than: timedelta = OLD


@dataclass(frozen=True)
class GoldenCheck(Report):
    """What a check found; each frame as the function of its name gives it.

    `measures` at a glance; `coverage` per segment; `findings` about single examples; `proposals` what to do, without
    what was refused; `shadow` where the golden set and the traffic disagree; `rates` the pass rate of the evaluation
    `eval_run` beside production, without rows while there is none. `n_traffic` interactions of `days` days were
    looked at.
    """

    measures: pl.DataFrame
    coverage: pl.DataFrame
    findings: pl.DataFrame
    proposals: pl.DataFrame
    shadow: pl.DataFrame
    rates: pl.DataFrame
    eval_run: dict | None
    n_traffic: int
    days: int


def check_golden(snapshot: Snapshot, *, at: datetime, rules: CheckRules = CheckRules()) -> GoldenCheck:
    """Return how far the golden set has drifted from the traffic of the latest days.

    Parameters
    ----------
    snapshot
        The tables.
    at
        Now: what ages are counted from.
    rules
        What to look at.

    Raises
    ------
    SettingsError
        When the golden set is empty, nothing is labelled yet, or there is no such dimension.
    InputError
        When a file of prompts cannot be read.
    """
    history = current_examples(snapshot.table("golden_events").collect())
    examples = _with_segment(history.filter(~pl.col("is_retired")), rules.segment_by)
    if examples.is_empty():
        raise SettingsError("the golden set is empty; add what was reviewed first: feedback golden add")
    traffic = current_traffic(snapshot, days=rules.days, segment_by=rules.segment_by)
    reached = find_reached(traffic, examples)
    covered = traffic.with_columns(reached.traffic["example_id"])
    coverage = measure_coverage(covered, examples)
    reviews = snapshot.table("reviews").collect()
    verdicts = response_verdicts(reviews)
    results = current_results(snapshot.table("eval_results").collect())
    findings = keep_current(
        pl.concat([
            find_contradicted(examples, _say_again(snapshot, examples, traffic, reviews, verdicts)),
            find_shown(find_contaminated(examples, family=rules.family, prompts=read_prompts(rules.prompts))),
            find_repeated(find_duplicates(examples)),
            find_vanished(reached.examples, n_traffic=traffic.height, days=rules.days),
            find_always_passed(results),
            find_split(find_leaks(history)),
            find_old(examples, at=at, older_than=rules.older_than),
        ]),
        examples,
    )  # fmt: skip
    drawn = draw_shadow(traffic, k=rules.k, seed=rules.seed)
    shadow = compare_with_shadow(examples, _judged(drawn, verdicts))
    run = latest_run(results, examples)
    refused = current_refusals(snapshot.table("golden_refusals").collect())
    return GoldenCheck(
        measures=summarise_golden(
            examples, findings, coverage, disagreement=mix_disagreement(shadow), at=at, days=rules.days
        ),
        coverage=coverage,
        findings=findings,
        proposals=propose_changes(*leave_refused(findings, coverage, refused), days=rules.days),
        shadow=shadow,
        rates=_compare_rates(results, run, examples, covered, verdicts),
        eval_run=run,
        n_traffic=traffic.height,
        days=rules.days,
    )


def _with_segment(examples: pl.DataFrame, segment_by: Sequence[str]) -> pl.DataFrame:
    """Return the examples with the segment these dimensions name, which need not be those they were added by."""
    recorded = [json.loads(written).get("dimensions") or {} for written in examples["provenance"]]
    named = pl.DataFrame(
        {name: [values.get(name) for values in recorded] for name in segment_by},
        schema=dict.fromkeys(segment_by, pl.String),
    )
    return examples.with_columns(named.select(name_segment(segment_by).alias("segment")).to_series())


def _say_again(
    snapshot: Snapshot, examples: pl.DataFrame, traffic: pl.DataFrame, reviews: pl.DataFrame, verdicts: pl.DataFrame
) -> pl.DataFrame:
    """Return what is known of responses with the request and response of an example, for `find_contradicted`."""
    requests = examples.select(pl.col("input").str.strip_chars()).to_series().unique()
    is_asked = pl.col("request_text").str.strip_chars().is_in(requests.implode())
    given = holding_reviews(reviews).filter(pl.col("verdict").is_in(["good", "bad"]))
    corrections = (
        given.sort("reviewed_at", "review_id")
        .group_by("interaction_id")
        .agg(corrected_text=pl.col("corrected_text").drop_nulls().last())
    )
    texts = ("interaction_id", "request_text", "response_text")
    reviewed = snapshot.table("interactions").select(texts).filter(is_asked).collect()
    judged = reviewed.join(verdicts.select("interaction_id", "verdict", "reviewed_at"), on="interaction_id")
    seen = traffic.filter(is_asked).select(*texts, "p_good", "shown_at")
    both = seen.join(judged, on=texts, how="full", coalesce=True, nulls_equal=True)
    told = both.join(corrections, on="interaction_id", how="left")
    return told.with_columns(identify_examples(told["request_text"], told["response_text"]))


def _judged(drawn: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    return drawn.join(
        verdicts.select("interaction_id", "verdict"), on="interaction_id", how="left", maintain_order="left"
    )


def _compare_rates(
    results: pl.DataFrame, run: dict | None, examples: pl.DataFrame, covered: pl.DataFrame, verdicts: pl.DataFrame
) -> pl.DataFrame:
    """Return the pass rate of an evaluation beside production, on the traffic its examples cover."""
    evaluated = results.filter(
        eval_run=run["eval_run"] if run else "",
    )
    reached = covered.join(evaluated, on="example_id", how="semi").with_columns(
        pl.col("segment").fill_null(NOT_RECORDED)
    )
    whole = estimate_rates(reached, verdicts).with_columns(segment=pl.lit(EVERYTHING)).select(_RATES)
    parts = estimate_rates(reached, verdicts, by=["segment"]).select(_RATES)
    found = compare_with_production(evaluated, examples, reached, pl.concat([whole, parts]))
    return found if run else found.clear()
