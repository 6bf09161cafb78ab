"""Votes to labels: how the votes of the labelling functions are combined.

`fixed` weighs them before any review; `model` is fitted to reviews; `labels` puts the result beside what
each interaction is; `report` says which signals can be believed, `reliability` whether the probabilities hold.
"""

from feedback.label_model.fixed import FIXED_WEIGHTS, score_votes
from feedback.label_model.labels import FIRST_LABEL_VERSION, derive_labels, labels_in_force, latest_labels
from feedback.label_model.model import LabelModel
from feedback.label_model.reliability import measure_calibration_error, measure_reliability
from feedback.label_model.report import describe_functions

__all__ = [
    "FIRST_LABEL_VERSION",
    "FIXED_WEIGHTS",
    "LabelModel",
    "derive_labels",
    "describe_functions",
    "labels_in_force",
    "latest_labels",
    "measure_calibration_error",
    "measure_reliability",
    "score_votes",
]
