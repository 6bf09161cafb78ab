"""What is watched: which numbers of each label, for which segments, in which directions."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from feedback.drift.drop_detector import Direction
from feedback.errors import SchemaError, SettingsError, name_some
from feedback.schemas.behaviour import OUTCOMES
from feedback.stats import Indices

WHOLE = "all"
OTHER_VALUES = "(other values)"
MOST_VALUES = 1_000
"""segments per dimension or pair; the rest are watched together"""
NOT_WATCHED = -1
BOTH: tuple[Direction, ...] = ("drop", "rise")
EVENTS = {
    "accept": "accepted_after_s",
    "undo": "undone_after_s",
    "rephrase": "rephrase_similarity",
    "escalate": "escalated_after_s",
}
"""the column of `interactions` that is filled where the event happened"""
OF_VOTES, OF_EVENTS, OF_OUTCOMES, VOTED = "fires: ", "event: ", "outcome: ", "voted"


@dataclass(frozen=True)
class Metric:
    """A number in [0, 1] of each label whose mean is watched; null where nothing is known.

    Attributes
    ----------
    name
        As the alarms have it.
    expression
        Over labels with their votes and interactions.
    directions
        Which changes of the mean count.
    is_main
        Whether it is the label itself: it has half of the budget, and pairs of dimensions.
    """

    name: str
    expression: pl.Expr
    directions: tuple[Direction, ...] = BOTH
    is_main: bool = False


def choose_metrics(labels: pl.DataFrame, metric: str, *, rises: bool, further: Sequence[str]) -> list[Metric]:
    """Return the metrics to watch.

    Parameters
    ----------
    labels
        One row per label, with the votes (their names behind `fires: `) and interactions where they are known.
    metric
        `auto`: `p_good` where it is calibrated, else `score`; or a column of shares.
    rises
        Whether the main metric is watched for rises too.
    further
        Which of `votes`, `events`, `outcomes` are watched besides; outcomes only where events are not known.
    """
    found = [_main(labels, metric, ("drop", "rise") if rises else ("drop",))]
    if "votes" in further:
        fires = [name for name in labels.columns if name.startswith(OF_VOTES)]
        found += [Metric(name, pl.col(name).is_not_null().cast(pl.Float64)) for name in sorted(fires)]
        found += [Metric(VOTED, pl.col("score").is_not_null().cast(pl.Float64))] if "score" in labels.columns else []
    known = {event: column for event, column in EVENTS.items() if column in labels.columns}
    if "events" in further:
        found += [
            Metric(OF_EVENTS + event, pl.col(name).is_not_null().cast(pl.Float64)) for event, name in known.items()
        ]
    if "outcomes" in further and "outcome" in labels.columns and not known:
        named = [outcome for outcome in OUTCOMES if outcome != "unlabelled"]
        found += [Metric(OF_OUTCOMES + name, (pl.col("outcome") == name).cast(pl.Float64)) for name in named]
    return found


def _main(labels: pl.DataFrame, metric: str, directions: tuple[Direction, ...]) -> Metric:
    if metric == "auto":
        is_calibrated = "p_good" in labels.columns and labels["p_good"].fill_nan(None).count() > 0
        columns = [name for name in ("p_good", "score") if name in labels.columns]
        if not columns:
            raise SchemaError("labels need the column score or p_good; or name another metric")
        name = "p_good" if is_calibrated else columns[-1]
        return Metric(name, pl.coalesce(pl.col(columns).cast(pl.Float64).fill_nan(None)), directions, is_main=True)
    if metric not in labels.columns:
        raise SettingsError(
            f"labels have no column {metric!r} to watch; there are {name_some(labels.columns, most=20)}"
        )
    return Metric(metric, pl.col(metric).cast(pl.Float64).fill_nan(None), directions, is_main=True)


def metric_values(labels: pl.DataFrame, metrics: Sequence[Metric]) -> pl.DataFrame:
    """Return one column per metric: numbers in [0, 1], null where nothing is known.

    Raises
    ------
    SchemaError
        When a number lies outside [0, 1].
    """
    values = labels.select(metric.expression.alias(metric.name) for metric in metrics)
    outside = values.select(((pl.all() < 0) | (pl.all() > 1)).any().fill_null(value=False))
    wrong = [name for name in outside.columns if outside[name].any()]
    if wrong:
        raise SchemaError(f"what is watched lies in [0, 1]; column {name_some(wrong)} does not")
    return values


@dataclass
class Roster:
    """The segments of one set of dimensions, in the order they were taken up; the whole when there are none.

    Once taken up, a segment stays; past `most` of them, new ones are watched together.
    """

    dimensions: tuple[str, ...]
    most: int = MOST_VALUES
    segments: list[tuple[str, ...]] = field(default_factory=list)
    n_pooled: int = 0
    n_rows_pooled: int = 0

    def name(self, number: int) -> str:
        """Return the definition of a segment, `dimension = value` joined by ` & `."""
        if not self.dimensions:
            return WHOLE
        values = self.segments[number] if number < self.most else (OTHER_VALUES,) * len(self.dimensions)
        return " & ".join(f"{name} = {value}" for name, value in zip(self.dimensions, values, strict=True))

    @property
    def size(self) -> int:
        """How many segments there are, the pooled ones as one."""
        return len(self.segments) + bool(self.n_pooled) if self.dimensions else 1

    def assign(self, labels: pl.DataFrame, n_reference: int) -> Indices:
        """Return the number of each label's segment, `NOT_WATCHED` where a dimension is null.

        New segments are taken up: first those of the first `n_reference` rows, the most frequent first, then
        the others as they appear.
        """
        if not self.dimensions:
            return np.zeros(labels.height, np.int64)
        keys = labels.select(pl.col(self.dimensions).cast(pl.String))
        counted = keys.with_row_index("at").drop_nulls().group_by(self.dimensions).agg(
            pl.col("at").min(), n=(pl.col("at") < n_reference).sum()
        )  # fmt: skip
        known = set(self.segments)
        fresh = [row for row in counted.sort(["n", "at"], descending=[True, False]).select(self.dimensions).rows()
                 if row not in known]  # fmt: skip
        room = max(self.most - len(self.segments), 0)
        self.segments += fresh[:room]
        self.n_pooled = len(fresh) - min(room, len(fresh))
        numbered = pl.DataFrame(
            self.segments, schema=dict.fromkeys(self.dimensions, pl.String), orient="row"
        ).with_row_index("number")
        found = keys.join(numbered, on=list(self.dimensions), how="left", maintain_order="left")["number"]
        is_null = keys.select(pl.any_horizontal(pl.all().is_null())).to_series()
        pooled = found.is_null() & ~is_null
        self.n_rows_pooled = int(pooled.sum())
        codes = found.cast(pl.Int64).fill_null(self.most).to_numpy()
        return np.where(is_null.to_numpy(), NOT_WATCHED, codes)
