"""The segments that got worse."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from feedback.errors import SettingsError
from feedback.segments.before_model import expect
from feedback.segments.cells import Subset, all_subsets, repeats, width
from feedback.segments.explain_away import Explanation, explain_away
from feedback.segments.report import empty_report, look_first, report
from feedback.segments.rows import Frame, Windows, make_windows
from feedback.segments.scores import Scores, add_cells
from feedback.stats.logistic import from_log_odds
from feedback.stats.sums import Numbers
from feedback.stats.tails import upper_quantile

MOST_CONDITIONS = 3
# Under this a share moves by 20 points for no reason, and a normal score cannot be believed far out.
MIN_N = 50
# Up to here every combination of three is gone through; beyond, the third joins the best pairs only.
MOST_DIMENSIONS = 12
BEAM = 32


def find_degraded(
    before: Frame,
    after: Frame,
    dimensions: Sequence[str],
    *,
    value: str,
    max_conditions: int = MOST_CONDITIONS,
    alpha: float = 0.05,
    min_n: int = MIN_N,
    weight: str | None = None,
) -> pl.DataFrame:
    """Return the segments whose quality fell between two windows, the most lost successes first.

    Every combination of up to three conditions is a candidate, and so is everything together. What counts is
    the change that a changed mix does not explain: each label is compared with what a model of the window
    before expects of its dimensions. The segment that stands out most is taken, its loss explained, and the
    next one sought in what is left. A segment is named only if its normal score, clustered by user, passes the
    Bonferroni line over all candidates: where nothing happened, anything is reported in at most `alpha` of all
    comparisons.

    Parameters
    ----------
    before, after
        Table `labels` of either window, one row per interaction: `session_id`, the dimensions, the value;
        `user_id` and `is_automated` where known. Rows of automated sessions are left out.
    dimensions
        Columns to look in: text by value (the 40 most frequent, the rest as one), numbers by fifths of the
        window before.
    value
        Column in [0, 1], `p_good` or `score`. Labels without it are counted, and say nothing.
    max_conditions
        Greatest number of conditions of a segment, 1 to 3.
    alpha
        Chance that anything is reported although nothing changed.
    min_n
        Fewest labels a segment has in either window: one that is new has nothing to be compared with.
    weight
        Column with the weight of each label, such as 1 / inclusion probability; none: all alike.

    Returns
    -------
    pl.DataFrame
        One row per segment; none where nothing happened.

        - `segment` in words, `definition` as a list of conditions, `rank`
        - `n_before`, `n_after`: labels with a value; `n_unknown_before`, `n_unknown_after`: without;
          `n_users_before`, `n_users_after`: people, or sessions where no person is known
        - `rate_before`, `rate_after`: means as they were, with intervals `_low`, `_high` clustered by user
        - `change`: after minus before at an equal mix, `change_low`, `change_high`; `shrunk_change`,
          `shrunk_low`, `shrunk_high`: drawn by empirical Bayes towards what the changes of all candidates are
          like, which takes back what being the most striking adds
        - `q_value`: family-wise corrected p-value, the other segments explained
        - `lost_successes`: `n_after` times the shrunk drop; `loss_share`: its share of all that was lost
        - `overlap`: share of its labels after that also lie in another row's segment, `overlaps_with` the
          one with most of them; null where there is none

    Raises
    ------
    SchemaError
        When a column is missing.
    SettingsError
        When an argument is out of range.

    References
    ----------
    Pastor, de Alfaro and Baralis (2021), Looking for trouble: analyzing classifier behavior via pattern
    divergence, SIGMOD. Cameron, Gelbach and Miller (2008), Bootstrap-based improvements for inference with
    clustered errors.

    Examples
    --------
    >>> people = [f"u{i}" for i in range(400)]
    >>> german = [i % 4 == 0 for i in range(400)]
    >>> labels = pl.DataFrame({"session_id": people, "language": ["de" if one else "en" for one in german]})
    >>> before = labels.with_columns(p_good=pl.Series([0.9 if i % 3 else 0.3 for i in range(400)]))
    >>> after = labels.with_columns(p_good=pl.Series([0.2 if one else 0.7 for one in german]))
    >>> find_degraded(before, after, ["language"], value="p_good").select("segment", "n_after", "rate_after")
    shape: (1, 3)
    ┌───────────────┬─────────┬────────────┐
    │ segment       ┆ n_after ┆ rate_after │
    │ ---           ┆ ---     ┆ ---        │
    │ str           ┆ i64     ┆ f64        │
    ╞═══════════════╪═════════╪════════════╡
    │ language = de ┆ 100     ┆ 0.2        │
    └───────────────┴─────────┴────────────┘
    """
    _check(max_conditions, alpha, min_n)
    windows = make_windows(before, after, dimensions, value=value, weight=weight)
    if min(windows.before.n, windows.after.n) < min_n:
        return empty_report()
    log_odds = expect(windows)
    residuals = _residuals(windows, log_odds)
    subsets, n_candidates = _choose_subsets(windows, residuals, max_conditions, min_n=min_n)
    cells = add_cells(windows, subsets, residuals, min_n=min_n)
    n_candidates = n_candidates or max(int((~repeats(cells, windows.sizes)).sum()), 1)
    line = float(upper_quantile(alpha / n_candidates))
    scores = Scores.start(windows, cells, residuals, line)
    first = look_first(scores)
    explanation = Explanation(scores, log_odds[1])
    explain_away(explanation)
    return report(explanation, first, n_candidates)


def _check(max_conditions: int, alpha: float, min_n: int) -> None:
    if not 1 <= max_conditions <= MOST_CONDITIONS or not 0 < alpha < 1 or min_n < 2:
        raise SettingsError(
            f"max_conditions is 1 to {MOST_CONDITIONS}, alpha between 0 and 1, min_n at least 2, "
            f"not {max_conditions}, {alpha} and {min_n}"
        )


def _residuals(windows: Windows, log_odds: tuple[Numbers, Numbers]) -> tuple[Numbers, Numbers]:
    before, after = (
        window.value - from_log_odds(expected)
        for window, expected in zip((windows.before, windows.after), log_odds, strict=True)
    )
    return before, after


def _choose_subsets(
    windows: Windows, residuals: tuple[Numbers, Numbers], max_conditions: int, *, min_n: int
) -> tuple[list[Subset], int | None]:
    """Return the subsets of dimensions to go through; where not all, also how many cells all of them may hold."""
    n_dimensions = len(windows.sizes)
    subsets = all_subsets(n_dimensions, max_conditions)
    if n_dimensions <= MOST_DIMENSIONS or max_conditions <= 2:
        return subsets, None
    most_cells = min(windows.before.n, windows.after.n) // min_n
    n_candidates = sum(min(width(windows.sizes, subset), most_cells) for subset in subsets)
    small = all_subsets(n_dimensions, 2)
    return [*small, *_widen(windows, small, residuals, min_n=min_n)], n_candidates


def _widen(windows: Windows, small: list[Subset], residuals: tuple[Numbers, Numbers], *, min_n: int) -> list[Subset]:
    """Return the pairs of dimensions with the worst cells, each with every third dimension."""
    cells = add_cells(windows, small, residuals, min_n=min_n)
    z = Scores.start(windows, cells, residuals, 0.0).drop_in_errors()
    worst = np.full(len(small), -np.inf)
    np.maximum.at(worst, cells.subset, z)
    pairs = [place for place in np.argsort(-worst, kind="stable") if len(small[place]) == 2][:BEAM]
    third = range(len(windows.sizes))
    return sorted({tuple(sorted({*small[pair], one})) for pair in pairs for one in third if one not in small[pair]})
