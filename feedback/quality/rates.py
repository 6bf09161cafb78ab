"""The share of good responses, from few reviews and a probability for every label."""

from collections.abc import Sequence

import polars as pl

from feedback.errors import SettingsError, name_some
from feedback.quality.answers import answers_for_rates
from feedback.quality.countable import RATE_COLUMNS, countable_labels, countable_sessions, prefixed
from feedback.quality.prediction_powered import rates_of_groups

Frame = pl.DataFrame | pl.LazyFrame


def estimate_rates(
    labels: Frame, reviews: Frame, *, by: Sequence[str] = (), tuned_within: Sequence[str] = (), level: float = 0.95
) -> pl.DataFrame:
    """Return the share of good responses of each group, with an honest interval.

    The rate is that of the process behind the labels: even a group all of which was reviewed has an interval,
    as other people would have asked other things. With weights w = 1 / inclusion probability,

        rate = mean_w(y) - lambda * (mean_w(m) - mean of m over all labels of the group),

    where y are the verdicts, m is `p_good` after a logistic line fitted to the verdicts of all groups, and
    lambda in [0, 1] is the one with the least variance over all groups. It is right on average whatever
    `p_good` is worth. The interval is Wilson's at the effective number of reviews; its variance allows for the
    weights and for answers of one person being alike, and takes from m how much unseen items vary.

    Parameters
    ----------
    labels
        Table `labels`, one row per interaction: `interaction_id`, `session_id`, the columns of `by`; `user_id`,
        `p_good` and `is_automated` where known. Rows of automated sessions are left out. On reviewed items
        `p_good` must not have seen their verdicts (cross-fitted).
    reviews
        One row per item with its current verdict: `interaction_id`, `verdict` (good, bad, unsure, unusable;
        null: drawn, never reviewed), `stream`, `inclusion_probability`; `score`, `level` and `draw_id` where
        known. Only items drawn at random count, see `answers_for_rates`. An item that several draws could have
        taken has one row (`draw_id`) for each of them, or the probability that any of them would.
    by
        The columns that name a group; none: one row for everything.
    tuned_within
        Those of `by` within whose values the line and lambda are fitted; none: over all groups.
    level
        Coverage of the interval.

    Returns
    -------
    pl.DataFrame
        One row per group, sorted by `by` (null first):

        - `by` · `n` labels · `n_reviewed`, of them with a good or bad verdict that counts
        - `proxy_rate`, mean `p_good`; null while uncalibrated
        - `rate`, `low`, `high` · `n_effective`, the number of independent, equally weighted reviews that would
          tell as much; null without reviews
        - `method`: `prediction-powered`; `weighted (under 30 effective reviews)`, lambda = 0;
          `weighted (no p_good)`; `no reviews`
        - `n_unanswered`, items drawn whose reviewer was unsure or never came to it. They are taken as missing
          at random: as if within each draw those answered were a random part of those drawn.

        Responses found unusable belong to no rate: of the labels nobody looked at, the same share is
        taken to be unusable. Under five people in a group, all answers of a person count as one.

    Raises
    ------
    SchemaError
        When a column is missing or a probability is not in (0, 1].
    SettingsError
        When a column of `by` has a name of the result, or one of `tuned_within` is not in `by`.

    Examples
    --------
    >>> labels = pl.DataFrame({"interaction_id": ["i1", "i2", "i3"], "session_id": ["s1", "s2", "s3"],
    ...                        "p_good": [0.9, 0.8, 0.4], "feature": ["chat", "chat", "search"]})
    >>> reviews = pl.DataFrame({"interaction_id": ["i1"], "verdict": ["good"], "stream": ["rate"],
    ...                         "inclusion_probability": [0.5]})
    >>> rates = estimate_rates(labels, reviews, by=["feature"])
    >>> rates.select("feature", "n", "n_reviewed", "rate", pl.col("low").round(2), "high", "method").rows()
    [('chat', 2, 1, 1.0, 0.21, 1.0, 'weighted (under 30 effective reviews)'),
     ('search', 1, 0, None, None, None, 'no reviews')]

    References
    ----------
    Angelopoulos, Duchi and Zrnic (2023), PPI++: Efficient Prediction-Powered Inference, arXiv 2311.01453.
    Wu and Sitter (2001), A model-calibration approach to using complete auxiliary information, JASA 96.
    """
    _check(by, tuned_within)
    items = countable_labels(labels, by)
    return _finish(rates_of_groups(items, answers_for_rates(reviews), by, tuned_within, level=level), by)


def estimate_session_rates(
    labels: Frame, reviews: Frame, *, by: Sequence[str] = (), tuned_within: Sequence[str] = (), level: float = 0.95
) -> pl.DataFrame:
    """Return the share of successful sessions of each group, from reviews of whole sessions.

    Like `estimate_rates`, with sessions for responses: `n` and `n_reviewed` count sessions, and the `p_good` of a
    session is the mean over its labels. A session belongs to the group of its first label by `shown_at`.
    Reviews of single responses are never mixed in.

    Examples
    --------
    >>> from datetime import datetime
    >>> labels = pl.DataFrame({"interaction_id": ["i1", "i2"], "session_id": ["s1", "s1"], "p_good": [0.9, 0.7],
    ...                        "shown_at": [datetime(2026, 1, 5), datetime(2026, 1, 6)]})
    >>> reviews = pl.DataFrame({"session_id": ["s1"], "level": ["session"], "verdict": ["bad"], "stream": ["rate"],
    ...                         "inclusion_probability": [1.0]})
    >>> estimate_session_rates(labels, reviews).select("n", "proxy_rate", "rate").row(0)
    (1, 0.8, 0.0)
    """
    _check(by, tuned_within)
    sessions = countable_sessions(labels, by)
    answers = answers_for_rates(reviews, level="session")
    return _finish(rates_of_groups(sessions, answers, by, tuned_within, level=level), by)


def _check(by: Sequence[str], tuned_within: Sequence[str]) -> None:
    strange = [name for name in tuned_within if name not in by]
    if strange:
        raise SettingsError(f"tuned_within names {name_some(strange)}, which is not among the columns of `by`")


def _finish(groups: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    return groups.select(
        *(pl.col(column).alias(name) for column, name in zip(prefixed(by), by, strict=True)), *RATE_COLUMNS
    )
