"""What an engine does with the events of whole sessions: pure, so that it does not matter where it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import polars as pl

from feedback.interactions import derive_interactions
from feedback.label_model import LabelModel, derive_labels
from feedback.labelling import LabellingFunction, cast_votes
from feedback.settings import Settings


class LabelledShard(NamedTuple):
    """What became of some whole sessions: the tables of that name, and how many events they were made from.

    `labels` holds final and open ones, told apart by `is_final`.
    """

    interactions: pl.DataFrame
    votes: pl.DataFrame
    labels: pl.DataFrame
    n_events: int


Work = Callable[[pl.DataFrame], LabelledShard]
"""Takes the events of whole sessions, in any order. Sent to other machines, so it must be picklable: an object
of a class, or a function, at the top of an installed module."""

Progress = Callable[[int, int], None]
"""Called with the number of events done and the number in all."""


def ignore_progress(_done: int, _in_all: int) -> None:
    """Return nothing, whatever was done."""


@dataclass(frozen=True)
class LabelSessions:
    """From the events of whole sessions to their interactions, votes and labels.

    A session is labelled from its own events alone: however a log is cut into sets of whole sessions, the
    rows together are the same.

    Attributes
    ----------
    settings
        Observation windows and session gap.
    functions
        The labelling functions to ask.
    label_version
        The label version to mark the labels with.
    model
        The fitted label model; None: the fixed weights.
    watermark
        Event time up to which all events have arrived; None: no window has closed.
    previous_watermark
        The watermark before these events arrived.

    Examples
    --------
    >>> from feedback.labelling import registered_functions
    >>> from feedback.schemas import empty_table
    >>> label = LabelSessions(Settings(), registered_functions(), label_version=1)
    >>> label(empty_table("events")).labels.height
    0
    """

    settings: Settings
    functions: tuple[LabellingFunction, ...]
    label_version: int
    model: LabelModel | None = None
    watermark: datetime | None = None
    previous_watermark: datetime | None = None

    def __call__(self, events: pl.DataFrame) -> LabelledShard:
        """Return the tables of these events; interactions come by `shown_at`, labels by `final_at`."""
        interactions = derive_interactions(
            events,
            observation_window=self.settings.observation_window,
            session_gap=self.settings.session_gap,
            watermark=self.watermark,
            previous_watermark=self.previous_watermark,
        )
        return self.label(interactions)._replace(n_events=events.height)

    def label(self, interactions: pl.DataFrame) -> LabelledShard:
        """Return the votes and labels of interactions that are known already, beside them."""
        votes = cast_votes(interactions, self.functions)
        labels = label_interactions(
            interactions, votes, self.functions, label_version=self.label_version, model=self.model
        )
        return LabelledShard(interactions, votes, labels, n_events=0)


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
    weights = {function.name: function.weight for function in functions}
    return derive_labels(interactions, votes, weights, label_version=label_version, predictions=predictions)


def with_context(votes: pl.DataFrame, interactions: pl.DataFrame) -> pl.DataFrame:
    """Return the votes with the feature and session of each interaction, as the label model takes them."""
    return votes.join(interactions.select("interaction_id", "feature", "session_id"), on="interaction_id", how="left")
