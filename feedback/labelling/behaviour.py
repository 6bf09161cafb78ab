"""Labelling functions over what people did."""

import polars as pl

from feedback.labelling.functions import labelling_function

MOSTLY_UNCHANGED = 0.67
SOON_S = 30
_SURVIVAL = "Code completion telemetry: survival measured 30, 120, 300 and 600 s after the accept"
_ACCEPTED = pl.col("accepted_after_s").is_not_null() & pl.col("undone_after_s").is_null()
_ASKED_AGAIN_S = 300


@labelling_function(
    polarity="good",
    weight=1.5,
    rationale="Taken over, not undone, and at least two thirds of it survived.",
    source=_SURVIVAL,
)
def accepted_and_kept() -> pl.Expr:
    return _ACCEPTED & (pl.col("kept_share").fill_null(1) >= MOSTLY_UNCHANGED)


@labelling_function(
    polarity="good",
    weight=0.5,
    rationale="Taken over, and the person went on to something else.",
    source="Search satisfaction: a satisfied click is followed by a different query (Fox et al. 2005)",
)
def accepted_and_moved_on() -> pl.Expr:
    moved_on = pl.col("next_request_after_s") > pl.col("accepted_after_s")
    return _ACCEPTED & moved_on & (pl.col("n_rephrasings") == 0)


@labelling_function(
    polarity="bad",
    weight=2.0,
    rationale="Reverted within half a minute of being taken over; under a second would be a slip.",
    source="Ziegler et al. 2022, productivity of code completion; slips: undo under 1 s",
)
def undone_soon() -> pl.Expr:
    return pl.col("undone_after_s") <= SOON_S


@labelling_function(
    polarity="bad",
    weight=1.2,
    rationale="Reverted later: it did not hold up in use.",
    source=_SURVIVAL,
)
def undone_later() -> pl.Expr:
    return pl.col("undone_after_s") > SOON_S


@labelling_function(
    polarity="bad",
    weight=1.0,
    graded=True,
    rationale="Less than two thirds of it survived the edit; the vote is the share that did.",
    source="Post-editing effort as quality (HTER, Snover et al. 2006); over a third changed is a rewrite",
)
def edited_heavily() -> pl.Expr:
    return pl.when(pl.col("kept_share") < MOSTLY_UNCHANGED).then("kept_share")


@labelling_function(
    polarity="good",
    weight=1.0,
    graded=True,
    rationale="At least two thirds of it survived the edit; the vote is the share that did.",
    source="Post-editing effort as quality (HTER, Snover et al. 2006)",
)
def edited_lightly() -> pl.Expr:
    return pl.when(pl.col("kept_share") >= MOSTLY_UNCHANGED).then("kept_share")


@labelling_function(
    polarity="bad",
    weight=0.6,
    rationale="The same request came again within five minutes, in a session where people act on answers.",
    source="Reformulation as dissatisfaction (Hassan et al. 2013); in free chat it means nothing (AUC 0.47)",
)
def rephrased() -> pl.Expr:
    soon = pl.col("next_request_after_s") <= _ASKED_AGAIN_S
    noticed = (pl.col("n_rephrasings") > 0) & soon & pl.col("is_task_like")
    return noticed | pl.col("is_rephrased_explicitly")


@labelling_function(
    polarity="bad",
    weight=0.8,
    rationale="Two or more further attempts at the same request, in a session where people act on answers.",
    source="Reformulation chains as struggle (Odijk et al. 2015)",
)
def rephrased_repeatedly() -> pl.Expr:
    return (pl.col("n_rephrasings") >= 2) & (pl.col("is_task_like") | pl.col("is_rephrased_explicitly"))


@labelling_function(
    polarity="bad",
    weight=1.2,
    rationale="Another answer to the same request was asked for.",
    source="Regenerate button as preference data, common to chat products",
)
def retried() -> pl.Expr:
    return pl.col("retried_after_s").is_not_null()


@labelling_function(
    polarity="good",
    weight=1.0,
    rationale="Copied out to be used elsewhere.",
    source="Copy events in RealHumanEval (Mozannar et al. 2024)",
)
def copied() -> pl.Expr:
    return pl.col("copied_after_s").is_not_null()


@labelling_function(
    polarity="bad",
    weight=1.5,
    rationale="Turned down explicitly.",
    source="Suggestion rejection in CUPS (Mozannar et al. 2022)",
)
def rejected() -> pl.Expr:
    return pl.col("rejected_after_s").is_not_null()


@labelling_function(
    polarity="bad",
    weight=1.6,
    graded=True,
    rationale="A human was called: 0 for the response before the call, 0.25 and 0.375 for the two before that.",
    source="Hand-over as failure of the dialogue (BETOLD, Terragni et al. 2022)",
)
def escalated() -> pl.Expr:
    n_turns = pl.col("n_turns_to_escalation")
    return pl.when(n_turns == 0).then(0.0).when(n_turns == 1).then(0.25).when(n_turns == 2).then(0.375)


@labelling_function(
    polarity="bad",
    weight=0.7,
    rationale="The product recorded that the person left in the middle; mere silence says nothing.",
    source="Good against bad abandonment in search (Li et al. 2009)",
)
def abandoned() -> pl.Expr:
    return pl.col("abandoned")


@labelling_function(
    polarity="good",
    weight=1.5,
    rationale="Rated in the upper half. Fewer than 3 % rate, and those are the extremes.",
    source="Explicit feedback",
)
def rated_up() -> pl.Expr:
    return pl.col("rating") > 0.5


@labelling_function(
    polarity="bad",
    weight=1.5,
    rationale="Rated in the lower half. Fewer than 3 % rate, and those are the extremes.",
    source="Explicit feedback",
)
def rated_down() -> pl.Expr:
    return pl.col("rating") < 0.5
