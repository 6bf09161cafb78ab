"""From votes to probabilities by reviews: several calibrations, weighed by how each predicts what it has not seen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from feedback.label_model.evidence import FIRST_VOTE, LEANING, LEVEL, LOG_ODDS, Evidence
from feedback.label_model.folds import fold_sessions
from feedback.label_model.log_odds import log_loss, to_probability
from feedback.label_model.pooling import Coefficients, Term, blend, gather, lay_out, prior_of
from feedback.label_model.reviewed import Reviewed
from feedback.label_model.ridge import fit_ridge
from feedback.stats.sums import Numbers

BASE_RATE, BASE_RATE_BY_FEATURE = "base rate", "base rate by feature"
WITHOUT_VOTES = (BASE_RATE, BASE_RATE_BY_FEATURE)
# From so many reviews a feature may weigh every function by itself.
OWN_FROM = 100
# Few reviews make a cross-validated loss shaky; repeating it with other folds is cheap then.
N_REPEATS, REPEAT_BELOW = 3, 1000
# What is expected of the coefficients: standard deviations, in log-odds per unit of the number.
_LEVEL, _LEVEL_BY_FEATURE = 5.0, 0.4
_EVIDENCE, _EVIDENCE_BY_FEATURE = 0.8, 0.3
_TIGHT, _LOOSE, _OWN = 0.3, 0.8, 0.3


@dataclass(frozen=True)
class Calibration:
    """A fitted calibration.

    Attributes
    ----------
    coefficients
        What each number that describes an interaction counts for, in log-odds.
    shares
        How much each way to calibrate contributes; they add up to one.
    furthest
        How near to 0 and 1 a probability may come: half a review in as many as there are.
    """

    coefficients: Coefficients
    shares: Mapping[str, float]
    furthest: float

    @property
    def uses_votes(self) -> bool:
        """Whether any votes enter: false where they do not help to tell good from bad."""
        return any(name not in WITHOUT_VOTES for name in self.shares)

    def clip(self, log_odds: Numbers) -> Numbers:
        """Return the probabilities, no nearer to 0 and 1 than the reviews can support."""
        return np.clip(to_probability(log_odds), self.furthest, 1 - self.furthest)


def calibrate(evidence: Evidence, reviewed: Reviewed, *, seed: int) -> Calibration:
    """Return the calibration that reviews support: from the base rate alone to every vote by feature.

    The ways to calibrate are

    - `base rate`, and with several features `base rate by feature`;
    - `evidence`: a logistic line through the two summaries of the votes (Platt);
    - `votes, tight` and `votes, loose`: the votes themselves besides, drawn towards the line;
    - `votes by feature`: with deviations for features that have 100 reviews or more.

    Each is scored by its log-loss on folds of sessions it has not seen and contributes, in log-odds, in
    proportion to exp(-loss). Where no way that uses votes beats those that do not, votes are not used.

    References
    ----------
    Platt (1999), Probabilistic outputs for support vector machines. Yao et al. (2018), Using stacking to
    average Bayesian predictive distributions (pseudo-BMA), Bayesian Analysis 13.
    """
    ways, numbers = list_ways(evidence, reviewed), np.column_stack(list(evidence.numbers(reviewed.votes)))
    losses = {name: _unseen_loss(numbers, reviewed, terms, seed=seed) for name, terms in ways.items()}
    shares = share_out(losses)
    parts = [(share, _fit(numbers, reviewed, ways[name])) for name, share in shares.items()]
    return Calibration(blend(parts), shares, _furthest(reviewed))


def list_ways(evidence: Evidence, reviewed: Reviewed) -> dict[str, list[Term]]:
    """Return the terms of every way to calibrate that the reviews allow."""
    n_reviews = Counter(feature for feature in reviewed.features if feature is not None)
    features = sorted(n_reviews) if len(n_reviews) > 1 else []
    level = [Term(LEVEL, 0, _LEVEL)]
    level_by_feature = [Term(LEVEL, 0, _LEVEL_BY_FEATURE, feature) for feature in features]
    if not evidence.columns:
        return {BASE_RATE: level, BASE_RATE_BY_FEATURE: level + level_by_feature}
    line = [*level, *level_by_feature, Term(LEANING, 1.0, _EVIDENCE), Term(LOG_ODDS, 0.2, _EVIDENCE)]
    line += [Term(LEANING, 0, _EVIDENCE_BY_FEATURE, feature) for feature in features]
    votes = range(FIRST_VOTE, evidence.n_numbers)
    loose = line + [Term(vote, 0, _LOOSE) for vote in votes]
    own = [Term(vote, 0, _OWN, name) for name in features if n_reviews[name] >= OWN_FROM for vote in votes]
    ways = {BASE_RATE: level, "evidence": line, "votes, tight": line + [Term(vote, 0, _TIGHT) for vote in votes]}
    ways["votes, loose"] = loose
    return (
        ways
        | ({BASE_RATE_BY_FEATURE: level + level_by_feature} if features else {})
        | ({"votes by feature": loose + own} if own else {})
    )


def share_out(losses: Mapping[str, float]) -> dict[str, float]:
    """Return the share of each way to calibrate, given its loss in nats on what it has not seen.

    Examples
    --------
    >>> share_out({"base rate": 30.0, "evidence": 25.0, "votes, tight": 25.0})["evidence"]
    0.49...
    >>> share_out({"base rate": 30.0, "evidence": 31.0})
    {'base rate': 1.0}
    """
    plain = {name: loss for name, loss in losses.items() if name in WITHOUT_VOTES}
    least = min(losses.values())
    allowed = losses if least < min(plain.values()) else plain
    odds = {name: float(np.exp(least - loss)) for name, loss in allowed.items()}
    return {name: value / sum(odds.values()) for name, value in odds.items()}


def _unseen_loss(numbers: Numbers, reviewed: Reviewed, terms: Sequence[Term], *, seed: int) -> float:
    """Return the log-loss on all reviews, each predicted from other sessions, in nats; a mean over repeats."""
    columns, prior, total = lay_out(numbers, reviewed.features, terms), prior_of(terms), 0.0
    repeats = N_REPEATS if len(reviewed.good) < REPEAT_BELOW else 1
    for repeat in range(repeats):
        folds = fold_sessions(reviewed.sessions, seed=seed + repeat)
        for fold in range(folds.max() + 1):
            unseen = folds == fold
            seen = ~unseen
            fitted = fit_ridge(columns[seen], reviewed.good[seen], reviewed.weights[seen], prior)
            p = np.clip(to_probability(columns[unseen] @ fitted), _furthest(reviewed), 1 - _furthest(reviewed))
            total += float(reviewed.weights[unseen] @ log_loss(p, reviewed.good[unseen]))
    return total / repeats


def _fit(numbers: Numbers, reviewed: Reviewed, terms: Sequence[Term]) -> Coefficients:
    columns = lay_out(numbers, reviewed.features, terms)
    return gather(fit_ridge(columns, reviewed.good, reviewed.weights, prior_of(terms)), terms, numbers.shape[1])


def _furthest(reviewed: Reviewed) -> float:
    return 0.5 / max(reviewed.n_effective, 1.0)
