"""Draws, reviews, incidents and the golden set: what they refer to is there."""

from collections.abc import Iterator

import polars as pl

from feedback.errors import StoreError
from feedback.golden import list_versions, read_version
from feedback.golden.identity import keep_intact
from feedback.pipeline.store_check.rule import Broken, Rule, find_rows, find_strays, tell
from feedback.store.finding import some_ids
from feedback.store.snapshot import Snapshot

_HASHED = {"golden_events": "golden_event_id", "golden_versions": "version_id"}


def _draws(snapshot: Snapshot) -> Iterator[Broken]:
    candidates, draws = snapshot.table("candidates"), snapshot.table("candidate_draws")
    yield from find_strays("candidates", candidates, draws, ("draw_id",), found="draws are not written down")
    p = pl.col("inclusion_probability")
    wrong = candidates.filter(~((p > 0) & (p <= 1)).fill_null(value=False))
    yield from find_rows("candidates", wrong, ("draw_id", "interaction_id"), found="have no probability in (0, 1]")
    drawn = candidates.group_by("draw_id").agg(n_drawn=pl.len().cast(pl.Int64))
    more = drawn.join(draws, on="draw_id").filter(pl.col("n_drawn") > pl.col("frame_n"))
    yield from find_rows("candidate_draws", more, ("draw_id",), found="drew more than there was to draw from")


def _drawn_items(snapshot: Snapshot) -> Iterator[Broken]:
    interactions = snapshot.table("interactions")
    yield from find_strays("candidates", snapshot.table("candidates"), interactions, ("interaction_id",),
                           found="are no interaction")  # fmt: skip


def _reviews(snapshot: Snapshot) -> Iterator[Broken]:
    reviews = snapshot.table("reviews")
    replaced = reviews.select(review_id="supersedes")
    yield from find_strays("reviews", replaced, reviews, ("review_id",), found="superseded reviews are not there")
    p = pl.col("inclusion_probability")
    wrong = reviews.filter((p.is_not_null() & ~p.is_between(0, 1, closed="right")) | p.is_nan())
    yield from find_rows("reviews", wrong, ("review_id",), found="have no probability in (0, 1]")


def _golden(snapshot: Snapshot) -> Iterator[Broken]:
    events, versions = (snapshot.table(name).collect() for name in ("golden_events", "golden_versions"))
    for name, key in _HASHED.items():
        rows = snapshot.table(name).collect()
        altered = rows.join(keep_intact(rows, key), on=key, how="anti")
        yield tell(name, altered.lazy().select(key), found="say something else than their id does")
    known = versions.lazy().select(version="version", golden_event_id="golden_event_ids").explode("golden_event_id")
    yield from find_strays("golden_versions", known, events.lazy(), ("golden_event_id",), found="changes are gone")
    broken = [version for version in list_versions(versions).iter_rows(named=True) if not _can_be_cut(events, version)]
    yield Broken("golden_versions", len(broken), "hold other examples than when they were made",
                 some_ids(f"version {version['version']}" for version in broken))  # fmt: skip


def _can_be_cut(events: pl.DataFrame, version: dict) -> bool:
    try:
        return read_version(events, version).height == version["n"]
    except StoreError:
        return False


def _surprises(snapshot: Snapshot) -> Iterator[Broken]:
    on = ("interaction_id",)
    for name, known in (("surprises", "labels"), ("clusters", "interactions")):
        yield from find_strays(name, snapshot.table(name), snapshot.table(known), on, found=f"are not in {known}")


CURATION = (
    Rule("draws", "every candidate belongs to a draw and has a probability in (0, 1]",
         ("candidates", "candidate_draws"), _draws),
    Rule("drawn items", "every candidate is an interaction", ("candidates", "interactions"), _drawn_items,
         is_wrong=False, advice="labelled anew since it was drawn, or forgotten; it cannot be reviewed"),
    Rule("reviews", "a review supersedes one that is there", ("reviews",), _reviews),
    Rule("golden set", "versions hold the examples they were made of", ("golden_events", "golden_versions"), _golden),
    Rule("extras", "surprises and clusters are of interactions there are",
         ("surprises", "clusters", "labels", "interactions"), _surprises),
)  # fmt: skip
