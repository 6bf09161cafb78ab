"""Many effects at once, each drawn towards what the others are like."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from feedback.stats.sums import Numbers

# Spreads of the parts of the prior, as multiples of the largest estimate: from nothing at all to everything.
SPREADS = (0.0, *(2.0 ** -np.arange(9, -1, -1.0)))
STEPS = 200
# What counts, beside the data, for most effects being nothing.
FAVOUR_NOTHING = 10.0


@dataclass(frozen=True)
class Prior:
    """A mixture of normal distributions around 0: how large true effects are before one looks at them."""

    spread: Numbers
    share: Numbers

    def shrink(self, estimate: Numbers, variance: Numbers, *, level: float = 0.95) -> tuple[Numbers, Numbers, Numbers]:
        """Return the posterior mean of each effect and the ends of its interval with equal tails.

        Examples
        --------
        >>> prior = Prior(np.array([0.0, 0.1]), np.array([0.9, 0.1]))
        >>> mean, low, high = prior.shrink(np.array([-0.2, -0.02]), np.array([1e-4, 1e-4]))
        >>> mean.round(3).tolist(), low.round(3).tolist(), high.round(3).tolist()
        ([-0.198, -0.001], [-0.218, -0.024], [-0.179, 0.0])
        """
        weight, centre, sd = self._posterior(estimate, variance)
        mean = (weight * centre).sum(axis=1)
        low, high = (_quantile(weight, centre, sd, chance) for chance in ((1 - level) / 2, (1 + level) / 2))
        return mean, low, high

    def _posterior(self, estimate: Numbers, variance: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        chance = np.log(np.maximum(self.share, 1e-300)) + _log_density(estimate, variance, self.spread)
        kept = self.spread**2 / (self.spread**2 + variance[:, None])
        return special.softmax(chance, axis=1), kept * estimate[:, None], np.sqrt(kept * variance[:, None])


def fit_prior(estimate: Numbers, variance: Numbers) -> Prior:
    """Return the prior under which the estimates are likeliest: empirical Bayes.

    Unlike one normal distribution it does not draw a rare great effect towards the many that are nothing.

    Parameters
    ----------
    estimate, variance
        What was measured, and how uncertain each is; one entry per effect.

    References
    ----------
    Stephens (2017), False discovery rates: a new deal, Biostatistics 18.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = np.where(np.arange(1000) < 50, -0.3, 0.0)
    >>> prior = fit_prior(truth + rng.normal(0, 0.02, 1000), np.full(1000, 0.0004))
    >>> bool(prior.share[prior.spread < 0.01].sum() > 0.9)
    True
    """
    largest = float(np.max(np.abs(estimate), initial=1e-6))
    spread = np.array(SPREADS) * largest
    share = np.full(len(spread), 1 / len(spread))
    if len(estimate) == 0:
        return Prior(spread, share)
    log_density = _log_density(estimate, variance, spread)
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    favour = np.zeros(len(spread))
    favour[0] = FAVOUR_NOTHING
    for _ in range(STEPS):
        joint = density * share
        share = (joint / joint.sum(axis=1, keepdims=True)).sum(axis=0) + favour
        share /= share.sum()
    return Prior(spread, share)


def _log_density(estimate: Numbers, variance: Numbers, spread: Numbers) -> Numbers:
    total = variance[:, None] + spread**2
    return -0.5 * (np.log(total) + estimate[:, None] ** 2 / total)


def _quantile(weight: Numbers, centre: Numbers, sd: Numbers, chance: float) -> Numbers:
    """Return where the mixture of each row reaches the chance, by bisection."""
    low, high = (centre - 10 * sd).min(axis=1), (centre + 10 * sd).max(axis=1)
    for _ in range(60):
        middle = (low + high) / 2
        distance = middle[:, None] - centre
        below = np.where(sd > 0, special.ndtr(distance / np.maximum(sd, 1e-300)), distance >= 0)
        is_low = (weight * below).sum(axis=1) < chance
        low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
    return high
