"""Which responses to review for a rate, drawn so that the chance of each is known exactly."""

import math
from collections.abc import Sequence

import numpy as np
import polars as pl

from feedback.errors import SettingsError
from feedback.quality.countable import countable_labels
from feedback.quality.rates import estimate_rates
from feedback.stats import Numbers, from_log_odds, log_odds, size_for_half_width

Frame = pl.DataFrame | pl.LazyFrame
REASON = "drawn at random for a rate"
# Standard error of the log-odds of `p_good` that the sampler reckons with. It makes the interval wider by under 0.5 %
# where they are right, and narrower by 1 to 4 % where they are twice as far from 0 as they should be.
DOUBT = 1.0
_NODES = 9
# Enough to find a budget to the last bit.
_HALVINGS = 50


def draw_for_rate(labels: Frame, *, k: int, seed: int, floor: float = 0.5) -> pl.DataFrame:
    """Return a random draw of responses to review: one row per response drawn.

    Every response has the chance `inclusion_probabilities` gives it, exactly, and exactly k are drawn: the
    responses stand in random order on a line, each as long as its probability, and a comb of step 1 with a
    random start picks those it hits. The order drawn is random too, so that a reviewer may stop anywhere:
    those reviewed so far are a draw with all probabilities in proportion.

    Parameters
    ----------
    labels
        As in `estimate_rates`; the order of the rows does not matter.
    k
        How many to draw; all, when there are no more.
    seed
        The same seed draws the same responses.
    floor
        Share of the budget that is spread evenly, in [0, 1]; 1 is a simple random sample.

    Returns
    -------
    pl.DataFrame
        `interaction_id`, `session_id`, `rank` (1 = first to review), `reason`, `score`, `cluster` (null) and
        `inclusion_probability`, sorted by rank: what table `candidates` holds, but for the id of the draw.

    References
    ----------
    Madow (1949), On the theory of systematic sampling II, Annals of Mathematical Statistics 20.
    Hartley and Rao (1962), Sampling with unequal probabilities and without replacement, ibid. 33.

    Examples
    --------
    >>> labels = pl.DataFrame({"interaction_id": ["i1", "i2", "i3", "i4"], "session_id": ["s1", "s1", "s2", "s2"],
    ...                        "p_good": [0.5, 0.6, 0.95, 0.99]})
    >>> draw_for_rate(labels, k=2, seed=0).select("rank", pl.col("inclusion_probability").round(2)).rows()
    [(1, 0.69), (2, 0.25)]
    """
    frame = inclusion_probabilities(labels, k=k, floor=floor)
    probability = frame["inclusion_probability"].to_numpy()
    generator = np.random.default_rng(seed)
    line = generator.permutation(len(frame))
    drawn = line[_comb(probability[line], generator.random())]
    ordered = frame[generator.permutation(drawn)]
    return ordered.select(
        "interaction_id",
        "session_id",
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank"),
        pl.lit(REASON).alias("reason"),
        "score",
        pl.lit(None, pl.Int64).alias("cluster"),
        "inclusion_probability",
    )


def inclusion_probabilities(labels: Frame, *, k: int, floor: float = 0.5) -> pl.DataFrame:
    """Return the chance of every response to be drawn: one row per response that can be, sorted by its id.

    The probability is min(1, max(floor * k / n, c * sqrt(v))), with c such that all sum to k. Here v is the
    variance of the verdict, p (1 - p), averaged over a normal error of one logit in p: what makes a rate most
    certain when `p_good` is about right, and does little harm when it is not. The floor keeps any response
    from standing for more than n / (floor * k) others. A null `p_good` counts as a typical one; when all are
    null every response has the same chance.

    Parameters
    ----------
    labels, k, floor
        As in `draw_for_rate`.

    Returns
    -------
    pl.DataFrame
        `interaction_id`, `session_id`, `score`, `inclusion_probability` in (0, 1]. Rows of automated sessions
        are left out, as from every rate.

    Raises
    ------
    SettingsError
        When k is under 1, or `floor` is not above 0 and up to 1.

    Examples
    --------
    >>> labels = pl.DataFrame({"interaction_id": ["i1", "i2", "i3"], "session_id": ["s1", "s1", "s2"],
    ...                        "p_good": [0.5, 0.9, 0.999]})
    >>> inclusion_probabilities(labels, k=1, floor=0.3)["inclusion_probability"].round(3).to_list()
    [0.527, 0.373, 0.1]
    """
    if k < 1 or not 0 < floor <= 1:
        raise SettingsError(f"k is at least 1 and floor above 0 and up to 1; they are {k} and {floor}")
    frame = countable_labels(labels, (), "session_id", "score").sort("item")
    p = frame["p"].to_numpy()
    return frame.select(
        "session_id", "score", interaction_id="item", inclusion_probability=pl.Series(spread_budget(p, k, floor))
    ).select("interaction_id", "session_id", "score", "inclusion_probability")


def reviews_needed(
    labels: Frame, reviews: Frame, *, half_width: float, by: Sequence[str] = (), level: float = 0.95
) -> pl.DataFrame:
    """Return how many more reviews make the interval of each rate so narrow: one row per group.

    As if further reviews were drawn like those there are. Without any, as if each were worth one
    independent observation, and the rate what `proxy_rate` says, or 0.5 where that is null.

    Parameters
    ----------
    labels, reviews, by, level
        As in `estimate_rates`; filter the labels for a single segment.
    half_width
        Half the width the interval shall have: 0.03 for a rate within 3 points.

    Returns
    -------
    pl.DataFrame
        `by` · `n`, `n_reviewed` · `half_width_now`; null without reviews · `n_more`, 0 when it is
        narrow enough · `is_reachable`, whether there are so many labels left to review.

    Raises
    ------
    SettingsError
        When `half_width` is not between 0 and 0.5.

    Examples
    --------
    >>> labels = pl.DataFrame({"interaction_id": [f"i{i}" for i in range(900)], "session_id": "s1", "p_good": 0.9})
    >>> none = pl.DataFrame(schema={"interaction_id": pl.String, "verdict": pl.String, "stream": pl.String,
    ...                             "inclusion_probability": pl.Float64})
    >>> reviews_needed(labels, none, half_width=0.05).row(0)
    (900, 0, None, 141, True)
    """
    if not 0 < half_width < 0.5:
        raise SettingsError(f"half_width is between 0 and 0.5, for instance 0.03 for 3 points; it is {half_width}")
    rates = estimate_rates(labels, reviews, by=by, level=level)
    likely = rates.select(pl.coalesce("rate", "proxy_rate", 0.5)).to_series().to_numpy()
    wanted = pl.Series("wanted", size_for_half_width(likely, half_width, level=level))
    now = (pl.col("high") - pl.col("low")) / 2
    worth = pl.when(pl.col("n_effective") > 0).then(pl.col("n_effective") / pl.col("n_reviewed")).otherwise(1.0)
    more = (wanted / worth - pl.col("n_reviewed")).ceil().clip(lower_bound=0).cast(pl.Int64)
    return rates.select(
        *by,
        "n",
        "n_reviewed",
        half_width_now=now,
        n_more=pl.when(now <= half_width).then(0).otherwise(more),
        is_reachable=pl.when(now <= half_width).then(True).otherwise(more <= pl.col("n") - pl.col("n_reviewed")),
    )


def spread_budget(p: Numbers, k: int, floor: float) -> Numbers:
    """Return the chances of `inclusion_probabilities`, given `p_good` with NaN where it is not known."""
    n = len(p)
    if k >= n:
        return np.ones(n)
    spread = _spread_of_verdicts(p)
    low, high = 0.0, 1.0 / spread.min()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if np.clip(middle * spread, floor * k / n, 1).sum() < k else (low, middle)
    probability = np.clip(high * spread, floor * k / n, 1)
    return np.minimum(probability * (k / probability.sum()), 1)


def _spread_of_verdicts(p: Numbers) -> Numbers:
    """Return the standard deviation of each verdict, by an integral over the normal error of its log-odds."""
    x = log_odds(p)
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    variance = np.zeros(len(p))
    for node, weight in zip(nodes * DOUBT, weights / weights.sum(), strict=True):
        shifted = from_log_odds(x + node)
        variance += weight * shifted * (1 - shifted)
    spread = np.sqrt(variance)
    typical = np.nanmean(spread) if np.isfinite(spread).any() else 1.0
    return np.where(np.isfinite(spread), spread, typical)


def _comb(probability: Numbers, start: float) -> np.ndarray:
    """Return which stretches of the line the teeth `start`, `start + 1` ... hit."""
    ends = np.cumsum(probability)
    if len(ends):
        ends[-1] = round(ends[-1])
    return np.diff(np.floor(ends + start), prepend=math.floor(start)) > 0
