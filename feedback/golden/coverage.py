"""How much of the current traffic the golden set reaches."""

import polars as pl

from feedback.stats import discount_of_clusters, wilson_interval

EVERYTHING = "all"
NOT_RECORDED = "(not recorded)"


def measure_coverage(traffic: pl.DataFrame, examples: pl.DataFrame) -> pl.DataFrame:
    """Return the share of the current traffic within reach of an example, in all and per segment.

    Parameters
    ----------
    traffic
        One row per current interaction: `person`, `segment` (null: not recorded), and `example_id` of the nearest
        example within reach, null where there is none.
    examples
        Those in the golden set: `segment`.

    Returns
    -------
    pl.DataFrame
        `all` first, then by traffic out of reach, most first: `segment`, `n_examples`, `n` interactions,
        `n_people`, `coverage` with `low` and `high` (95 %, as of traffic like this; answers of one person are taken to
        be alike), and `n_out_of_reach`. A segment that only the golden set has is listed with no traffic.

    Examples
    --------
    >>> traffic = pl.DataFrame({"person": ["u1", "u2"], "segment": ["f = a", "f = a"], "example_id": ["x", None]})
    >>> examples = pl.DataFrame({"segment": ["f = a"]})
    >>> measure_coverage(traffic, examples).select("segment", "n_examples", "n", "coverage").rows()
    [('all', 1, 2, 0.5), ('f = a', 1, 2, 0.5)]
    """
    segment = pl.col("segment").fill_null(NOT_RECORDED)
    named = traffic.select("person", segment, is_hit=pl.col("example_id").is_not_null())
    counted = examples.select(segment).group_by("segment").agg(n_examples=pl.len().cast(pl.Int64))
    parts = share_by_people(named, by="segment").join(counted, on="segment", how="full", coalesce=True)
    whole = share_by_people(named.with_columns(segment=pl.lit(EVERYTHING)), by="segment")
    in_all = whole.with_columns(n_examples=pl.lit(examples.height, pl.Int64))
    rows = pl.concat([in_all, parts.select(in_all.columns)])
    filled = rows.with_columns(pl.col("n_examples", "n", "n_people", "n_hits").fill_null(0))
    told = filled.with_columns(n_out_of_reach=pl.col("n") - pl.col("n_hits"), is_part=pl.col("segment") != EVERYTHING)
    ordered = told.sort("is_part", "n_out_of_reach", "segment", descending=[False, True, False])
    return ordered.select(
        "segment", "n_examples", "n", "n_people", pl.col("share").alias("coverage"), "low", "high", "n_out_of_reach"
    )


def share_by_people(rows: pl.DataFrame, *, by: str) -> pl.DataFrame:
    """Return the share of rows that are hits, with an interval that allows for one person's rows being alike.

    Wilson's interval at the effective number of rows: the variance is that of means over people; where all rows agree,
    each person counts once.

    Parameters
    ----------
    rows
        `by`, `person`, `is_hit`.
    by
        The column that names a group.

    Returns
    -------
    pl.DataFrame
        One row per group, by its name: `by`, `n`, `n_people`, `n_hits`, `share`, `low`, `high`.

    Examples
    --------
    >>> rows = pl.DataFrame({"g": ["a"] * 4, "person": ["u1", "u2", "u3", "u4"], "is_hit": [True, True, True, False]})
    >>> share_by_people(rows, by="g").select("share", pl.col("low", "high").round(2)).row(0)
    (0.75, 0.26, 0.96)
    """
    people = rows.group_by(by, "person").agg(n=pl.len(), hits=pl.col("is_hit").sum()).sort(by, "person")
    share = pl.col("hits").sum() / pl.col("n").sum()
    scale = pl.len() / (pl.len() - 1) / pl.col("n").sum() ** 2
    groups = people.group_by(by, maintain_order=True).agg(
        pl.col("n").sum().cast(pl.Int64),
        n_people=pl.len().cast(pl.Int64),
        n_hits=pl.col("hits").sum().cast(pl.Int64),
        share=share,
        variance=((pl.col("hits") - share * pl.col("n")) ** 2).sum() * scale,
    )
    spread = pl.col("share") * (1 - pl.col("share"))
    size = pl.when(pl.col("variance") > 0).then(pl.min_horizontal(spread / pl.col("variance"), "n"))
    sized = groups.with_columns(size=size.otherwise(pl.col("n_people")).cast(pl.Float64))
    factor = discount_of_clusters(sized["n_people"].to_numpy(), sized["n"].to_numpy())
    low, high = wilson_interval(sized["share"].to_numpy(), sized["size"].to_numpy() * factor)
    ends = {"low": pl.Series(low, dtype=pl.Float64), "high": pl.Series(high, dtype=pl.Float64)}
    return sized.with_columns(**ends).select(by, "n", "n_people", "n_hits", "share", "low", "high")
