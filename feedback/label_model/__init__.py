"""Votes to labels: how the votes of the labelling functions are combined.

`fixed` weighs them before any review; `model` is fitted to reviews; `labels` puts the result beside what
each interaction is.
"""

from feedback.label_model.fixed import FIXED_WEIGHTS, score_votes
from feedback.label_model.labels import FIRST_LABEL_VERSION, derive_labels
from feedback.label_model.model import LabelModel

__all__ = ["FIRST_LABEL_VERSION", "FIXED_WEIGHTS", "LabelModel", "derive_labels", "score_votes"]
