"""Coefficients pooled over AI features: one set for all, and how far each feature may go its own way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from feedback.label_model.ridge import Prior
from feedback.stats.sums import Numbers


@dataclass(frozen=True)
class Term:
    """One coefficient: of which number, in which feature (null: in all), and what is expected of it."""

    number: int
    mean: float
    spread: float
    feature: str | None = None


@dataclass(frozen=True)
class Coefficients:
    """What each number counts for: in general, and in the features that go their own way."""

    general: Numbers
    by_feature: dict[str, Numbers]

    def of(self, feature: str | None) -> Numbers:
        """Return the coefficients that hold in a feature; the general ones where it is not known."""
        return self.by_feature.get(feature, self.general) if feature is not None else self.general


def lay_out(numbers: Numbers, features: Sequence[str | None], terms: Sequence[Term]) -> Numbers:
    """Return one column per term: its number, zero outside its feature.

    Examples
    --------
    >>> numbers = np.array([[1.0, 5.0], [1.0, 7.0]])
    >>> lay_out(numbers, ["chat", "search"], [Term(1, 0, 1), Term(0, 0, 1, "chat")]).tolist()
    [[5.0, 1.0], [7.0, 0.0]]
    """
    of = np.array([feature if feature is not None else "" for feature in features])
    is_known = np.array([feature is not None for feature in features], bool)
    columns = [
        numbers[:, term.number] * (1.0 if term.feature is None else is_known & (of == term.feature)) for term in terms
    ]
    return np.column_stack(columns) if columns else np.zeros((len(numbers), 0))


def prior_of(terms: Sequence[Term]) -> Prior:
    """Return what is expected of the coefficients of the terms."""
    return Prior(np.array([term.mean for term in terms]), np.array([term.spread for term in terms]))


def gather(values: Numbers, terms: Sequence[Term], n_numbers: int) -> Coefficients:
    """Return fitted terms as coefficients; a feature's own are the general ones and its deviations.

    Examples
    --------
    >>> found = gather(np.array([2.0, 0.5]), [Term(1, 0, 1), Term(1, 0, 1, "chat")], 2)
    >>> found.general.tolist(), found.of("chat").tolist(), found.of("search").tolist()
    ([0.0, 2.0], [0.0, 2.5], [0.0, 2.0])
    """
    general = np.zeros(n_numbers)
    own: dict[str, Numbers] = {term.feature: np.zeros(n_numbers) for term in terms if term.feature is not None}
    for value, term in zip(values, terms, strict=True):
        place = general if term.feature is None else own[term.feature]
        place[term.number] += value
    return Coefficients(general, {feature: general + deviation for feature, deviation in own.items()})


def blend(parts: Sequence[tuple[float, Coefficients]]) -> Coefficients:
    """Return the weighted mean of coefficients; the weights add up to one.

    Examples
    --------
    >>> alone, own = Coefficients(np.zeros(1), {}), Coefficients(np.ones(1), {"chat": np.full(1, 3.0)})
    >>> mixed = blend([(0.5, alone), (0.5, own)])
    >>> mixed.general.tolist(), mixed.of("chat").tolist()
    ([0.5], [1.5])
    """
    features = sorted({feature for _, part in parts for feature in part.by_feature})
    return Coefficients(
        np.sum([share * part.general for share, part in parts], axis=0),
        {feature: np.sum([share * part.of(feature) for share, part in parts], axis=0) for feature in features},
    )
