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

BASE_RATE = "base rate"
# From so many reviews a feature may weigh every function by itself.
OWN_FROM = 100
# Few reviews make a cross-validated loss shaky; repeating it with other folds is cheap then.
N_REPEATS, REPEAT_BELOW = 3, 1000
# From 100 reviews on, the ways that use votes have to come to this share; with fewer, to one per cent per review.
# Votes that tell anything reach it easily by then; without the line, chance lets some that tell nothing in.
LEAST_SHARE, FULL_PROOF_FROM = 0.95, 100


@dataclass(frozen=True)
class Expectation:
    """What is expected of a coefficient, in log-odds per unit of its number: mean and standard deviation."""

    mean: float
    spread: float


# Most responses are good, and most signals mean what they say. Any plausible values give about the same
# figures from 100 reviews on; at 50 they decide.
_LEVEL = Expectation(1.3, 1.5)
_LEVEL_BY_FEATURE = {"alike": Expectation(0.0, 0.4), "apart": Expectation(0.0, 0.8)}
_LEANING, _LEANING_BY_FEATURE = Expectation(1.15, 0.4), Expectation(0.0, 0.3)
_LOG_ODDS = Expectation(0.3, 0.4)
_TIGHT, _LOOSE, _OWN = Expectation(0.0, 0.4), Expectation(0.0, 1.0), Expectation(0.0, 0.3)


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
        return any(reads_votes(name) for name in self.shares)

    def clip(self, log_odds: Numbers) -> Numbers:
        """Return the probabilities, no nearer to 0 and 1 than the reviews can support."""
        return np.clip(to_probability(log_odds), self.furthest, 1 - self.furthest)


def calibrate(evidence: Evidence, reviewed: Reviewed, *, seed: int) -> Calibration:
    """Return the calibration that reviews support: from the base rate alone to every vote by feature.

    The ways to calibrate are

    - `base rate`: what share was good, whatever the votes;
    - `evidence`: a logistic line through the two summaries of the votes (Platt);
    - `votes, tight` and `votes, loose`: the votes themselves besides, drawn towards the line;

    with several features each of these again with features taken to be `alike` or `apart`, and

    - `votes by feature`: with deviations for features that have 100 reviews or more.

    Each is scored by its log-loss on folds of sessions it has not seen and contributes, in log-odds, in
    proportion to exp(-loss). Where the ways that use votes together fall short of `LEAST_SHARE`, none is used.

    References
    ----------
    Platt (1999), Probabilistic outputs for support vector machines. Yao et al. (2018), Using stacking to
    average Bayesian predictive distributions (pseudo-BMA), Bayesian Analysis 13.
    """
    ways, numbers = list_ways(evidence, reviewed), np.column_stack(list(evidence.numbers(reviewed.votes)))
    losses = {name: _unseen_loss(numbers, reviewed, terms, seed=seed) for name, terms in ways.items()}
    shares = share_out(losses, reviewed.n_effective)
    parts = [(share, _fit(numbers, reviewed, ways[name])) for name, share in shares.items()]
    return Calibration(blend(parts), shares, _furthest(reviewed))


def list_ways(evidence: Evidence, reviewed: Reviewed) -> dict[str, list[Term]]:
    """Return the terms of every way to calibrate that the reviews allow."""
    n_reviews = Counter(feature for feature in reviewed.features if feature is not None)
    features = sorted(n_reviews) if len(n_reviews) > 1 else []
    votes = range(FIRST_VOTE, evidence.n_numbers)
    line = [_term(LEANING, _LEANING), _term(LOG_ODDS, _LOG_ODDS)]
    line += [_term(LEANING, _LEANING_BY_FEATURE, name) for name in features]
    loose = line + [_term(vote, _LOOSE) for vote in votes]
    own = [_term(vote, _OWN, name) for name in features if n_reviews[name] >= OWN_FROM for vote in votes]
    read = {"evidence": line, "votes, tight": line + [_term(vote, _TIGHT) for vote in votes], "votes, loose": loose}
    read |= {"votes by feature": loose + own} if own else {}
    return _with_levels({BASE_RATE: []} | (read if votes else {}), features)


def reads_votes(name: str) -> bool:
    """Return whether the way to calibrate of that name uses votes."""
    return not name.startswith(BASE_RATE)


def _with_levels(ways: Mapping[str, list[Term]], features: Sequence[str]) -> dict[str, list[Term]]:
    level = _term(LEVEL, _LEVEL)
    if not features:
        return {name: [level, *terms] for name, terms in ways.items()}
    levels = {
        f", features {how}": [level, *(_term(LEVEL, expected, name) for name in features)]
        for how, expected in _LEVEL_BY_FEATURE.items()
    }
    both = {name + how: there + terms for name, terms in ways.items() for how, there in levels.items()}
    return {BASE_RATE: [level]} | both


def _term(number: int, expected: Expectation, feature: str | None = None) -> Term:
    return Term(number, expected.mean, expected.spread, feature)


def share_out(losses: Mapping[str, float], n_reviews: float) -> dict[str, float]:
    """Return the share of each way to calibrate, given its loss in nats on what it has not seen.

    Parameters
    ----------
    losses
        The loss of each way, summed over the reviews.
    n_reviews
        The effective number of reviews.

    Examples
    --------
    >>> share_out({"base rate": 30.0, "evidence": 25.0, "votes, tight": 25.0}, 200)["evidence"]
    0.49...
    >>> share_out({"base rate": 30.0, "evidence": 29.0}, 200)
    {'base rate': 1.0}
    """
    found = _proportional(losses)
    if sum(share for name, share in found.items() if reads_votes(name)) >= min(
        LEAST_SHARE, n_reviews / FULL_PROOF_FROM
    ):
        return found
    return _proportional({name: loss for name, loss in losses.items() if not reads_votes(name)})


def _proportional(losses: Mapping[str, float]) -> dict[str, float]:
    least = min(losses.values())
    odds = {name: float(np.exp(least - loss)) for name, loss in losses.items()}
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
