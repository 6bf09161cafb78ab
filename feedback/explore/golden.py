"""The golden set: what is in it, its versions, and how two of them differ."""

from typing import NamedTuple

import polars as pl

from feedback.golden import SPLITS, current_examples, diff_versions, find_version, golden_frame, list_versions
from feedback.golden.coverage import EVERYTHING, NOT_RECORDED
from feedback.golden.identity import identify_examples
from feedback.golden.refusals import current_refusals
from feedback.reviews import response_verdicts
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


def list_addable(snapshot: Snapshot) -> pl.DataFrame:
    """Return the responses people called good or bad that were never in the golden set, the latest verdict first.

    One row per response: `interaction_id`, `verdict`, `n_reviewers`, `reviewed_at`, `request_text`, `response_text`.
    Responses without a request are left out: they make no example.
    """
    verdicts = response_verdicts(snapshot.table("reviews").collect()).filter(pl.col("verdict").is_in(["good", "bad"]))
    judged = verdicts.select("interaction_id", "verdict", "n_reviewers", "reviewed_at")
    is_judged = pl.col("interaction_id").is_in(judged["interaction_id"].implode())
    texts = snapshot.table("interactions").filter(is_judged, pl.col("request_text").is_not_null())
    both = judged.join(
        texts.select("interaction_id", "request_text", "response_text").collect(), on="interaction_id", how="inner"
    )
    known = snapshot.table("golden_events").select("example_id").unique().collect()
    named = both.with_columns(identify_examples(both["request_text"], both["response_text"]))
    fresh = named.join(known, on="example_id", how="anti").unique("example_id", keep="first", maintain_order=True)
    return fresh.drop("example_id").sort("reviewed_at", "interaction_id", descending=[True, False])


def list_refused(snapshot: Snapshot) -> pl.DataFrame:
    """Return the refusals that hold, the latest first: rows of `golden_refusals`."""
    return current_refusals(snapshot.table("golden_refusals").collect())
