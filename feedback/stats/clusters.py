"""The mean of values that come in clusters, and Student's t."""

import polars as pl
from scipy import special

MIN_CLUSTERS = 5
# The last digit of a sum depends on the order of what is summed, which Polars otherwise does not keep for a sum.
IN_ORDER = pl.QueryOptFlags(check_order_observe=False)


def t_critical(degrees_of_freedom: pl.Series, *, level: float = 0.95) -> pl.Series:
    """Return the two-sided critical value of Student's t for each number of degrees of freedom.

    Null where there are none.

    Examples
    --------
    >>> t_critical(pl.Series([1, 10, None])).round(2).to_list()
    [12.71, 2.23, None]
    """
    values = special.stdtrit(degrees_of_freedom.cast(pl.Float64).to_numpy(), (1 + level) / 2)
    return pl.Series(degrees_of_freedom.name, values).fill_nan(None)


def mean_of_clusters(clusters: pl.LazyFrame, *, by: list[str], level: float = 0.95) -> pl.LazyFrame:
    """Return the mean of each group with an interval that allows for values of one cluster being alike.

    Parameters
    ----------
    clusters
        One row per group and cluster (for instance one person): `total`, the sum of its values, and
        `n_values`, how many there are. Values lie in [0, 1].
    by
        The columns that name a group.
    level
        Coverage of the interval.

    Returns
    -------
    pl.LazyFrame
        One row per group: `by`, `mean`, `low`, `high`, `n_clusters`. The interval is the mean plus and
        minus Student's t times the cluster-robust standard error, with G / (G - 1) for G clusters, cut
        to [0, 1]. Null under five clusters: too few to know how clusters differ. Clusters without values
        do not count. Collected with `optimizations=IN_ORDER`, the same rows in the same order give the same digits.

    References
    ----------
    Liang and Zeger (1986), Longitudinal data analysis using generalized linear models, Biometrika 73.

    Examples
    --------
    >>> people = pl.LazyFrame({"day": [1] * 6, "total": [1.0, 0.0, 2.0, 1.0, 1.0, 0.0], "n_values": [1, 1, 2, 2, 1, 1]})
    >>> mean_of_clusters(people, by=["day"]).collect().select("mean", pl.col("low", "high").round(2)).row(0)
    (0.625, 0.17, 1.0)
    """
    with_values = clusters.filter(pl.col("n_values") > 0)
    means = with_values.group_by(by, maintain_order=True).agg(
        mean=pl.col("total").sum() / pl.col("n_values").sum(),
        n_values_in_group=pl.col("n_values").sum(),
        n_clusters=pl.len().cast(pl.Int64),
    )
    residual = pl.col("total") - pl.col("mean") * pl.col("n_values")
    squares = (
        with_values.join(means, on=by, nulls_equal=True, maintain_order="left")
        .with_columns(square=residual**2)
        .group_by(by, maintain_order=True)
        .agg(squares=pl.col("square").sum())
    )
    n = pl.col("n_clusters")
    enough = n >= MIN_CLUSTERS
    variance = pl.col("squares") * n / (n - 1) / pl.col("n_values_in_group") ** 2
    # Collected rather than left to `map_batches`: Python called by threads of polars can keep an app waiting for ever.
    groups = means.join(squares, on=by, nulls_equal=True).collect(optimizations=IN_ORDER)
    critical = t_critical(groups["n_clusters"] - 1, level=level)
    return (
        groups.lazy()
        .with_columns(half=pl.when(enough).then(critical * variance.sqrt()))
        .select(
            *by,
            "mean",
            low=(pl.col("mean") - pl.col("half")).clip(0, 1),
            high=(pl.col("mean") + pl.col("half")).clip(0, 1),
            n_clusters="n_clusters",
        )
    )
