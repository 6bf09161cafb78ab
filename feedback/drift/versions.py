"""The labels of one label version: what a watch looks at."""

import polars as pl

from feedback.schemas.behaviour import RESTATED

_KEY = "interaction_id"


def labels_of_version(labels: pl.LazyFrame, versions: pl.LazyFrame, label_version: int) -> pl.LazyFrame:
    """Return the labels of a label version: each interaction's row with the greatest version up to it.

    Most versions label everything anew, so their rows are all it takes; those of a restatement build on the one before.

    Parameters
    ----------
    labels, versions
        Tables `labels` and `label_versions`.
    label_version
        The version.

    Examples
    --------
    >>> versions = pl.LazyFrame({"label_version": [1, 2], "cause": ["first run", "restate from 2026-09-01"]})
    >>> labels = pl.LazyFrame({"interaction_id": ["a", "b", "b"], "label_version": [1, 1, 2]})
    >>> labels_of_version(labels, versions, 2).sort("interaction_id").collect().rows()
    [('a', 1), ('b', 2)]
    """
    known = versions.filter(pl.col("label_version") <= label_version).sort("label_version")
    rows = known.select("label_version", pl.col("cause").str.starts_with(RESTATED)).collect().rows()
    first = max((version for version, is_part in rows if not is_part), default=1)
    found = labels.filter(pl.col("label_version").is_between(first, label_version))
    if first == label_version:
        return found
    restated = found.filter(pl.col("label_version") > first).select(_KEY, "label_version").collect()
    latest = restated.group_by(_KEY).agg(newest=pl.col("label_version").max())
    joined = found.join(latest.lazy(), on=_KEY, how="left")
    return joined.filter(pl.col("newest").fill_null(first) == pl.col("label_version")).drop("newest")
