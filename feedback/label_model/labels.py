"""Labels: what the label model makes of the votes, beside what an interaction is."""

from collections.abc import Mapping
from typing import TypeVar, cast

import polars as pl

from feedback.label_model.fixed import score_votes
from feedback.schemas import TABLES

FIRST_LABEL_VERSION = 1
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


def derive_labels(interactions: Frame, votes: Frame, weights: Mapping[str, float], *, label_version: int) -> Frame:
    """Return one label per interaction, final and open ones, with `is_final` (tables `labels`, `open_labels`).

    Parameters
    ----------
    interactions, votes
        The tables of that name, one row per interaction each.
    weights
        The weight of each labelling function, in log-odds.
    label_version
        The label version to mark them with.

    Returns
    -------
    Frame
        The columns of table `labels`, `is_final`, and the dimensions and measures of the interactions,
        sorted by `final_at` and `interaction_id`. `p_good` is null: nothing has calibrated it.
    """
    declared = TABLES["labels"].columns
    ours = {*TABLES["interactions"].columns, *declared}
    further = sorted(name for name in interactions.lazy().collect_schema() if name not in ours)
    no_events = pl.lit(pl.Series([[]], dtype=pl.List(pl.String)))
    labelled = interactions.lazy().join(score_votes(votes.lazy(), weights), on="interaction_id", how="left")
    finished = (
        labelled.with_columns(
            label_version=pl.lit(label_version, pl.Int64),
            p_good=pl.lit(None, pl.Float64),
            final_at=pl.col("window_ends_at"),
            evidence_event_ids=pl.when(pl.col("n_votes") > 0).then("evidence_event_ids").otherwise(no_events),
        )
        .select(*(pl.col(name).cast(dtype) for name, dtype in declared.items()), "is_final", *further)
        .sort("final_at", "interaction_id")
    )
    return cast(Frame, finished.collect() if isinstance(interactions, pl.DataFrame) else finished)
