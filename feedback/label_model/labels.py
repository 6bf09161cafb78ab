"""Labels: what the label model makes of the votes, beside what an interaction is."""

from collections.abc import Mapping
from typing import TypeVar, cast

import polars as pl

from feedback.label_model.fixed import score_votes
from feedback.schemas import TABLES
from feedback.schemas.behaviour import NOT_SEEN_BELOW_S

FIRST_LABEL_VERSION = 1
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


def derive_labels(
    interactions: Frame,
    votes: Frame,
    weights: Mapping[str, float],
    *,
    label_version: int,
    predictions: Frame | None = None,
) -> Frame:
    """Return one label per interaction, final and open ones, with `is_final` (tables `labels`, `open_labels`).

    Parameters
    ----------
    interactions, votes
        The tables of that name, one row per interaction each.
    weights
        The weight of each labelling function, in log-odds. It decides `reason` and `conflict`, and `score`
        where there are no predictions.
    label_version
        The label version to mark them with.
    predictions
        What a fitted label model says, one row per interaction: `interaction_id`, `score`, `p_good`.

    Returns
    -------
    Frame
        The columns of table `labels`, `is_final`, and the dimensions and measures of the interactions,
        sorted by `final_at` and `interaction_id`. `p_good` is null without predictions, while the label
        model is not calibrated, and while the window is open; a response hardly seen has neither.
    """
    declared = TABLES["labels"].columns
    ours = {*TABLES["interactions"].columns, *declared}
    further = sorted(name for name in interactions.lazy().collect_schema() if name not in ours)
    no_events = pl.lit(pl.Series([[]], dtype=pl.List(pl.String)))
    scored = _replace_scores(score_votes(votes.lazy(), weights), predictions)
    was_seen = (pl.col("seen_s") >= NOT_SEEN_BELOW_S).fill_null(value=True)
    finished = (
        interactions.lazy()
        .join(scored, on="interaction_id", how="left")
        .with_columns(
            label_version=pl.lit(label_version, pl.Int64),
            score=pl.when(was_seen).then("score"),
            p_good=pl.when(was_seen & pl.col("is_final")).then("p_good"),
            final_at=pl.col("window_ends_at"),
            evidence_event_ids=pl.when(pl.col("n_votes") > 0).then("evidence_event_ids").otherwise(no_events),
        )
        .select(*(pl.col(name).cast(dtype) for name, dtype in declared.items()), "is_final", *further)
        .sort("final_at", "interaction_id")
    )
    return cast(Frame, finished.collect() if isinstance(interactions, pl.DataFrame) else finished)


def latest_labels(labels: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per final interaction: of its labels the one with the greatest label version."""
    return labels.sort("interaction_id", "label_version").unique("interaction_id", keep="last")


def labels_in_force(labels: pl.LazyFrame, open_labels: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per interaction, final and open ones, told apart by `is_final`.

    Parameters
    ----------
    labels, open_labels
        The tables of that name.
    """
    finals = latest_labels(labels).with_columns(is_final=pl.lit(value=True))
    return pl.concat([finals, open_labels.with_columns(is_final=pl.lit(value=False))], how="diagonal")


def _replace_scores(scored: pl.LazyFrame, predictions: pl.DataFrame | pl.LazyFrame | None) -> pl.LazyFrame:
    """Return the scored votes with the score and `p_good` of a fitted label model, where there is one."""
    if predictions is None:
        return scored.with_columns(p_good=pl.lit(None, pl.Float64))
    known = predictions.lazy().select("interaction_id", "score", "p_good")
    return scored.drop("score").join(known, on="interaction_id", how="left")
