"""From reviews to the golden set: which reviewed responses become examples, and where they are placed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from feedback.errors import InputError, SettingsError, name_some
from feedback.golden import (
    Shares,
    add_examples,
    assign_splits,
    current_examples,
    find_contaminated,
    find_text_groups,
    propose_examples,
)
from feedback.golden.examples import Proposals
from feedback.golden.splits import DEFAULT_SHARES
from feedback.label_model import latest_labels
from feedback.pipeline.dimensions import known_columns
from feedback.reviews import response_verdicts
from feedback.reviews.verdicts import latest_of_each
from feedback.store import Store
from feedback.store.snapshot import Snapshot

Clock = Callable[[], datetime]
SEGMENT_BY = ("feature",)


@dataclass(frozen=True)
class Wanted:
    """Which reviewed responses: judged so, by that person among others, drawn by that draw, these ones. All if none."""

    label: str | None = None
    reviewer: str | None = None
    draw_id: str | None = None
    interaction_ids: Sequence[str] = ()


@dataclass(frozen=True)
class AddRules:
    """How examples are added.

    Attributes
    ----------
    segment_by
        Dimensions that name the segment of an example.
    family
        Examples labelled by the model family under test are refused.
    prompts
        Files of prompts and few-shot examples: what stands in them is refused.
    again
        Whether retired examples come back.
    shares
        How much goes into train, dev and test.
    """

    segment_by: Sequence[str] = SEGMENT_BY
    family: str | None = None
    prompts: Sequence[Path] = ()
    again: bool = False
    shares: Shares = DEFAULT_SHARES


@dataclass(frozen=True)
class AddSummary:
    """What became of the reviewed responses.

    `added` are the new examples, rows of `golden_events`. `n_known` make an example that is in the set, `n_retired` one
    that was retired and stays so. `left_out` says why others make none: `example_id` or `interaction_id`, and `why`.
    """

    added: pl.DataFrame
    n_known: int
    n_retired: int
    left_out: pl.DataFrame


def add_reviewed(
    store: Store,
    *,
    by: str,
    clock: Clock,
    wanted: Wanted = Wanted(),
    rules: AddRules = AddRules(),
    why: str | None = None,
) -> AddSummary:
    """Return what was added to the golden set: the responses people called good or bad that are not in it yet.

    Adding the same thing twice changes nothing.

    Parameters
    ----------
    store
        The store.
    by, clock
        Who adds them, and what says the time.
    wanted
        Which of the reviewed responses.
    rules
        How they are added.
    why
        The reason; what the review said, when not given.

    Raises
    ------
    SettingsError
        When there is no such dimension, or nothing was reviewed yet.
    InputError
        When a file of prompts cannot be read.
    """
    snapshot = store.at()
    proposals = _propose(snapshot, wanted, rules.segment_by)
    refused = find_contaminated(proposals.examples, family=rules.family, prompts=read_prompts(rules.prompts))
    clean = proposals.examples.join(refused, on="example_id", how="anti")
    events = snapshot.table("golden_events").collect()
    known = current_examples(events)
    retired = known.filter("is_retired")
    there = known if not rules.again else known.filter(~pl.col("is_retired"))
    fresh = place_examples(known, clean.join(there, on="example_id", how="anti"), shares=rules.shares)
    added = add_examples(events, fresh, by=by, at=clock(), why=why, again=rules.again)
    store.append("golden_events", added)
    n_retired = clean.join(retired, on="example_id", how="semi").height
    return AddSummary(
        added=added,
        n_known=clean.height - fresh.height - (0 if rules.again else n_retired),
        n_retired=0 if rules.again else n_retired,
        left_out=_list_left_out(refused, proposals.left_out),
    )


def place_examples(known: pl.DataFrame, fresh: pl.DataFrame, *, shares: Shares = DEFAULT_SHARES) -> pl.DataFrame:
    """Return the new examples with their text groups and the side they are on.

    Parameters
    ----------
    known
        All that were ever in the set, as `current_examples` gives them.
    fresh
        The new ones, as `propose_examples` gives them.
    shares
        How much goes into train, dev and test.
    """
    in_order = known.sort("added_at", "example_id")
    by_text = find_text_groups(in_order, fresh).rename({"groups": "text_groups"})
    grouped = fresh.join(by_text, on="example_id", how="left", maintain_order="left").with_columns(
        groups=pl.concat_list("groups", "text_groups")
    )
    sides = assign_splits(grouped, known, shares=shares)
    return grouped.drop("text_groups").join(sides, on="example_id", how="left", maintain_order="left")


def read_prompts(files: Sequence[Path]) -> dict[str, str]:
    """Return what stands in files of prompts, by file name.

    Raises
    ------
    InputError
        When one cannot be read.
    """
    try:
        return {file.name: file.read_text(encoding="utf-8", errors="replace") for file in files}
    except OSError as error:
        raise InputError(f"cannot read the prompts in {error.filename}: {error.strerror}") from error


def holding_reviews(reviews: pl.DataFrame) -> pl.DataFrame:
    """Return the latest review of each reviewer of each item, without those that another one supersedes."""
    replaced = reviews.select(review_id="supersedes", by="review_id").filter(pl.col("by") != pl.col("review_id"))
    valid = reviews.unique("review_id").join(replaced, on="review_id", how="anti")
    return latest_of_each(valid.lazy()).collect()


def _propose(snapshot: Snapshot, wanted: Wanted, segment_by: Sequence[str]) -> Proposals:
    reviews = snapshot.table("reviews").collect()
    verdicts = response_verdicts(reviews).filter(pl.col("verdict").is_in(["good", "bad"]))
    if verdicts.is_empty():
        raise SettingsError("nothing was reviewed good or bad yet; review first: feedback reviews draw, then import")
    labels = snapshot.table("labels")
    dimensions = dimensions_of(snapshot, segment_by)
    holding = holding_reviews(reviews)
    chosen = _choose(verdicts, holding, wanted)
    ids = chosen.lazy().select("interaction_id")
    interactions = snapshot.table("interactions")
    sessions = interactions.join(ids, on="interaction_id", how="semi").select("session_id")
    rules = snapshot.table("label_versions").select("label_version", "rules")
    in_force = latest_labels(labels.join(ids, on="interaction_id", how="semi"))
    return propose_examples(
        chosen,
        holding.join(chosen, on="interaction_id", how="semi"),
        interactions.join(sessions, on="session_id", how="semi").collect(),
        in_force.join(rules, on="label_version", how="left").collect(),
        reasons=snapshot.table("candidates").join(ids, on="interaction_id", how="semi").collect(),
        dimensions=dimensions,
        segment_by=segment_by,
        run=snapshot.version or None,
    )


def dimensions_of(snapshot: Snapshot, segment_by: Sequence[str]) -> list[str]:
    """Return the dimensions of the log, by name, once those that name segments are among them.

    Raises
    ------
    SettingsError
        When they are not.
    """
    dimensions = sorted({"feature", *known_columns(snapshot, snapshot.table("labels"), role="dimension")})
    strange = [name for name in segment_by if name not in dimensions]
    if strange:
        raise SettingsError(f"there is no dimension {name_some(strange)}; there are {name_some(dimensions, most=20)}")
    return dimensions


def _choose(verdicts: pl.DataFrame, reviews: pl.DataFrame, wanted: Wanted) -> pl.DataFrame:
    """Return the verdicts that are wanted."""
    chosen = verdicts
    if wanted.label is not None:
        chosen = chosen.filter(verdict=wanted.label)
    if wanted.reviewer is not None:
        chosen = chosen.filter(pl.col("reviewers").list.contains(wanted.reviewer))
    if wanted.draw_id is not None:
        chosen = chosen.join(reviews.filter(draw_id=wanted.draw_id), on="interaction_id", how="semi")
    if wanted.interaction_ids:
        chosen = chosen.filter(pl.col("interaction_id").is_in(list(wanted.interaction_ids)))
    return chosen


def _list_left_out(refused: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    told = refused.select(
        "example_id", interaction_id=pl.lit(None, pl.String), why=pl.format("contaminated: {}", "why")
    )
    return pl.concat([told, others.select(pl.lit(None, pl.String).alias("example_id"), "interaction_id", "why")])
