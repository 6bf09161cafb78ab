"""What is watched: which numbers of each label, for which segments, in which directions."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from feedback.drift.drop_detector import Direction
from feedback.drift.online import share_of_surprise
from feedback.errors import SchemaError, SettingsError, name_some
from feedback.schemas.behaviour import OUTCOMES
from feedback.stats import Indices

WHOLE = "all"
OTHER_VALUES = "(other values)"
MOST_VALUES = 1_000
"""segments per dimension or pair; the rest are watched together"""
MOST_COUNTED = 10_000
"""segments watched together that are told apart to count them"""
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
SURPRISE = "surprise"


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


def choose_metrics(
    columns: Sequence[str], metric: str, *, is_calibrated: bool, rises: bool, further: Sequence[str]
) -> list[Metric]:
    """Return the metrics to watch.

    Parameters
    ----------
    columns
        Those of the labels, with the votes (their names behind `fires: `) and interactions where they are known.
    is_calibrated
        Whether any label has a `p_good`.
    metric
        `auto`: `p_good` where it is calibrated, else `score`; or a column of shares.
    rises
        Whether the main metric is watched for rises too.
    further
        Which of `votes`, `surprise`, `events`, `outcomes` are watched besides; outcomes only where events are not
        known.
    """
    found = [_main(columns, metric, ("drop", "rise") if rises else ("drop",), is_calibrated=is_calibrated)]
    if "votes" in further:
        fires = [name for name in columns if name.startswith(OF_VOTES)]
        found += [Metric(name, pl.col(name).is_not_null().cast(pl.Float64)) for name in sorted(fires)]
        found += [Metric(VOTED, pl.col("score").is_not_null().cast(pl.Float64))] if "score" in columns else []
    if SURPRISE in further and SURPRISE in columns:
        found.append(Metric(SURPRISE, share_of_surprise(), ("rise",)))
    known = {event: column for event, column in EVENTS.items() if column in columns}
    if "events" in further:
        found += [
            Metric(OF_EVENTS + event, pl.col(name).is_not_null().cast(pl.Float64)) for event, name in known.items()
        ]
    if "outcomes" in further and "outcome" in columns and not known:
        named = [outcome for outcome in OUTCOMES if outcome != "unlabelled"]
        found += [Metric(OF_OUTCOMES + name, (pl.col("outcome") == name).cast(pl.Float64)) for name in named]
    return found


def _main(columns: Sequence[str], metric: str, directions: tuple[Direction, ...], *, is_calibrated: bool) -> Metric:
    if metric == "auto":
        shares = [name for name in ("p_good", "score") if name in columns]
        if not shares:
            raise SchemaError("labels need the column score or p_good; or name another metric")
        name = "p_good" if is_calibrated else shares[-1]
        return Metric(name, pl.coalesce(pl.col(shares).cast(pl.Float64).fill_nan(None)), directions, is_main=True)
    if metric not in columns:
        raise SettingsError(f"labels have no column {metric!r} to watch; there are {name_some(columns, most=20)}")
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
    pooled: set[tuple[str, ...]] = field(default_factory=set)
    n_rows_pooled: int = 0

    @property
    def n_pooled(self) -> int:
        """How many segments are watched together; counted up to `MOST_COUNTED`."""
        return len(self.pooled)

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

    def condition(self, number: int) -> pl.Expr:
        """Return which labels are of a segment that has been taken up."""
        if not self.dimensions:
            return pl.lit(value=True)
        columns = [pl.col(name).cast(pl.String) for name in self.dimensions]
        if number < self.most:
            pairs = zip(columns, self.segments[number], strict=True)
            return pl.all_horizontal([column == value for column, value in pairs])
        known = pl.struct(columns).is_in([dict(zip(self.dimensions, one, strict=True)) for one in self.segments])
        return ~known & pl.all_horizontal([column.is_not_null() for column in columns])

    def assign(self, labels: pl.DataFrame, *, is_reference: bool = False) -> Indices:
        """Return the number of each label's segment, `NOT_WATCHED` where a dimension is null.

        New segments are taken up: of the reference the most frequent first, later ones as they appear.
        """
        if not self.dimensions:
            return np.zeros(labels.height, np.int64)
        keys = labels.select(pl.col(self.dimensions).cast(pl.String))
        self._take_up(keys, is_reference=is_reference)
        numbered = pl.DataFrame(
            self.segments, schema=dict.fromkeys(self.dimensions, pl.String), orient="row"
        ).with_row_index("number")
        found = keys.join(numbered, on=list(self.dimensions), how="left", maintain_order="left")["number"]
        is_null = keys.select(pl.any_horizontal(pl.all().is_null())).to_series()
        self.n_rows_pooled += int((found.is_null() & ~is_null).sum())
        codes = found.cast(pl.Int64).fill_null(self.most).to_numpy()
        return np.where(is_null.to_numpy(), NOT_WATCHED, codes)

    def _take_up(self, keys: pl.DataFrame, *, is_reference: bool) -> None:
        counted = keys.with_row_index("at").drop_nulls().group_by(self.dimensions).agg(
            pl.col("at").min(), n=pl.len() if is_reference else pl.lit(0)
        )  # fmt: skip
        known = set(self.segments)
        fresh = [row for row in counted.sort(["n", "at"], descending=[True, False]).select(self.dimensions).rows()
                 if row not in known]  # fmt: skip
        room = max(self.most - len(self.segments), 0)
        self.segments += fresh[:room]
        uncounted = [row for row in fresh[room:] if row not in self.pooled]
        self.pooled.update(uncounted[: MOST_COUNTED - len(self.pooled)])
