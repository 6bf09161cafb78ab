"""The label model: from votes to a score, and to a probability once people have reviewed some."""

import json
from collections.abc import Mapping

import numpy as np
import polars as pl

from feedback.errors import SettingsError
from feedback.label_model.calibration import Calibration, calibrate
from feedback.label_model.evidence import Evidence, learn_evidence
from feedback.label_model.folds import fold_sessions
from feedback.label_model.log_odds import to_probability
from feedback.label_model.reviewed import FEATURE, Reviewed, match_reviews
from feedback.label_model.saved import from_plain, to_plain
from feedback.label_model.vote_columns import KEY, without_nan
from feedback.stats.sums import Numbers

# Under so many reviews a probability would be made up; a base rate of 80 % is then known to +-14 points.
MIN_REVIEWS = 30
Frame = pl.DataFrame | pl.LazyFrame


class LabelModel:
    """Combines votes; deterministic, whatever the order of the rows.

    Without reviews it ranks: rare acts count for more than frequent ones, the grade of a graded vote counts,
    and nothing is called a probability. From 30 reviews on it also says how likely a response was good. It then
    reads silence as information, weighs functions that occur together or mean the opposite as the reviews
    show, differs between AI features as far as each has reviews, and ends at the base rate where the votes
    tell nothing.

    Parameters
    ----------
    seed
        Which sessions share a fold when calibrations are compared.
    weights
        The declared weight of each labelling function, in log-odds; 1 for one that is not named.

    Examples
    --------
    >>> cast = {"interaction_id": ["i1", "i2", "i3"], "copied": [1, None, None], "undone": [None, 0, None]}
    >>> votes = pl.DataFrame(cast)
    >>> model = LabelModel().fit(votes)
    >>> model.predict(votes).with_columns(pl.col("score").round(2)).rows()
    [('i1', 0.73, None, False), ('i2', 0.27, None, False), ('i3', None, None, False)]
    >>> model.why_not
    'no reviews; a probability needs 30'
    """

    def __init__(self, *, seed: int = 0, weights: Mapping[str, float] | None = None) -> None:
        self.seed = seed
        self.weights = dict(weights or {})
        self._evidence: Evidence | None = None
        self._calibration: Calibration | None = None
        self._n_reviews = 0
        self._n_effective = 0.0
        self._why_not: str | None = "not fitted"

    @property
    def is_calibrated(self) -> bool:
        """Whether reviews allow to speak of probabilities."""
        return self._calibration is not None

    @property
    def n_reviews(self) -> int:
        """How many reviewed responses it was fitted to."""
        return self._n_reviews

    @property
    def n_effective(self) -> float:
        """How many equally weighted reviews those are worth."""
        return self._n_effective

    @property
    def why_not(self) -> str | None:
        """Why there is no probability; null where there is one."""
        return self._why_not

    @property
    def shares(self) -> dict[str, float]:
        """How much each way to calibrate contributes; empty while not calibrated."""
        return dict(self._calibration.shares) if self._calibration else {}

    def fit(self, votes: Frame, reviews: Frame | None = None) -> "LabelModel":
        """Return itself, fitted.

        Parameters
        ----------
        votes
            Table `votes`, one row per interaction: `interaction_id`, one column of numbers in [0, 1] per
            labelling function (null: it abstained), and if known `feature` and `session_id`.
        reviews
            One row per verdict: `interaction_id`, `verdict`, and if known `session_id`, `score`, `level` and
            `inclusion_probability` (missing: picked for sure). Only responses called good or bad count; several
            verdicts on one are averaged, each response weighs 1 / inclusion probability.

        Raises
        ------
        SchemaError
            When a vote lies outside [0, 1], or reviews lack a column.
        """
        cast = _collect(votes)
        self._evidence = learn_evidence(cast, self.weights)
        reviewed = match_reviews(cast, None if reviews is None else reviews.lazy().collect())
        self._n_reviews, self._n_effective = len(reviewed.good), reviewed.n_effective
        self._why_not = _why_not(reviewed)
        self._calibration = None if self._why_not else calibrate(self._evidence, reviewed, seed=self.seed)
        return self

    def predict(self, votes: Frame) -> pl.DataFrame:
        """Return what the votes of each interaction amount to.

        Parameters
        ----------
        votes
            As given to `fit`, with the same functions; a feature without reviews is predicted in general.

        Returns
        -------
        pl.DataFrame
            One row per interaction, in the given order: `interaction_id`; `score` in [0, 1], for ranking;
            `p_good`, null while not calibrated; `is_calibrated`. While not calibrated `score` is null where
            nothing voted. When calibrated it is `p_good`, unless votes do not enter that: then it still ranks
            by the votes.

        Raises
        ------
        SettingsError
            When the model is not fitted.
        SchemaError
            When a function is missing.
        """
        evidence, cast = self._fitted(), _collect(votes)
        evidence.check(cast)
        p_good = None if self._calibration is None else predict_good(evidence, self._calibration, cast)
        by_behaviour = self._calibration is None or not self._calibration.uses_votes
        score = _behaviour_score(evidence, cast) if by_behaviour else pl.Series(p_good)
        return cast.select(
            KEY,
            score=score,
            p_good=pl.lit(None, pl.Float64) if p_good is None else pl.Series(p_good),
            is_calibrated=pl.lit(self.is_calibrated),
        )

    def cross_fit(self, votes: Frame, reviews: Frame) -> pl.DataFrame:
        """Return what a model that has not seen the verdicts of its session says of each reviewed interaction.

        The folds are by session. The model itself stays as it is.

        Returns
        -------
        pl.DataFrame
            One row per reviewed interaction, by id: `interaction_id` and `p_good`, null where there are not
            enough reviews to calibrate, or only one session.

        Raises
        ------
        SchemaError
            As `fit`.
        """
        cast = _collect(votes)
        reviewed = match_reviews(cast, reviews.lazy().collect())
        folds = fold_sessions(reviewed.sessions, seed=self.seed)
        p_good = np.full(len(reviewed.good), np.nan)
        if _why_not(reviewed) is None and folds.max() > 0:
            evidence = learn_evidence(cast, self.weights)
            for fold in range(folds.max() + 1):
                unseen = folds == fold
                calibration = calibrate(evidence, reviewed.only(~unseen), seed=self.seed)
                p_good[unseen] = predict_good(evidence, calibration, reviewed.only(unseen).votes)
        return reviewed.votes.select(KEY, p_good=pl.Series(p_good, dtype=pl.Float64).fill_nan(None))

    def to_json(self) -> str:
        """Return the fitted model as JSON; `from_json` gives one with exactly the same predictions."""
        about = {"seed": self.seed, "weights": self.weights, "n_reviews": self.n_reviews}
        about |= {"n_effective": self.n_effective, "why_not": self.why_not}
        return json.dumps(about | to_plain(self._fitted(), self._calibration), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> "LabelModel":
        """Return the model that `to_json` wrote.

        Raises
        ------
        SettingsError
            When the text is not such a model.
        """
        try:
            plain = json.loads(text)
            model = LabelModel(seed=plain["seed"], weights=plain["weights"])
            model._evidence, model._calibration = from_plain(plain)
            model._n_reviews, model._n_effective = plain["n_reviews"], plain["n_effective"]
            model._why_not = plain["why_not"]
        except (ValueError, KeyError, TypeError) as error:
            raise SettingsError(f"this is no label model as written by this version: {error}") from error
        return model

    def _fitted(self) -> Evidence:
        if self._evidence is None:
            raise SettingsError("the label model is not fitted; call fit first")
        return self._evidence


def predict_good(evidence: Evidence, calibration: Calibration, votes: pl.DataFrame) -> Numbers:
    """Return how likely each interaction was good."""
    names = sorted(calibration.coefficients.by_feature)
    table = np.array([calibration.coefficients.general, *(calibration.coefficients.of(name) for name in names)])
    place = _places(votes, names)
    log_odds = np.zeros(votes.height)
    for number, values in enumerate(evidence.numbers(votes)):
        log_odds += table[place, number] * values
    return calibration.clip(log_odds)


def _places(votes: pl.DataFrame, names: list[str]) -> np.ndarray:
    """Return 1, 2, 3 ... for an interaction in one of the named features, 0 for any other."""
    if FEATURE not in votes.columns or not names:
        return np.zeros(votes.height, np.int64)
    numbered = {name: place for place, name in enumerate(names, 1)}
    return votes[FEATURE].replace_strict(numbered, default=0, return_dtype=pl.Int64).to_numpy()


def _behaviour_score(evidence: Evidence, votes: pl.DataFrame) -> pl.Series:
    """Return the ranking score, null where nothing voted."""
    names = [column.name for column in evidence.columns]
    has_voted = votes.select(pl.any_horizontal(pl.lit(value=False), *(pl.col(name).is_not_null() for name in names)))
    score = pl.Series(to_probability(evidence.lean(votes)))
    return score.set(~has_voted.to_series(), None)


def _collect(votes: Frame) -> pl.DataFrame:
    return without_nan(votes.lazy().collect())


def _why_not(reviewed: Reviewed) -> str | None:
    """Return why these reviews allow no probabilities, null where they do."""
    n_reviews = len(reviewed.good)
    if not n_reviews:
        return f"no reviews; a probability needs {MIN_REVIEWS}"
    # Rounded: the weights of 30 reviews may add up to a hair less.
    if round(reviewed.n_effective, 6) < MIN_REVIEWS:
        worth = f"{n_reviews} reviews, worth {reviewed.n_effective:.0f} equally weighted"
        return f"{worth}; a probability needs {MIN_REVIEWS}"
    for side, value in (("good", 1), ("bad", 0)):
        if (reviewed.good == value).all():
            return f"all {n_reviews} reviewed responses are {side}; a probability needs both kinds"
    return None
