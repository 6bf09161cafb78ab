"""A detector of falling rates that says how often it is wrong: a mixture Shiryaev-Roberts e-detector."""

from math import isnan
from typing import Literal

from river.base import DriftDetector

from feedback.drift.bets import HIGHEST_RATE, PLANNED_DROPS, stakes_at
from feedback.drift.learning import UNIT, cautious_level
from feedback.errors import SchemaError, SettingsError

Direction = Literal["drop", "rise"]


class DropDetector(DriftDetector):
    """A detector that reports when the mean of values in [0, 1] falls below what was expected of them.

    For each planned drop d_k of 2, 3, 5, 8, 12, 20 and 30 points it keeps M_k <- (w_k + M_k)(1 + l_k (p - x)),
    where p is the rate expected of this value and l_k the stake of `bets.stakes`; w_k is 1, or less where the rate is
    too low to fall by d_k. The evidence is the mean of the M_k; when it reaches `arl`, the detector reports. While
    the mean of the values, given those before, is at least p, the evidence grows by at most 1 per value on average,
    whatever the values in [0, 1] are: hence a false report comes after `arl` values or more on average, and in the
    next n values with a probability of at most n / arl.

    Parameters
    ----------
    arl
        Average run length without change, in values.
    baseline
        The rate expected, in [0, 1]. None: the mean of the first `warmup` values less the margin, unless
        `update` is told what to expect of each value.
    warmup
        From how many values a level is learned.
    margin_se
        Standard errors taken off a learned level, twice as many from under 2,000 values: a level learned too
        high makes false reports many times as frequent.
    direction
        `drop`, or `rise` for the mirror image.

    Notes
    -----
    After a report the next value starts the detector anew: it forgets its evidence and learns, from the next `warmup`
    values, by how much they now differ from the baseline. One fall is reported once, a further one again.

    None and NaN are no values: they are skipped and counted in `n_skipped`. A value outside [0, 1] is refused.

    References
    ----------
    Shin, Ramdas and Rinaldo (2022), E-detectors: a nonparametric framework for sequential change detection,
    arXiv 2203.03532. Roberts (1966), A comparison of some control chart procedures, Technometrics 8.

    Examples
    --------
    >>> detector = DropDetector(arl=1_000, baseline=0.9)
    >>> for at, value in enumerate([1, 1, None, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]):
    ...     detector.update(value)
    ...     if detector.drift_detected:
    ...         print(f"fell by value {at}, evidence {detector.evidence:.0f}")
    fell by value 10, evidence 2226
    """

    def __init__(
        self,
        arl: float = 1e5,
        *,
        baseline: float | None = None,
        warmup: int = 2000,
        margin_se: float = 1.0,
        direction: Direction = "drop",
    ):
        super().__init__()
        if not arl >= 1 or warmup < 1 or not margin_se >= 0:
            raise SettingsError(
                f"arl and warmup are at least 1 and margin_se is not negative, not {arl}, {warmup} and {margin_se}"
            )
        if direction not in ("drop", "rise"):
            raise SettingsError(f"a direction is 'drop' or 'rise', not {direction!r}")
        self.arl = arl
        self.baseline = None if baseline is None else _share(baseline, "baseline")
        self.warmup = warmup
        self.margin_se = margin_se
        self.direction: Direction = direction
        self._n_skipped = 0
        self._is_told: bool | None = None
        self._shift = 0.0
        self._start_anew()
        self._is_learning = False

    @property
    def evidence(self) -> float:
        """The evidence for a change: compare it with `arl`."""
        return sum(self._m) / len(PLANNED_DROPS)

    @property
    def is_learning(self) -> bool:
        """Whether it is learning a level and cannot report."""
        return self._is_learning

    @property
    def n_skipped(self) -> int:
        """How many nulls and NaNs it was given."""
        return self._n_skipped

    def update(self, x: float | None, baseline: float | None = None) -> None:
        """Take in the next value.

        Parameters
        ----------
        x
            A value in [0, 1]; None and NaN are skipped.
        baseline
            The rate expected of this very value, for instance of its hour of the week; that of the constructor
            when None. To be given with every value or with none.

        Raises
        ------
        SchemaError
            When value or baseline lies outside [0, 1], or a baseline comes with some values only.
        """
        if self._drift_detected:
            self._start_anew()
        if x is None or isnan(x):
            self._n_skipped += 1
            return
        value, expected = self._oriented(x, baseline)
        if self._is_learning:
            self._learn(value, expected)
        else:
            self._bet(value, min(expected + self._shift, HIGHEST_RATE))

    def _oriented(self, x: float, baseline: float | None) -> tuple[float, float]:
        """Return the value and what is expected of it, a rise turned into a drop."""
        value = _share(x, "value")
        told = self.baseline if baseline is None else _share(baseline, "baseline")
        if self._is_told is None:
            self._is_told = told is not None
            self._is_learning = not self._is_told
        elif self._is_told != (told is not None):
            raise SchemaError("a baseline comes with every value or with none; this detector has had both")
        expected = 0.0 if told is None else told
        if self.direction == "drop":
            return value, expected
        return 1 - value, 0.0 if told is None else 1 - told

    def _learn(self, value: float, expected: float) -> None:
        residual = value - expected
        self._n += 1
        self._total += round(residual * UNIT)
        self._squares += round(residual**2 * UNIT)
        self._total_values += round(value * UNIT)
        if self._n >= self.warmup:
            self._shift = cautious_level(self._n, self._total, self._squares, self._total_values, self.margin_se)
            self._is_learning = False

    def _bet(self, value: float, expected: float) -> None:
        odds = expected - value
        bets = zip(self._m, stakes_at(expected), strict=True)
        self._m = [(weight + m) * (1 + stake * odds) for m, (stake, weight) in bets]
        self._drift_detected = self.evidence >= self.arl

    def _start_anew(self) -> None:
        self._reset()
        self._m = [0.0] * len(PLANNED_DROPS)
        self._n = self._total = self._squares = self._total_values = 0
        self._is_learning = True


def _share(number: float, what: str) -> float:
    if not 0 <= number <= 1:
        raise SchemaError(f"a {what} lies in [0, 1], not {number}")
    return float(number)
