"""The reviewed part of the votes: what people said, how much it counts, and in which session it was."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from feedback.errors import SchemaError, name_some
from feedback.label_model.vote_columns import KEY
from feedback.stats.sums import Numbers

FEATURE, SESSION = "feature", "session_id"


@dataclass(frozen=True)
class Reviewed:
    """Reviewed interactions, in order of their id.

    Attributes
    ----------
    votes
        Their votes, one row per interaction.
    good
        Mean of the verdicts, from 0 (bad) to 1 (good).
    weights
        1 / inclusion probability, scaled so that they add up to the effective number of reviews (Kish).
    sessions
        Their sessions.
    """

    votes: pl.DataFrame
    good: Numbers
    weights: Numbers
    sessions: npt.NDArray[np.str_]

    @property
    def n_effective(self) -> float:
        """How many equally weighted reviews these are worth."""
        return float(self.weights.sum())

    @property
    def features(self) -> list[str | None]:
        """The AI feature of each, null where the votes do not say."""
        return features_of(self.votes)

    def only(self, rows: npt.NDArray[np.bool_]) -> "Reviewed":
        """Return the reviews of those rows."""
        return Reviewed(self.votes.filter(pl.Series(rows)), self.good[rows], self.weights[rows], self.sessions[rows])


def features_of(votes: pl.DataFrame) -> list[str | None]:
    """Return the AI feature of each interaction, null where the votes do not say."""
    return votes[FEATURE].to_list() if FEATURE in votes.columns else [None] * votes.height


def usable_verdicts(reviews: pl.DataFrame) -> pl.DataFrame:
    """Return one row per response that people called good or bad.

    Parameters
    ----------
    reviews
        One row per verdict: `interaction_id`, `verdict`, and where known `score`, `inclusion_probability`,
        `level`, `session_id`.

    Returns
    -------
    pl.DataFrame
        `interaction_id`, `good` (mean of `score`, else of good = 1 and bad = 0), `inclusion_probability` (the
        greatest given; 1 where none is: picked for sure) and `session_id` (null where unknown), by id.

    Raises
    ------
    SchemaError
        When `interaction_id` or `verdict` is missing, or an inclusion probability is not in (0, 1].

    Examples
    --------
    >>> said = {"interaction_id": ["a", "a", "b"], "verdict": ["good", "bad", "unsure"]}
    >>> usable_verdicts(pl.DataFrame(said)).rows()
    [('a', 0.5, 1.0, None)]
    """
    missing = [name for name in (KEY, "verdict") if name not in reviews.columns]
    if missing:
        raise SchemaError(f"reviews need {name_some(missing)}, and have {name_some(reviews.columns)}")
    said = _of_responses(reviews).filter(pl.col("verdict").is_in(["good", "bad"]) & pl.col(KEY).is_not_null())
    rows = said.select(
        KEY,
        good=pl.coalesce(_column(said, "score", pl.Float64), (pl.col("verdict") == "good").cast(pl.Float64)),
        inclusion_probability=_column(said, "inclusion_probability", pl.Float64).fill_null(1.0),
        session_id=_column(said, SESSION, pl.String),
    ).sort(KEY, "good")
    if not rows["inclusion_probability"].is_between(0, 1, closed="right").all():
        raise SchemaError("inclusion_probability of a review lies above 0 and is at most 1")
    return rows.group_by(KEY, maintain_order=True).agg(
        pl.col("good").mean(), pl.col("inclusion_probability").max(), pl.col(SESSION).min()
    )


def match_reviews(votes: pl.DataFrame, reviews: pl.DataFrame | None) -> Reviewed:
    """Return the interactions of the votes that were reviewed; without reviews, none."""
    if reviews is None:
        return Reviewed(votes.clear(), np.zeros(0), np.zeros(0), np.zeros(0, np.str_))
    verdicts = usable_verdicts(reviews)
    cast = votes.rename({SESSION: "_session"}) if SESSION in votes.columns else votes.with_columns(_session=None)
    both = verdicts.join(cast, on=KEY).sort(KEY)
    sessions = both.select(pl.coalesce(pl.col(SESSION), pl.col("_session").cast(pl.String), pl.col(KEY)))
    raw = 1 / both["inclusion_probability"].to_numpy()
    weights = raw * raw.sum() / (raw**2).sum() if raw.size else raw
    kept = both.drop("good", "inclusion_probability", SESSION, "_session")
    return Reviewed(kept, both["good"].to_numpy(), weights, sessions.to_series().to_numpy().astype(np.str_))


def _of_responses(reviews: pl.DataFrame) -> pl.DataFrame:
    return reviews.filter(pl.col("level") == "response") if "level" in reviews.columns else reviews


def _column(frame: pl.DataFrame, name: str, dtype: type[pl.DataType]) -> pl.Expr:
    return pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype)
