"""Do the probabilities hold? Predicted against observed, and how far they are apart."""

import numpy as np
import polars as pl

from feedback.errors import SchemaError
from feedback.label_model.reviewed import SESSION, usable_verdicts
from feedback.label_model.vote_columns import KEY
from feedback.stats.sums import Indices, Numbers, add_up
from feedback.stats.wilson import wilson_interval

N_BINS = 10
DRAWS = 1000


def measure_reliability(p_good: pl.DataFrame, reviews: pl.DataFrame, *, n_bins: int = N_BINS) -> pl.DataFrame:
    """Return what was predicted beside what people said, by how high it was predicted.

    Parameters
    ----------
    p_good
        One row per interaction: `interaction_id`, `p_good`. To say something about unseen interactions it must
        be predicted by a model that has not seen these reviews, such as `LabelModel.cross_fit`.
    reviews
        One row per verdict, as for `LabelModel.fit`; each counts 1 / inclusion probability.
    n_bins
        How many bins [0, 1] is parted into, equally wide. A bin without reviews has no row.

    Returns
    -------
    pl.DataFrame
        One row per bin, lowest first: `p_from`, `p_to`, `mean_predicted`, `observed_rate`, `n` reviewed, and
        `low`, `high`, Wilson's 95 % interval of the observed rate at the effective number of reviews.

    Examples
    --------
    >>> said = pl.DataFrame({"interaction_id": ["a", "b", "c"], "verdict": ["good", "bad", "good"]})
    >>> predicted = pl.DataFrame({"interaction_id": ["a", "b", "c"], "p_good": [0.95, 0.91, 0.55]})
    >>> found = measure_reliability(predicted, said)
    >>> found.select("p_from", pl.col("mean_predicted").round(2), "observed_rate", "n").rows()
    [(0.5, 0.55, 1.0, 1), (0.9, 0.93, 0.5, 2)]
    """
    rows = _match(p_good, reviews)
    weight = pl.col("weight")
    found = (
        rows.with_columns(bin=_bin(rows, n_bins))
        .group_by("bin")
        .agg(
            mean_predicted=(weight * pl.col("p_good")).sum() / weight.sum(),
            observed_rate=(weight * pl.col("good")).sum() / weight.sum(),
            n=pl.len().cast(pl.Int64),
            n_effective=weight.sum() ** 2 / (weight**2).sum(),
        )
        .sort("bin")
    )
    low, high = wilson_interval(found["observed_rate"].to_numpy(), found["n_effective"].to_numpy())
    return found.select(
        p_from=(pl.col("bin") / n_bins).round(9),
        p_to=((pl.col("bin") + 1) / n_bins).round(9),
        mean_predicted="mean_predicted",
        observed_rate="observed_rate",
        n="n",
        low=pl.Series(low),
        high=pl.Series(high),
    )


def measure_calibration_error(
    p_good: pl.DataFrame, reviews: pl.DataFrame, *, seed: int, n_bins: int = N_BINS, draws: int = DRAWS
) -> pl.DataFrame:
    """Return the expected calibration error with its interval, in one row.

    The error is sum over bins of |sum of weight x (p_good - verdict)| / sum of weights. From few reviews it
    comes out too large even where the probabilities hold. The ends of the interval allow for that: the lower
    is the error less what chance alone adds up to in 97.5 % of bootstrap draws, the upper is the error that
    97.5 % of the draws stay under. Both lie on the safe side; an interval that begins at 0 says that the
    probabilities may hold.

    Parameters
    ----------
    p_good, reviews, n_bins
        As for `measure_reliability`.
    seed
        Of the bootstrap, which draws whole sessions.
    draws
        How often.

    Returns
    -------
    pl.DataFrame
        One row: `n` reviewed, `n_sessions`, `error`, `low`, `high` (95 %). Null where nothing is reviewed; the
        interval is null under two sessions.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning,
    AAAI. Davison and Hinkley (1997), Bootstrap methods and their application, section 5.2.

    Examples
    --------
    >>> said = pl.DataFrame({"interaction_id": ["a", "b"], "verdict": ["good", "bad"], "session_id": ["s", "t"]})
    >>> predicted = pl.DataFrame({"interaction_id": ["a", "b"], "p_good": [0.75, 0.25]})
    >>> measure_calibration_error(predicted, said, seed=0).row(0)
    (2, 2, 0.25, 0.0, 0.25)
    """
    rows = _match(p_good, reviews)
    if rows.is_empty():
        return _one_row(0, 0, None, None, None)
    names, session = np.unique(rows[SESSION].to_numpy().astype(str), return_inverse=True)
    n_sessions, bins = len(names), _bin(rows, n_bins).to_numpy()
    # Everything a draw needs is a sum per session and bin.
    weight, distance = rows["weight"].to_numpy(), (rows["p_good"] - rows["good"]).to_numpy()
    gap = _by_session_and_bin(weight * distance, session, bins, n_bins)
    size = _by_session_and_bin(weight, session, bins, n_bins)
    error = float(np.abs(gap.sum(axis=0)).sum() / size.sum())
    if n_sessions < 2:
        return _one_row(rows.height, n_sessions, error, None, None)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(n_sessions, np.full(n_sessions, 1 / n_sessions), size=draws).astype(float)
    drawn = times @ gap / (times @ size).sum(axis=1, keepdims=True)
    by_chance = np.abs(drawn - gap.sum(axis=0) / size.sum()).sum(axis=1)
    low = max(error - float(np.quantile(by_chance, 0.975)), 0.0)
    return _one_row(rows.height, n_sessions, error, low, float(np.quantile(np.abs(drawn).sum(axis=1), 0.975)))


def _match(p_good: pl.DataFrame, reviews: pl.DataFrame) -> pl.DataFrame:
    """Return reviewed interactions with a probability, by id: `p_good`, `good`, `weight`, `session_id`."""
    if not p_good["p_good"].drop_nulls().is_between(0, 1).all():
        raise SchemaError("p_good lies in [0, 1]")
    known = p_good.select(KEY, "p_good").drop_nulls("p_good")
    return (
        usable_verdicts(reviews)
        .join(known, on=KEY)
        .select(
            KEY, "p_good", "good", pl.coalesce(SESSION, KEY).alias(SESSION), weight=1 / pl.col("inclusion_probability")
        )
        .sort(KEY)
    )


def _bin(rows: pl.DataFrame, n_bins: int) -> pl.Series:
    return (rows["p_good"] * n_bins).floor().clip(0, n_bins - 1).cast(pl.Int64)


def _by_session_and_bin(values: Numbers, session: Indices, bins: Indices, n_bins: int) -> Numbers:
    n_sessions = int(session.max()) + 1
    return add_up(values, session * n_bins + bins, n_sessions * n_bins).reshape(n_sessions, n_bins)


def _one_row(n: int, n_sessions: int, error: float | None, low: float | None, high: float | None) -> pl.DataFrame:
    kinds = {"n": pl.Int64, "n_sessions": pl.Int64, "error": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    return pl.DataFrame([(n, n_sessions, error, low, high)], schema=kinds, orient="row")
