"""Which signals to believe, and whether the probabilities hold."""

import polars as pl

from feedback.explore.sample import sample_labels, sample_votes
from feedback.label_model import (
    FIXED_WEIGHTS,
    LabelModel,
    describe_functions,
    measure_calibration_error,
    measure_reliability,
)
from feedback.reviews import response_verdicts
from feedback.store.snapshot import Snapshot

_SEED = 0


def report_functions(snapshot: Snapshot, *, dimension: str | None = None) -> pl.DataFrame:
    """Return what each labelling function says and how often reviews agree, as `describe_functions` does.

    Final interactions only; on a long log those of some people, and all that were reviewed (`sample_labels`). With a
    dimension, also one row per function and value of it.
    """
    segments = [dimension] if dimension else []
    labels = sample_labels(snapshot).labels.select("interaction_id", *segments)
    votes = sample_votes(snapshot).join(labels, on="interaction_id")
    return describe_functions(votes, _verdicts(snapshot), model=fitted_model(snapshot), segments=segments)


def reliability(snapshot: Snapshot) -> pl.DataFrame:
    """Return predicted beside observed shares of good responses, as `measure_reliability`; no row before a fit.

    The probabilities of reviewed responses come from models that had not seen their reviews.
    """
    return measure_reliability(_held_out(snapshot), _verdicts(snapshot))


def calibration_error(snapshot: Snapshot) -> pl.DataFrame:
    """Return the expected calibration error with its interval, as `measure_calibration_error`, in one row."""
    return measure_calibration_error(_held_out(snapshot), _verdicts(snapshot), seed=_SEED)


def fitted_model(snapshot: Snapshot) -> LabelModel | None:
    """Return the label model of the current label version; null while it is the fixed weights."""
    if snapshot.run is None or snapshot.run.label_version is None:
        return None
    version = pl.col("label_version") == snapshot.run.label_version
    written = snapshot.table("label_versions").filter(version).select("label_model").collect()
    return None if written.is_empty() or written.item() == FIXED_WEIGHTS else LabelModel.from_json(written.item())


def _verdicts(snapshot: Snapshot) -> pl.DataFrame:
    return response_verdicts(snapshot.table("reviews").collect())


def _held_out(snapshot: Snapshot) -> pl.DataFrame:
    return sample_labels(snapshot).labels.select("interaction_id", "p_good").drop_nulls("p_good")
