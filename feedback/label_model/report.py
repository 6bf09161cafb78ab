"""Which signals can be believed, and where: what each labelling function says, and how often it is right."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import polars.selectors as cs

from feedback.errors import SchemaError, name_some
from feedback.label_model.leaning import weigh_functions
from feedback.label_model.model import LabelModel
from feedback.label_model.patterns import collapse
from feedback.label_model.reviewed import usable_verdicts
from feedback.label_model.vote_columns import KEY, find_vote_columns, without_nan
from feedback.stats.wilson import wilson_interval

MIN_SEGMENT = 20
EVERYTHING, NOT_RECORDED = "all", "(not recorded)"
_GROUP = ["function", "dimension", "value"]
_KNOWN = ("p_good", "good", "review_weight")
_LEAN = "lean of "
_SCHEMA = {
    "function": pl.String, "dimension": pl.String, "value": pl.String, "n": pl.Int64, "n_votes": pl.Int64,
    "coverage": pl.Float64, "overlap": pl.Float64, "conflict": pl.Float64, "unique_share": pl.Float64,
    "estimated_accuracy": pl.Float64, "n_reviewed": pl.Int64, "measured_accuracy": pl.Float64, "low": pl.Float64,
    "high": pl.Float64, "lift": pl.Float64,
}  # fmt: skip


def describe_functions(
    votes: pl.DataFrame | pl.LazyFrame,
    reviews: pl.DataFrame | pl.LazyFrame | None = None,
    *,
    model: LabelModel | None = None,
    segments: Sequence[str] = (),
) -> pl.DataFrame:
    """Return what each labelling function says and how often it is right, for everything and by segment.

    Parameters
    ----------
    votes
        Table `votes`, one row per interaction, and the columns named in `segments`.
    reviews
        One row per verdict, as for `LabelModel.fit`.
    model
        A fitted label model; without one that is calibrated `estimated_accuracy` is null.
    segments
        Columns of text to break it down by. Values with under 20 interactions are left out.

    Returns
    -------
    pl.DataFrame
        One row per function, dimension and value, sorted by them; dimension `all` is everything, a null value
        `(not recorded)`. A vote above one half says good, under it bad, at it nothing.

        - `n` interactions, `n_votes` of them voted on, `coverage` their share
        - of its votes: `overlap`, the share where others voted too; `conflict`, the share that the weighted
          majority of the others contradicts
        - `unique_share`: of all interactions anything voted on, the share that only it voted on
        - `estimated_accuracy`: mean of `p_good` over its good votes and 1 - `p_good` over its bad ones
        - `n_reviewed` of its votes; `measured_accuracy`, the weighted share of them the verdicts agree with,
          and `low`, `high`, Wilson's 95 % interval at the effective number of reviews
        - `lift`: measured accuracy less that of saying the same without looking

        Null where there is nothing to tell from.

    Raises
    ------
    SchemaError
        When a segment is no column of the votes.

    Examples
    --------
    >>> cast = {"interaction_id": ["a", "b", "c"], "copied": [1, 1, None], "undone": [None, 0, None]}
    >>> said = pl.DataFrame({"interaction_id": ["a", "b"], "verdict": ["good", "bad"]})
    >>> found = describe_functions(pl.DataFrame(cast), said)
    >>> found.select("function", "coverage", "conflict", "measured_accuracy", "lift").row(0)
    ('copied', 0.6666666666666666, 0.5, 0.5, 0.0)
    """
    cast = without_nan(votes.lazy().collect())
    missing = [name for name in segments if name not in cast.columns]
    if missing:
        raise SchemaError(f"the votes have no column {name_some(missing)} to break them down by")
    said = None if reviews is None else reviews.lazy().collect()
    known = _with_company(_with_knowledge(cast, said, model), {} if model is None else model.weights)
    parts = [
        _sum_up(_speak(known, column.name), dimension, value, least)
        for column in find_vote_columns(cast)
        for dimension, value, least in _ways_to_part(segments)
    ]
    found = pl.concat(pl.collect_all(parts)) if parts else pl.DataFrame(schema=_SCHEMA | {"n_effective": pl.Float64})
    return _with_interval(found).select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items()).sort(_GROUP)


def _ways_to_part(segments: Sequence[str]) -> list[tuple[str, pl.Expr, int]]:
    """Return dimension, value and least number of interactions of every breakdown."""
    whole = (EVERYTHING, pl.lit(EVERYTHING), 0)
    return [whole, *((name, pl.col(name).fill_null(NOT_RECORDED), MIN_SEGMENT) for name in segments)]


def _with_company(votes: pl.DataFrame, weights: Mapping[str, float]) -> pl.DataFrame:
    """Return the votes beside how many there are on the interaction and, per function, what it adds to the sum."""
    columns = find_vote_columns(votes.drop(*_KNOWN))
    weighed = weigh_functions(collapse(votes, columns), columns, weights)
    leans = {
        column.name: ((2 * pl.col(column.name).cast(pl.Float64) - 1) * weight).fill_null(0)
        for column, weight in zip(columns, weighed, strict=True)
    }
    names = list(leans)
    return votes.with_columns(
        pl.sum_horizontal(pl.lit(0), *(pl.col(name).is_not_null() for name in names)).alias("n_voices"),
        pl.sum_horizontal(pl.lit(0.0), *leans.values()).alias("total"),
        *(lean.alias(_LEAN + name) for name, lean in leans.items()),
    )


def _speak(votes: pl.DataFrame, name: str) -> pl.LazyFrame:
    """Return the votes beside the side one function takes, and whether the others contradict it."""
    # Rounded: a sum of floats less one of its parts is hardly ever zero.
    others = (pl.col("total") - pl.col(_LEAN + name)).round(9).sign()
    side = (2 * pl.col(name).cast(pl.Float64) - 1).sign()
    return votes.lazy().with_columns(
        function=pl.lit(name), side=side, has_company=pl.col("n_voices") > 1, is_contradicted=others * side < 0
    )


def _with_knowledge(votes: pl.DataFrame, reviews: pl.DataFrame | None, model: LabelModel | None) -> pl.DataFrame:
    """Return the votes beside `p_good`, the verdict (`good`) and how much that counts."""
    estimated = pl.lit(None, pl.Float64) if model is None else model.predict(votes)["p_good"]
    known = votes.with_columns(p_good=estimated)
    if reviews is None:
        return known.with_columns(good=pl.lit(None, pl.Float64), review_weight=pl.lit(None, pl.Float64))
    verdicts = usable_verdicts(reviews).select(KEY, "good", review_weight=1 / pl.col("inclusion_probability"))
    return known.join(verdicts, on=KEY, how="left")


def _sum_up(spoken: pl.LazyFrame, dimension: str, value: pl.Expr, least: int) -> pl.LazyFrame:
    """Return one row per value with everything but the interval."""
    voted, takes_side = pl.col("side").is_not_null(), pl.col("side") != 0
    says_good, weight = pl.col("side") > 0, pl.col("review_weight")
    right = pl.when(says_good).then("good").otherwise(1 - pl.col("good"))
    likely_right = pl.when(says_good).then("p_good").otherwise(1 - pl.col("p_good"))
    judged = takes_side & pl.col("good").is_not_null()
    side_weight = weight.filter(judged & says_good).sum() / weight.filter(judged).sum()
    base = (pl.col("good") * weight).sum() / weight.filter(pl.col("good").is_not_null()).sum()
    return (
        spoken.with_columns(dimension=pl.lit(dimension), value=value)
        .group_by(_GROUP)
        .agg(
            n=pl.len(),
            n_votes=voted.sum(),
            coverage=voted.mean(),
            overlap=pl.col("has_company").filter(voted).mean(),
            conflict=pl.col("is_contradicted").filter(voted).mean(),
            unique_share=(voted & ~pl.col("has_company")).sum() / (pl.col("n_voices") > 0).sum(),
            estimated_accuracy=likely_right.filter(takes_side).mean(),
            n_reviewed=judged.sum(),
            measured_accuracy=(right * weight).filter(judged).sum() / weight.filter(judged).sum(),
            n_effective=weight.filter(judged).sum() ** 2 / (weight**2).filter(judged).sum(),
            by_chance=side_weight * base + (1 - side_weight) * (1 - base),
        )
        .filter(pl.col("n") >= least)
        .with_columns(cs.float().fill_nan(None))
        .with_columns(lift=pl.col("measured_accuracy") - pl.col("by_chance"))
    )


def _with_interval(found: pl.DataFrame) -> pl.DataFrame:
    rate = found["measured_accuracy"]
    low, high = wilson_interval(rate.fill_null(0.5).to_numpy(), found["n_effective"].fill_null(0).to_numpy())
    known = pl.Series(np.flatnonzero(rate.is_null().to_numpy()))
    return found.with_columns(low=pl.Series(low).scatter(known, None), high=pl.Series(high).scatter(known, None))
