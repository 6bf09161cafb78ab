"""How far reviewers agree."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from feedback.reviews.alpha import bootstrap_alpha, krippendorff_alpha
from feedback.reviews.verdicts import ITEM, independent_reviews, share_of_pairs

CATEGORIES = ("good", "bad", "unusable")
_ALPHA = {"alpha": pl.Float64, "low": pl.Float64, "high": pl.Float64}
_MEASURED = ("n_items", "n_reviewers", "agreement", *_ALPHA)
_COMPARED = ("reviewer", "other_reviewer", "n_items", "agreement", "kappa")


def measure_agreement(
    reviews: pl.DataFrame, *, by: Sequence[str] = (), seed: int = 0, n_draws: int = 2_000
) -> pl.DataFrame:
    """Return how far reviewers agree: one row per level and group, over items that at least two of them judged.

    Each reviewer's own latest verdict counts. Those who are unsure abstain, and a review that supersedes
    another person's is left out: it settled the question knowing the answer. Responses and sessions are never
    mixed.

    Parameters
    ----------
    reviews
        Table `reviews`, with further columns where `by` names them.
    by
        Columns that part the reviews into groups, null a group of its own.
    seed
        Same seed, same interval.
    n_draws
        How often the items are drawn for the interval.

    Returns
    -------
    pl.DataFrame
        Sorted by `level` and `by`:

        - `level`, then `by`
        - `n_items` with at least two verdicts; `n_reviewers` who gave them
        - `agreement`: mean over the items of the share of pairs of reviewers who say the same
        - `alpha`: Krippendorff's alpha for categories, agreement beyond chance: 1 is perfect, 0 chance; null
          where everyone said the same of everything, so that chance explains it all
        - `low`, `high`: its 95 % interval by drawing items; null under 10 items

    References
    ----------
    Krippendorff (2011), Computing Krippendorff's alpha-reliability, University of Pennsylvania.

    Examples
    --------
    >>> from datetime import datetime
    >>> from feedback.schemas import empty_table
    >>> said = {"ann": "good good bad bad", "bob": "good good bad good"}
    >>> rows = [
    ...     {"review_id": f"{who}{n}", "interaction_id": f"i{n}", "session_id": "s", "level": "response",
    ...      "verdict": verdict, "reviewer": who, "reviewed_at": datetime(2026, 1, 5), "stream": "import", "tags": []}
    ...     for who, verdicts in said.items() for n, verdict in enumerate(verdicts.split())
    ... ]
    >>> table = pl.DataFrame(rows, schema=empty_table("reviews").schema)
    >>> measure_agreement(table).select("level", "n_items", "agreement", pl.col("alpha").round(3), "low").row(0)
    ('response', 4, 0.75, 0.533, None)
    """
    groups, item = _name_keys(by)
    counts = tuple(f"n_{category}" for category in CATEGORIES)
    decided = _decided(reviews, item)
    items = decided.group_by(item, maintain_order=True).agg(
        (pl.col("verdict") == category).sum().cast(pl.Int64).alias(name)
        for category, name in zip(CATEGORIES, counts, strict=True)
    )
    means = items.group_by(groups, maintain_order=True).agg(
        n_items=pl.len().cast(pl.Int64), agreement=share_of_pairs(counts).mean()
    )
    reviewers = decided.group_by(groups).agg(n_reviewers=pl.col("reviewer").n_unique().cast(pl.Int64))
    alphas = [
        _measure_group(groups, values, table.select(counts).to_numpy(), seed=seed, n_draws=n_draws)
        for values, table in items.partition_by(groups, as_dict=True).items()
    ]
    found = pl.DataFrame(alphas, schema={**{name: decided.schema[name] for name in groups}, **_ALPHA})
    joined = means.join(reviewers, on=groups, nulls_equal=True).join(found, on=groups, nulls_equal=True)
    return joined.select(*groups, *_MEASURED).sort(groups)


def compare_reviewers(reviews: pl.DataFrame, *, by: Sequence[str] = ()) -> pl.DataFrame:
    """Return how far each two reviewers agree: one row per level, group and pair with an item in common.

    Which reviews count, and the groups, as in `measure_agreement`.

    Returns
    -------
    pl.DataFrame
        Sorted by `level`, `by` and the names: `level`, then `by`; `reviewer` and `other_reviewer`; `n_items`
        both judged; `agreement`, the share of these of which they say the same; `kappa`, Cohen's kappa, null
        where both said the same one thing throughout.

    References
    ----------
    Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20.
    """
    groups, item = _name_keys(by)
    decided = _decided(reviews, item)
    both = decided.join(decided, on=item, nulls_equal=True, suffix="_other")
    pairs = both.rename({"reviewer_other": "other_reviewer"}).filter(pl.col("reviewer") < pl.col("other_reviewer"))
    same = pl.col("verdict") == pl.col("verdict_other")
    found = pairs.group_by(*groups, "reviewer", "other_reviewer").agg(
        "verdict", "verdict_other", n_items=pl.len().cast(pl.Int64), agreement=same.mean()
    )
    kappas = [_kappa(mine, theirs) for mine, theirs in found.select("verdict", "verdict_other").iter_rows()]
    measured = found.with_columns(pl.Series("kappa", kappas, dtype=pl.Float64).fill_nan(None))
    return measured.select(*groups, *_COMPARED).sort(*groups, "reviewer", "other_reviewer")


def _name_keys(by: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns that name a group, and those that name an item in it."""
    groups = tuple(dict.fromkeys(("level", *by)))
    return groups, tuple(dict.fromkeys((*groups, *ITEM)))


def _decided(reviews: pl.DataFrame, item: tuple[str, ...]) -> pl.DataFrame:
    """Return one row per item and reviewer, of items that at least two reviewers decided, sorted by these."""
    said = independent_reviews(reviews.lazy()).filter(pl.col("verdict").is_in(CATEGORIES))
    shared = said.filter(pl.len().over(item) >= 2)
    return shared.select(*item, "reviewer", "verdict").sort(*item, "reviewer").collect()


def _measure_group(
    groups: tuple[str, ...], values: tuple[Any, ...], counts: np.ndarray, *, seed: int, n_draws: int
) -> dict[str, Any]:
    """Return alpha and the ends of its interval for one group, null where there is none."""
    table = counts.astype(float)
    numbers = (krippendorff_alpha(table)[0], *bootstrap_alpha(table, seed=seed, n_draws=n_draws))
    known = (None if np.isnan(number) else float(number) for number in numbers)
    return {**dict(zip(groups, values, strict=True)), **dict(zip(_ALPHA, known, strict=True))}


def _kappa(mine: list[str], theirs: list[str]) -> float:
    """Return Cohen's kappa; NaN where both said one and the same thing throughout."""
    from sklearn.metrics import cohen_kappa_score

    if len({*mine, *theirs}) < 2:
        return float("nan")
    return float(cohen_kappa_score(mine, theirs, labels=CATEGORIES))
