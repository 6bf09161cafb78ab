"""What a fitted label model says of votes."""

import polars as pl

from feedback.label_model import LabelModel, derive_labels
from feedback.labelling import LabellingFunction
from feedback.schemas.behaviour import NOT_SEEN_BELOW_S


def weights_of(functions: tuple[LabellingFunction, ...]) -> dict[str, float]:
    """Return the declared weight of each labelling function."""
    return {function.name: function.weight for function in functions}


def with_context(votes: pl.DataFrame, interactions: pl.DataFrame) -> pl.DataFrame:
    """Return the votes with the feature and session of each interaction, as the label model takes them."""
    return votes.join(interactions.select("interaction_id", "feature", "session_id"), on="interaction_id", how="left")


def final_votes(votes: pl.DataFrame, interactions: pl.DataFrame) -> pl.DataFrame:
    """Return the votes of the interactions a label model may learn from: those final and long enough seen."""
    was_seen = (pl.col("seen_s") >= NOT_SEEN_BELOW_S).fill_null(value=True)
    judged = interactions.filter("is_final", was_seen)
    return with_context(votes.join(judged, on="interaction_id", how="semi"), judged)


def label_interactions(
    interactions: pl.DataFrame,
    votes: pl.DataFrame,
    functions: tuple[LabellingFunction, ...],
    *,
    label_version: int,
    model: LabelModel | None,
    unseen: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return one label per interaction, with `is_final`: by the fitted label model, or by the fixed weights.

    `unseen` has one row per reviewed interaction with `p_good` from a model that did not see its review;
    it stands in for the model's own, so that rates can be corrected honestly.
    """
    predictions = None
    if model is not None:
        predictions = model.predict(with_context(votes, interactions))
        if unseen is not None and model.is_calibrated:
            held_out = unseen.select("interaction_id", unseen="p_good")
            predictions = predictions.join(held_out, on="interaction_id", how="left").with_columns(
                p_good=pl.coalesce("unseen", "p_good"), score=pl.coalesce("unseen", "score")
            )
    weights = weights_of(functions)
    return derive_labels(interactions, votes, weights, label_version=label_version, predictions=predictions)
