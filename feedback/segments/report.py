"""What there is to say about each segment that was found."""

from typing import NamedTuple

import numpy as np
import polars as pl

from feedback.segments.coding import CONDITION_TYPE, describe
from feedback.segments.explain_away import Explanation
from feedback.segments.scores import Scores
from feedback.stats.clusters import IN_ORDER, mean_of_clusters
from feedback.stats.logistic import from_log_odds
from feedback.stats.mixture_prior import Prior, fit_prior
from feedback.stats.sums import Numbers
from feedback.stats.tails import t_quantile, upper_tail

REPORT_TYPES: dict[str, pl.DataType] = {
    "segment": pl.String(), "rank": pl.Int64(), "definition": pl.List(CONDITION_TYPE),
    "n_before": pl.Int64(), "n_after": pl.Int64(), "n_unknown_before": pl.Int64(), "n_unknown_after": pl.Int64(),
    "n_users_before": pl.Int64(), "n_users_after": pl.Int64(),
    "rate_before": pl.Float64(), "rate_before_low": pl.Float64(), "rate_before_high": pl.Float64(),
    "rate_after": pl.Float64(), "rate_after_low": pl.Float64(), "rate_after_high": pl.Float64(),
    "change": pl.Float64(), "change_low": pl.Float64(), "change_high": pl.Float64(),
    "shrunk_change": pl.Float64(), "shrunk_low": pl.Float64(), "shrunk_high": pl.Float64(),
    "q_value": pl.Float64(), "lost_successes": pl.Float64(), "loss_share": pl.Float64(),
    "overlap": pl.Float64(), "overlaps_with": pl.String(),
}  # fmt: skip
_MEDIAN_OF_NORMAL = 0.6745


class FirstLook(NamedTuple):
    """The change of every cell before anything was explained, and what such changes are like."""

    change: Numbers
    prior: Prior


def look_first(scores: Scores) -> FirstLook:
    """Return the changes as they are, and the prior that empirical Bayes draws them towards.

    Variances of independent labels are inflated until the median change is what chance makes of it.
    """
    change = scores.change()
    z = np.abs(change) / np.sqrt(scores.variance)
    inflation = max(float(np.median(z)) / _MEDIAN_OF_NORMAL, 1.0) ** 2
    return FirstLook(change, fit_prior(change, scores.variance * inflation))


def empty_report() -> pl.DataFrame:
    """Return the frame of nothing having happened.

    Examples
    --------
    >>> empty_report().is_empty()
    True
    """
    return pl.DataFrame(schema=REPORT_TYPES)


def report(explanation: Explanation, first: FirstLook, n_candidates: int) -> pl.DataFrame:
    """Return one row per chosen segment, the most lost successes first.

    Parameters
    ----------
    explanation
        The chosen segments.
    first
        From before they were chosen.
    n_candidates
        How many cells might have been chosen.
    """
    if not explanation.chosen:
        return empty_report()
    columns = _names(explanation) | _counts(explanation) | _changes(explanation, first)
    columns |= _losses(explanation, first, columns["shrunk_change"]) | _overlaps(explanation, columns["segment"])
    columns["q_value"] = _q_values(explanation, n_candidates)
    found = pl.DataFrame(columns, schema_overrides={"definition": pl.List(CONDITION_TYPE)})
    ranked = pl.concat([found, _rates(explanation)], how="horizontal").sort(
        "lost_successes", "segment", descending=[True, False]
    )
    return ranked.with_columns(rank=pl.int_range(1, pl.len() + 1)).select(
        pl.col(name).cast(dtype) for name, dtype in REPORT_TYPES.items()
    )


def _names(explanation: Explanation) -> dict:
    windows, cells = explanation.windows, explanation.scores.cells
    definitions = [windows.define(cells.conditions(cell, windows.sizes)) for cell in explanation.chosen]
    return {"definition": definitions, "segment": [describe(one) for one in definitions]}


def _counts(explanation: Explanation) -> dict:
    windows, cells = explanation.windows, explanation.scores.cells
    counts = {}
    for name, window in (("before", windows.before), ("after", windows.after)):
        found = [cells.conditions(cell, windows.sizes) for cell in explanation.chosen]
        rows = [window.find(one) for one in found]
        counts |= {
            f"n_{name}": [len(one) for one in rows],
            f"n_unknown_{name}": [window.count_unknown(one) for one in found],
            f"n_users_{name}": [len(np.unique(window.person[one])) for one in rows],
        }
    return counts


def _changes(explanation: Explanation, first: FirstLook) -> dict:
    scores, chosen = explanation.scores, np.array(explanation.chosen)
    change = first.change[chosen]
    error = np.sqrt(scores.variance[chosen])
    half = t_quantile(scores.freedom[chosen]) * error
    shrunk, low, high = first.prior.shrink(change, (half / t_quantile(np.inf)) ** 2)
    return {
        "change": change,
        "change_low": np.clip(change - half, -1, 1),
        "change_high": np.clip(change + half, -1, 1),
        "shrunk_change": shrunk,
        "shrunk_low": np.clip(low, -1, 1),
        "shrunk_high": np.clip(high, -1, 1),
    }


def _losses(explanation: Explanation, first: FirstLook, shrunk: Numbers) -> dict:
    """Return the lost successes, and their share of the net loss or of what is explained, whichever is more."""
    after, cells = explanation.windows.after, explanation.scores.cells
    lost = -shrunk * cells.n[1, explanation.chosen]
    explained = from_log_odds(explanation.log_odds) - explanation.expected
    net = -first.change[0] if cells.n_conditions[0] == 0 else 0.0
    total = max(net, np.average(explained, weights=after.weight)) * after.n
    return {"lost_successes": lost, "loss_share": np.clip(lost / max(total, 1e-9), 0, 1)}


def _overlaps(explanation: Explanation, names: list[str]) -> dict:
    """Return how much of each segment lies in others, and in which one most."""
    is_in = np.zeros((len(names), explanation.windows.after.n), bool)
    for place, cell in enumerate(explanation.chosen):
        is_in[place, explanation.rows_of(cell)] = True
    n = is_in.sum(axis=1)
    in_others = (is_in & (is_in.sum(axis=0) > 1)).sum(axis=1) / n
    shared = np.array([(is_in & own).sum(axis=1) for own in is_in])
    np.fill_diagonal(shared, 0)
    most = [names[int(row.argmax())] if row.any() else None for row in shared]
    return {"overlap": in_others, "overlaps_with": most}


def _q_values(explanation: Explanation, n_candidates: int) -> list[float]:
    chosen, found = list(explanation.chosen), []
    for cell in chosen:
        explanation.explain([one for one in chosen if one != cell])
        z = explanation.scores.drop_in_errors()[cell]
        found.append(min(float(upper_tail(z)) * n_candidates, 1.0))
    explanation.explain(chosen)
    return found


def _rates(explanation: Explanation) -> pl.DataFrame:
    """Return the mean of each chosen segment in either window with its interval, in the order chosen."""
    windows, cells = explanation.windows, explanation.scores.cells
    parts = []
    for name, window in (("before", windows.before), ("after", windows.after)):
        for place, cell in enumerate(explanation.chosen):
            rows = window.find(cells.conditions(cell, windows.sizes))
            w = window.weight[rows]
            columns = {"person": window.person[rows], "total": w * window.value[rows], "n_values": w}
            parts.append(pl.DataFrame(columns).with_columns(place=pl.lit(place), window=pl.lit(name)))
    by = ["place", "window"]
    persons = (
        pl.concat(parts).lazy().group_by(*by, "person", maintain_order=True).agg(pl.col("total", "n_values").sum())
    )
    means = mean_of_clusters(persons, by=by).collect(optimizations=IN_ORDER)
    wide = means.pivot("window", index="place", values=["mean", "low", "high"]).sort("place")
    names = {f"{old}_{window}": f"rate_{window}{new}" for window in ("before", "after") for old, new in _ENDS.items()}
    return wide.select(pl.col(old).alias(new) for old, new in names.items())


_ENDS = {"mean": "", "low": "_low", "high": "_high"}
