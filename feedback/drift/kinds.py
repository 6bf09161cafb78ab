"""What kind of change an alarm is about: the answers, the traffic, a signal that means something else, or the data."""

from typing import Literal

import numpy as np
import polars as pl

from feedback.drift.baselines import Coding, Strata, learn_expectation
from feedback.drift.settings import WatchSettings
from feedback.drift.watched import OF_VOTES, VOTED
from feedback.stats import Numbers

Kind = Literal["quality", "mix", "signal", "volume", "missing data"]
MOVED_Z, AGREE_Z = 3.5, 2.5
MOSTLY = 0.5
TIED = 0.8
"""two functions that fire together so often tell of the same act"""
MOST_COMPARED = 50_000
"""labels before the onset that are compared; the latest"""
_MAIN = ("score", "p_good")


class Windows:
    """The labels of a segment before and after an onset, and what the ones before let expect of the ones after."""

    def __init__(self, before: pl.DataFrame, after: pl.DataFrame, settings: WatchSettings):
        self.before, self.after = before.tail(MOST_COMPARED), after
        self._coding = Coding.of(self.before, settings.dimensions)
        self._where = [self._coding.strata(of, time_zone=settings.time_zone) for of in (self.before, self.after)]

    def shift(self, value: pl.Expr) -> tuple[float, float, float]:
        """Return the change of a mean: all of it, the part that is strata and hours, and the rest in standard errors.

        Values are numbers, null where nothing is known; 0, 0, 0 without values on both sides.
        """
        old, of_old = self._known(self.before, value, self._where[0])
        new, of_new = self._known(self.after, value, self._where[1])
        if not len(old) or not len(new):
            return 0.0, 0.0, 0.0
        expectation = learn_expectation(old, of_old, self._coding.sizes)
        expected = expectation.of(of_new, self._coding.sizes)
        change = float(new.mean() - old.mean())
        mix = float(expected.mean() - expectation.of(of_old, self._coding.sizes).mean())
        spread = max(expectation.variance, float(((new - expected) ** 2).mean()), 1e-9)
        return change, mix, (change - mix) / float(np.sqrt(spread * (1 / len(old) + 1 / len(new))))

    @staticmethod
    def _known(labels: pl.DataFrame, value: pl.Expr, where: Strata) -> tuple[Numbers, Strata]:
        numbers = labels.select(value.cast(pl.Float64).fill_null(float("nan"))).to_series().to_numpy()
        known = ~np.isnan(numbers)
        return numbers[known], Strata(where.codes[:, known], where.cell[known])


def likely_kind(windows: Windows, *, metric: str, change: float | None, mix: float | None) -> Kind | None:
    """Return the likeliest kind of a change, null where nothing speaks for one.

    - **mix** when at least half of the change is traffic that moved between strata.
    - **signal** when a labelling function fires more or less often (the one the alarm is about, else the one that
      changed most, by 3.5 standard errors or more) and the votes of the others do not agree that quality changed (by
      2.5): what people do has changed, not what they think of the answers.
    - **missing data** when labels lack a vote and no single function is behind it.
    - **quality** otherwise.

    Strata and hours are allowed for in every comparison.

    Parameters
    ----------
    windows
        The labels with their votes (`fires: ` and the name).
    metric
        What the alarm is about.
    change, mix
        Change of its mean, and the part that is mix; null where unknown.
    """
    if change and mix is not None and mix / change >= MOSTLY:
        return "mix"
    functions = [name for name in windows.before.columns if name.startswith(OF_VOTES)]
    if not functions:
        return "quality" if metric in _MAIN else None
    moved = metric if metric in functions else _most_moved(windows, functions)
    if moved is not None and not _others_agree(windows, moved, functions):
        return "signal"
    return "missing data" if metric == VOTED else "quality"


def _most_moved(windows: Windows, functions: list[str]) -> str | None:
    """Return the function whose rate of firing changed most beyond chance."""
    scores = {name: abs(windows.shift(pl.col(name).is_not_null())[2]) for name in functions}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= MOVED_Z else None


def _others_agree(windows: Windows, moved: str, functions: list[str]) -> bool:
    """Return whether the votes of the other functions changed the way the moved one says quality did.

    Functions that tell of the same act have no say; without others the moved one is believed.
    """
    others = _untied(windows, moved, functions)
    if not others:
        return True
    rate = windows.shift(pl.col(moved).is_not_null())[0]
    usual_vote = pl.concat([of.select(moved) for of in (windows.before, windows.after)]).to_series().mean()
    speaks_for_good = usual_vote is None or usual_vote >= 0.5  # pyright: ignore[reportOperatorIssue]
    says = np.sign(rate) * (1 if speaks_for_good else -1)
    opinion = pl.mean_horizontal(pl.col(name).cast(pl.Float64) for name in others)
    return bool(windows.shift(opinion)[2] * says >= AGREE_Z)


def _untied(windows: Windows, moved: str, functions: list[str]) -> list[str]:
    """Return the functions that seldom fire together with the moved one."""
    fired = pl.concat([of.select(pl.col(functions).is_not_null()) for of in (windows.before, windows.after)])
    both = fired.select(pl.col(name) & pl.col(moved) for name in functions).sum().row(0)
    alone = fired.sum().row(0)
    most = TIED * alone[functions.index(moved)]
    return [
        name
        for name, n_both, n in zip(functions, both, alone, strict=True)
        if name != moved and n_both < most and n_both < TIED * max(n, 1)
    ]
