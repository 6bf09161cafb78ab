"""What a model that learned from all labels before expects of a label, and how surprising the label then is.

A logistic regression of river's on dimensions and measures, prequential: a label is predicted first and learned from
after. What is learned enters when an hour of `final_at` is over, so all labels of an hour are predicted by the model
as of its start, however runs cut the log.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl

from feedback.drift import online_model
from feedback.drift.checkpoint import fingerprint, read_state, write_state
from feedback.drift.online_model import Moments, Regression, encode
from feedback.drift.online_reading import HOUR, Place, count_through, prepare_labels, read_in_batches
from feedback.stats import Indices

MOST_LEARNED = 250
"""labels learned from per hour: learning is what costs, so this bounds the cost of a busy log"""
MOST_SURPRISE = 3.0
"""nats at which a surprise is complete: a label of 0 where 0.95 was expected"""
_TOLD = {
    "interaction_id": pl.String,
    "final_at": pl.Datetime("us", "UTC"),
    "expected": pl.Float64,
    "surprise": pl.Float64,
}
_KIND = "online model"


@dataclass(frozen=True)
class Expectation:
    """What was expected of the labels taken in.

    Attributes
    ----------
    rows
        One row per label, in order: `interaction_id`, `final_at`, `expected` in [0.001, 0.999] and `surprise`, the
        log-loss of the label against it in nats; null where the label is unknown.
    is_resumed
        Whether the state given was taken up, and the rows are the new labels only; otherwise they are all.
    state
        What to resume from.
    """

    rows: pl.DataFrame
    is_resumed: bool
    state: bytes


def expect_labels(
    labels: pl.DataFrame | pl.LazyFrame,
    *,
    dimensions: Sequence[str],
    measures: Sequence[str] = (),
    state: bytes | None = None,
) -> Expectation:
    """Return what a model that learned from the labels before expected of each label, and how surprising it is.

    Labels are taken in (`final_at`, `interaction_id`) order, whatever order they come in. A log taken in one go or in
    parts, each time with the state of the last, gives the same rows to the last digit.

    Parameters
    ----------
    labels
        Table `labels`, one row per label, with `score` or `p_good` (which counts where both are known), the
        dimensions and the measures: all final labels so far, those already seen among them. Labels of automated
        sessions are left out; of several label versions of an interaction the greatest counts.
    dimensions
        Columns of text. Null is a value; of more than a thousand the rest are one.
    measures
        Columns of numbers, taken on a log scale and standardised. Null, NaN and infinity are unknown.
    state
        From the last time. Where it does not fit these labels, columns or versions, the log is taken anew.

    Raises
    ------
    SchemaError
        When a column is missing, `final_at` has no time zone, or a label lies outside [0, 1].

    Examples
    --------
    >>> at = [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in range(20)] * 2
    >>> labels = pl.DataFrame({"interaction_id": [f"i{n:02}" for n in range(40)], "final_at": at,
    ...                        "intent": ["refund"] * 20 + ["other"] * 20, "score": [0.0] * 20 + [1.0] * 20})
    >>> expect_labels(labels, dimensions=["intent"]).rows.select(pl.col("expected", "surprise").round(2)).rows()[-2:]
    [(0.33, 0.4), (0.66, 0.42)]
    """
    prepared = prepare_labels(labels, (*dimensions, *measures))
    found = resume_model(state, prepared, dimensions, measures)
    model = found or OnlineModel(dimensions, measures)
    told = [model.take(batch) for batch in read_in_batches(prepared, since=model.since)]
    rows = pl.concat([pl.DataFrame(schema=_TOLD), *told])
    return Expectation(rows, found is not None, save_model(model, prepared))


@dataclass
class OnlineModel:
    """A regression, and the hour it stands in: labels of that hour are predicted but not learned from yet.

    Attributes
    ----------
    dimensions, measures
        Columns it predicts from.
    last
        The last label taken in.
    n_learned
        Labels learned from.
    most_learned
        Of an hour with more known labels than this every second, third ... is learned from.
    """

    dimensions: Sequence[str]
    measures: Sequence[str] = ()
    last: Place | None = None
    n_learned: int = 0
    most_learned: int = MOST_LEARNED
    regression: Regression = field(init=False)

    def __post_init__(self) -> None:
        """Begin without having learned anything."""
        self.regression = Regression(self.dimensions, self.measures)
        self._open: pl.DataFrame | None = None

    @property
    def since(self) -> datetime | None:
        """The start of the hour it stands in, from which on it needs the labels; null for all."""
        return self.last and self.last[0].replace(minute=0, second=0, microsecond=0)

    def take(self, labels: pl.DataFrame) -> pl.DataFrame:
        """Return what was expected of the labels that are new: one row per label, columns as in `Expectation.rows`.

        Parameters
        ----------
        labels
            From `read_in_batches`: after those taken in before; the first ones after a resumption from `since` on.
        """
        rows = labels if self._open is None else pl.concat([self._open, labels])
        if rows.is_empty():
            return pl.DataFrame(schema=_TOLD)
        encoded = encode(rows, self.dimensions, self.measures)
        spans = _hours(rows["final_at"])
        expected = []
        for number, span in enumerate(spans):
            expected.append(self.regression.expect(encoded, span))
            if number < len(spans) - 1:
                self.n_learned += self.regression.learn(encoded, span, most=self.most_learned)
        self._open = rows[spans[-1]]
        told = rows.select("interaction_id", "final_at", expected=np.concatenate(expected), surprise="label")
        fresh = told if self.last is None else told.filter(_is_after(self.last))
        self.last = rows.select("final_at", "interaction_id").row(-1)
        return fresh.with_columns(surprise=_log_loss(pl.col("surprise"), pl.col("expected")))


def save_model(model: OnlineModel, prepared: pl.LazyFrame) -> bytes:
    """Return the state of a model that has taken in all the labels: bytes that hold no code."""
    keys, weights, squares, intercept = model.regression.weights()
    moments = {name: asdict(one) for name, one in model.regression.moments.items()}
    header = {
        "made_for": _made_for(model.dimensions, model.measures),
        "last": model.last and [model.last[0].isoformat(), model.last[1]],
        "n_rows": count_through(prepared, model.last) if model.last else 0,
        "n_learned": model.n_learned,
        "moments": moments,
        "keys": keys,
    }
    return write_state(header, {"weights": weights, "squares": squares, "intercept": np.array([intercept])})


def resume_model(
    state: bytes | None, prepared: pl.LazyFrame, dimensions: Sequence[str], measures: Sequence[str]
) -> OnlineModel | None:
    """Return the model as it was left; null when the labels must be taken anew.

    That is when the bytes are of other versions or columns, or when a label came in behind the last one seen.
    """
    found = read_state(state) if state else None
    if found is None or found[0].get("made_for") != _made_for(dimensions, measures):
        return None
    header, arrays = found
    model = OnlineModel(dimensions, measures, n_learned=header["n_learned"])
    if header["last"]:
        model.last = (datetime.fromisoformat(header["last"][0]).astimezone(UTC), header["last"][1])
        if count_through(prepared, model.last) != header["n_rows"]:
            return None
    _restore(model.regression, header, arrays, n=model.n_learned)
    return model


def _restore(regression: Regression, header: dict[str, Any], arrays: dict[str, np.ndarray], *, n: int) -> None:
    regression.moments = {name: Moments(**one) for name, one in header["moments"].items()}
    keys = [(name, value) for name, value in header["keys"]]
    regression.restore(keys, arrays["weights"], arrays["squares"], float(arrays["intercept"][0]), n=n)


def daily_losses(rows: pl.DataFrame, *, time_zone: str = "UTC") -> pl.DataFrame:
    """Return the progressive log-loss: one row per day of `final_at` with `n` labels that have a value and `log_loss`.

    Examples
    --------
    >>> rows = pl.DataFrame({"final_at": [datetime(2026, 1, 1, tzinfo=UTC)] * 2, "surprise": [0.25, 0.75]})
    >>> daily_losses(rows).rows()
    [(datetime.date(2026, 1, 1), 2, 0.5)]
    """
    day = pl.col("final_at").dt.convert_time_zone(time_zone).dt.date().alias("day")
    known = rows.drop_nulls("surprise").select(day, "surprise")
    return known.group_by("day").agg(n=pl.len(), log_loss=pl.col("surprise").mean()).sort("day")


def share_of_surprise() -> pl.Expr:
    """Return the surprise as a number in [0, 1] that can be watched: 1 from three nats on; null where unknown.

    Examples
    --------
    >>> pl.DataFrame({"surprise": [1.5, 9.0, None]}).select(share_of_surprise())["surprise"].to_list()
    [0.5, 1.0, None]
    """
    return pl.col("surprise").clip(0, MOST_SURPRISE) / MOST_SURPRISE


def _hours(times: pl.Series) -> list[slice]:
    """Return which rows each hour has."""
    hours = times.dt.truncate(HOUR).to_physical().to_numpy()
    bounds: Indices = np.flatnonzero(hours[1:] != hours[:-1]) + 1
    return [slice(*pair) for pair in zip([0, *bounds.tolist()], [*bounds.tolist(), len(hours)], strict=True)]


def _is_after(place: Place) -> pl.Expr:
    at, name = place
    return (pl.col("final_at") > at) | ((pl.col("final_at") == at) & (pl.col("interaction_id") > name))


def _log_loss(label: pl.Expr, expected: pl.Expr) -> pl.Expr:
    return -(label * expected.log() + (1 - label) * (1 - expected).log())


def _made_for(dimensions: Sequence[str], measures: Sequence[str]) -> str:
    """Return what tells one model from another: its columns and every number it depends on."""
    numbers = {name: value for name, value in vars(online_model).items() if name.isupper() and name[0] != "_"}
    return fingerprint(_KIND, list(dimensions), list(measures), sorted(numbers.items()), MOST_LEARNED)
