"""Labels summed up by person: what intervals that allow for one person's answers being alike are made of."""

from collections.abc import Iterator, Sequence

import polars as pl

from feedback.quality.values import name_values

EVERYTHING = "all"
BY = "by "
_KEPT = ("interaction_id", "session_id", "user_id", "is_automated", "score", "n_votes", "p_good", "outcome")


def prepare_labels(
    labels: pl.DataFrame, dimensions: Sequence[str], *, time: pl.Expr, is_reviewed: pl.Expr, within: pl.Expr
) -> pl.DataFrame:
    """Return the labels that count, one row each: `person`, the time, `is_reviewed`, and the values they count under.

    Rows of automated sessions are left out. Sorted by `interaction_id`: the last digit of a sum depends on it.

    Parameters
    ----------
    labels
        Table `labels`, one row per interaction.
    dimensions
        What to break them down by.
    time
        What of the time matters, under its name.
    is_reviewed
        Whether there is a verdict.
    within
        Among which labels a value is to be frequent, as in `name_values`.
    """
    counted = labels.filter(~pl.col("is_automated")).sort("interaction_id")
    # Behind a prefix a dimension may have any name, also one of those here.
    ours = counted.select(
        time,
        *_KEPT,
        *(pl.col(name).alias(BY + name) for name in dimensions),
        is_reviewed=is_reviewed,
        person=pl.coalesce("user_id", "session_id"),
        within=within,
    )
    return name_values(ours, [BY + name for name in dimensions], within="within")


def sum_up_people(prepared: pl.DataFrame, dimensions: Sequence[str], *, time: str) -> Iterator[pl.DataFrame]:
    """Yield for everything and each dimension one row per time, value and person: their labels, votes and score."""
    for dimension, value in values_of(dimensions).items():
        yield (
            prepared.lazy()
            .with_columns(dimension=pl.lit(dimension), value=value)
            .group_by(time, "dimension", "value", "person", maintain_order=True)
            .agg(
                n=pl.len(),
                n_voted=(pl.col("n_votes") > 0).sum(),
                n_scored=pl.col("score").count(),
                n_reviewed=pl.col("is_reviewed").sum(),
                total=pl.col("score").sum(),
                n_calibrated=pl.col("p_good").count(),
                total_p_good=pl.col("p_good").sum(),
            )
            .collect()
        )


def values_of(dimensions: Sequence[str]) -> dict[str, pl.Expr]:
    """Return the value of each dimension among prepared labels, `all` first."""
    return {EVERYTHING: pl.lit(EVERYTHING)} | {name: pl.col(BY + name) for name in dimensions}
