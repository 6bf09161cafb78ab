"""The golden set: what is in it, its versions, and how two of them differ."""

from typing import NamedTuple

import polars as pl

from feedback.golden import SPLITS, current_examples, diff_versions, find_version, golden_frame, list_versions
from feedback.golden.coverage import EVERYTHING, NOT_RECORDED
from feedback.store.snapshot import Snapshot

NOW = "now"


class GoldenSet(NamedTuple):
    """The golden set as it is now.

    Attributes
    ----------
    examples
        One row per example, as `golden_frame` gives them.
    n_retired
        How many were retired.
    is_cut
        Whether the latest version holds just these examples.
    """

    examples: pl.DataFrame
    n_retired: int
    is_cut: bool


def read_golden_set(snapshot: Snapshot) -> GoldenSet:
    """Return the golden set as it is now."""
    events = snapshot.table("golden_events").collect()
    known = current_examples(events)
    versions = list_versions(snapshot.table("golden_versions").collect())
    latest = versions.tail(1)
    is_cut = latest.height == 1 and diff_versions(events, latest.row(0, named=True)).is_empty()
    return GoldenSet(golden_frame(known), known.filter("is_retired").height, is_cut)


def count_examples(snapshot: Snapshot) -> pl.DataFrame:
    """Return how many examples there are, in all and per segment, most first.

    One row per segment, `all` first: `segment`, `n`, `good`, `bad`, `train`, `dev`, `test`, `no_split`,
    `with_expected`.
    """
    examples = read_golden_set(snapshot).examples.with_columns(pl.col("segment").fill_null(NOT_RECORDED))
    both = pl.concat([examples, examples.with_columns(segment=pl.lit(EVERYTHING))])
    counts = both.group_by("segment").agg(
        n=pl.len(),
        **{label: (pl.col("label") == label).sum() for label in ("good", "bad")},
        **{side: (pl.col("split") == side).sum() for side in SPLITS},
        no_split=pl.col("split").is_null().sum(),
        with_expected=pl.col("expected").is_not_null().sum(),
    )
    ordered = counts.sort(pl.col("segment") != EVERYTHING, -pl.col("n").cast(pl.Int64), "segment")
    return ordered.with_columns(pl.col(pl.UInt32).cast(pl.Int64))


def list_golden_versions(snapshot: Snapshot) -> pl.DataFrame:
    """Return the versions, the latest first: rows of `golden_versions` without the changes they are made of."""
    versions = list_versions(snapshot.table("golden_versions").collect())
    return versions.drop("golden_event_ids").reverse()


def diff_golden_versions(snapshot: Snapshot, before: str, after: str = NOW) -> pl.DataFrame:
    """Return what changed from one version to another, or to now, as `diff_versions`.

    Raises
    ------
    UnknownNameError
        When there is no such version.
    StoreError
        When one of them is damaged.
    """
    versions = snapshot.table("golden_versions").collect()
    later = None if after == NOW else find_version(versions, after)
    return diff_versions(snapshot.table("golden_events").collect(), find_version(versions, before), later)
