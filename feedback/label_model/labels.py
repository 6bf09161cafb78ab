"""Labels: what the label model makes of the votes, beside what an interaction is."""

from collections.abc import Mapping
from typing import TypeVar, cast

import polars as pl

from feedback.label_model.fixed import score_votes
from feedback.schemas import TABLES
from feedback.schemas.behaviour import NOT_SEEN_BELOW_S
from feedback.schemas.order import order_by_time

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
        sorted by `final_at` and `interaction_id`. `score` is null where no function voted; `p_good` without
        predictions, while the label model is not calibrated, and while the window is open; a response hardly
        seen has neither.
    """
    known, scored = (frame.lazy().collect(engine="in-memory") for frame in (interactions, score_votes(votes, weights)))
    labels = _put_beside(known, _replace_scores(scored, predictions))
    order = order_by_time(labels["window_ends_at"], labels["interaction_id"])
    finished = _select_columns(labels[order], label_version)
    return cast(Frame, finished if isinstance(interactions, pl.DataFrame) else finished.lazy())


def latest_labels(labels: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per final interaction: of its labels the one with the greatest label version."""
    return labels.sort("interaction_id", "label_version").unique("interaction_id", keep="last", maintain_order=True)


def labels_in_force(labels: pl.LazyFrame, open_labels: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per interaction, final and open ones, told apart by `is_final`.

    Parameters
    ----------
    labels, open_labels
        The tables of that name.
    """
    finals = latest_labels(labels).with_columns(is_final=pl.lit(value=True))
    return pl.concat([finals, open_labels.with_columns(is_final=pl.lit(value=False))], how="diagonal")


def _replace_scores(scored: pl.DataFrame, predictions: pl.DataFrame | pl.LazyFrame | None) -> pl.DataFrame:
    """Return the scored votes with the score and `p_good` of a fitted label model, where there is one."""
    if predictions is None:
        return scored.with_columns(p_good=pl.lit(None, pl.Float64))
    known = predictions.lazy().select("interaction_id", "score", "p_good").collect(engine="in-memory")
    return _put_beside(scored.drop("score"), known)


def _put_beside(frame: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of both, row by row where both list the same interactions, else joined by id."""
    if frame["interaction_id"].equals(other["interaction_id"]):
        return frame.hstack(other.drop("interaction_id"))
    return frame.join(other, on="interaction_id", how="left", maintain_order="left")


def _select_columns(labels: pl.DataFrame, label_version: int) -> pl.DataFrame:
    declared = TABLES["labels"].columns
    further = sorted(set(labels.columns) - {*TABLES["interactions"].columns, *declared})
    was_seen = (pl.col("seen_s") >= NOT_SEEN_BELOW_S).fill_null(value=True)
    no_events = pl.lit(pl.Series([[]], dtype=pl.List(pl.String)))
    return labels.with_columns(
        label_version=pl.lit(label_version, pl.Int64),
        # A fitted label model knows what silence means; a score is about what somebody did.
        score=pl.when(was_seen & (pl.col("n_votes") > 0)).then("score"),
        p_good=pl.when(was_seen & pl.col("is_final")).then("p_good"),
        final_at=pl.col("window_ends_at"),
        evidence_event_ids=pl.when(pl.col("n_votes") > 0).then("evidence_event_ids").otherwise(no_events),
    ).select(*(pl.col(name).cast(dtype) for name, dtype in declared.items()), "is_final", *further)
