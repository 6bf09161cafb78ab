"""Examples for the golden set, out of the interactions that people reviewed."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from feedback.golden.identity import identify_examples, normalise_text

ACCEPTED_EDIT = "an edit the person kept, confirmed by a good review"
_PROPOSED = (
    "example_id", "input", "observed_output", "expected", "label", "label_source", "reason", "confidence", "segment",
    "rejected_output", "tags", "groups", "provenance", "why",
)  # fmt: skip
_NEEDED = (
    "interaction_id", "session_id", "shown_at", "request_text", "response_text", "final_text", "outcome",
)  # fmt: skip
_LABEL = {
    "p_good": pl.Float64, "label_version": pl.Int64, "evidence_event_ids": pl.List(pl.String), "rules": pl.String,
}  # fmt: skip


class Proposals(NamedTuple):
    """Examples to add: one row per example; and reviewed interactions that make none: `interaction_id`, `why`."""

    examples: pl.DataFrame
    left_out: pl.DataFrame


def propose_examples(
    verdicts: pl.DataFrame,
    reviews: pl.DataFrame,
    interactions: pl.DataFrame,
    labels: pl.DataFrame,
    *,
    reasons: pl.DataFrame | None = None,
    dimensions: Sequence[str] = (),
    segment_by: Sequence[str] = (),
    run: int | None = None,
) -> Proposals:
    """Return an example for each interaction that people called good or bad.

    `expected` is only ever what a person gave (the corrected text of a review) or confirmed: where the verdict is
    good and the person kept an edit of the response, that edit. Which of these it is stands in the provenance
    as `expected_from`. `rejected_output` is the response that is worse than another answer to the same request: the
    observed one where something else is expected; else the latest earlier answer of the session that was retried.

    Parameters
    ----------
    verdicts
        One row per interaction with the verdict that holds: `interaction_id`, `verdict`, `stream`, `reviewers`,
        `reviewed_at`.
    reviews
        The reviews behind them, superseded ones left out: rows of table `reviews`.
    interactions
        Rows of table `interactions`: those reviewed, and the others of their sessions.
    labels
        The labels in force: `interaction_id`, and where known `p_good`, `label_version`, `evidence_event_ids`,
        `rules`.
    reasons
        Why interactions were drawn: `interaction_id`, `reason`.
    dimensions
        Which columns of the interactions go into the provenance.
    segment_by
        The dimensions that name the segment.
    run
        The run the labels are from.

    Returns
    -------
    Proposals
        `examples`: what `add_examples` takes but for the splits, sorted by `example_id`. Interactions with the same
        request and response are one example, the latest reviewed of them; those on which the verdicts differ are
        left out.
    """
    decided = verdicts.filter(pl.col("verdict").is_in(["good", "bad"]))
    known = decided.join(_keep_needed(interactions, (*dimensions, *segment_by)), on="interaction_id", how="inner")
    usable = known.filter(pl.col("request_text").str.strip_chars().str.len_chars() > 0)
    said = usable.join(_gather_reviews(reviews), on="interaction_id", how="left")
    full = said.join(_complete(labels), on="interaction_id", how="left")
    full = full.join(_find_retried(interactions), on="interaction_id", how="left")
    full = full.join(_first_reasons(reasons), on="interaction_id", how="left")
    full = full.with_columns(identify_examples(full["request_text"], full["response_text"]))
    is_torn = pl.col("verdict").n_unique().over("example_id") > 1
    whole = _fill_in(full.filter(~is_torn), segment_by=segment_by, run=run)
    left_out = [
        _say(decided.join(interactions, on="interaction_id", how="anti"), "the interaction is not in the store"),
        _say(known.join(usable, on="interaction_id", how="anti"), "no request text was logged"),
        _say(full.filter(is_torn), "the same request and response were judged good and bad"),
    ]
    return Proposals(_one_each(whole), pl.concat(left_out).sort("interaction_id"))


def _keep_needed(interactions: pl.DataFrame, dimensions: Sequence[str]) -> pl.DataFrame:
    """Return what an example is made of; the log's own columns stand apart, as they may have any name."""
    recorded = pl.struct(sorted(set(dimensions))) if dimensions else pl.struct("feature")
    return interactions.select(*_NEEDED, recorded.alias("dimensions"))


def _gather_reviews(reviews: pl.DataFrame) -> pl.DataFrame:
    """Return one row per interaction: ids, tags and draws of its reviews, and the latest corrected text."""
    is_given = pl.col("corrected_text").str.strip_chars().str.len_chars() > 0
    decided = reviews.filter(pl.col("level") == "response", pl.col("verdict").is_in(["good", "bad"]))
    in_order = decided.sort("interaction_id", "reviewed_at", "review_id")
    return in_order.group_by("interaction_id", maintain_order=True).agg(
        "review_id",
        draw_id=pl.col("draw_id").drop_nulls().unique(maintain_order=True),
        tags=pl.col("tags").explode(empty_as_null=False, keep_nulls=False).unique(maintain_order=True).sort(),
        corrected_text=pl.col("corrected_text").filter(is_given).last(),
        corrected_by=pl.col("reviewer").filter(is_given).last(),
    )


def _complete(labels: pl.DataFrame) -> pl.DataFrame:
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in _LABEL.items() if name not in labels.columns]
    return labels.with_columns(absent).select("interaction_id", *(pl.col(name).alias(f"{name}_") for name in _LABEL))


def _find_retried(interactions: pl.DataFrame) -> pl.DataFrame:
    """Return for each interaction the response to the same request just before it in its session, if it was retried."""
    in_order = interactions.sort("session_id", "session_part", "shown_at", "interaction_id")
    # No `map_elements`: what is called by threads of polars can keep the app waiting for ever (`pages/formats.each`).
    asked = [None if text is None else normalise_text(text) for text in in_order["request_text"]]
    same = ("session_id", "session_part", "request")
    before = pl.when(pl.col("retried_after_s").is_not_null()).then("response_text").shift().over(same)
    requested = in_order.with_columns(request=pl.Series(asked, dtype=pl.String))
    return requested.select("interaction_id", retried_output=before)


def _first_reasons(reasons: pl.DataFrame | None) -> pl.DataFrame:
    if reasons is None:
        return pl.DataFrame(schema={"interaction_id": pl.String, "reason": pl.String})
    drawn = reasons.select("interaction_id", "reason").sort("interaction_id", "reason")
    return drawn.unique("interaction_id", keep="first", maintain_order=True)


def _fill_in(full: pl.DataFrame, *, segment_by: Sequence[str], run: int | None) -> pl.DataFrame:
    is_good = pl.col("verdict") == "good"
    is_edit_kept = is_good & (pl.col("outcome") == "corrected") & pl.col("final_text").is_not_null()
    given = pl.col("corrected_text").is_not_null()
    expected = pl.when(given).then("corrected_text").when(is_edit_kept).then("final_text")
    source = pl.format("corrected in a review by {}", "corrected_by")
    told = full.with_columns(
        expected=expected,
        expected_from=pl.when(given).then(source).when(is_edit_kept).then(pl.lit(ACCEPTED_EDIT)),
    )
    differs = pl.col("expected") != pl.col("response_text")
    told_why = pl.format("reviewed {} by {}", "verdict", pl.col("reviewers").list.join(", "))
    is_better = is_good & (pl.col("retried_output") != pl.col("response_text"))
    return told.with_columns(
        input="request_text",
        observed_output="response_text",
        label="verdict",
        label_source=pl.when(pl.col("stream") == "import").then(pl.lit("import")).otherwise(pl.lit("review")),
        confidence="p_good_",
        segment=_name_segment(segment_by),
        rejected_output=pl.when(differs).then("response_text").when(is_better).then("retried_output"),
        tags=pl.col("tags").fill_null([]),
        groups=pl.concat_list(pl.format("session:{}", "session_id")),
        why=told_why,
        reason=pl.coalesce("reason", told_why),
        provenance=_tell_provenance(run),
    )


def _name_segment(segment_by: Sequence[str]) -> pl.Expr:
    """Return `dimension = value` joined by ` & `; null where none of the dimensions was recorded."""
    recorded = pl.col("dimensions").struct
    parts = [pl.concat_str(pl.lit(f"{name} = "), recorded.field(name).cast(pl.String)) for name in segment_by]
    if not parts:
        return pl.lit(None, pl.String)
    return pl.concat_str(parts, separator=" & ", ignore_nulls=True).replace("", None)


def _tell_provenance(run: int | None) -> pl.Expr:
    """Return where an example is from, as JSON."""
    return pl.struct(
        "interaction_id",
        "session_id",
        "shown_at",
        pl.col("evidence_event_ids_").alias("events"),
        pl.col("label_version_").alias("label_version"),
        pl.col("rules_").alias("rules"),
        pl.col("reviewers").alias("reviewer"),
        "review_id",
        "draw_id",
        pl.lit(run, pl.Int64).alias("run"),
        "expected_from",
        "dimensions",
    ).struct.json_encode()


def _one_each(whole: pl.DataFrame) -> pl.DataFrame:
    """Return one row per example: the latest reviewed, with the groups and tags of all."""
    in_order = whole.sort("example_id", "reviewed_at", "interaction_id")
    every = pl.col("groups", "tags").explode(empty_as_null=False, keep_nulls=False).unique().sort()
    last = pl.col(*(name for name in _PROPOSED if name not in ("example_id", "groups", "tags"))).last()
    return in_order.group_by("example_id", maintain_order=True).agg(last, every).select(_PROPOSED)


def _say(rows: pl.DataFrame, why: str) -> pl.DataFrame:
    return rows.select(pl.col("interaction_id").cast(pl.String), why=pl.lit(why, pl.String))
