"""What a golden check proposes, decided by a person: done through the pipeline, or refused for good."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from feedback.errors import SettingsError
from feedback.golden import current_examples, find_example, propose_changes
from feedback.golden.refusals import UNCOVERED, Proposal, current_refusals, leave_refused, refuse_proposals
from feedback.pipeline.candidates import IN_SEGMENT, draw_golden_candidates
from feedback.pipeline.golden import correct, retire
from feedback.pipeline.golden_check import GoldenCheck
from feedback.pipeline.golden_examples import holding_reviews
from feedback.pipeline.picks import pick_for_review, waiting_picks
from feedback.pipeline.queue_items import progress
from feedback.reviews import response_verdicts
from feedback.store import Store
from feedback.store.snapshot import Snapshot

Clock = Callable[[], datetime]
STEPS = ("draw", "correct", "review", "retire", "wait")
CANDIDATES = 10
_LISTED = pl.Schema({
    "action": pl.String, "example_id": pl.String, "segment": pl.String, "why": pl.String,
    "findings": pl.List(pl.String), "step": pl.String, "input": pl.String, "label": pl.String,
    "interaction_id": pl.String, "draw_id": pl.String, "new_label": pl.String, "new_expected": pl.String,
})  # fmt: skip


class Accepted(NamedTuple):
    """What accepting a proposal did: the step, how many rows it wrote, and the draw that waits for review, if any."""

    step: str
    n: int
    draw_id: str | None = None


def list_proposals(snapshot: Snapshot, check: GoldenCheck, *, checked: Snapshot | None = None) -> pl.DataFrame:
    """Return the proposals of a check with what accepting each would do, in the order of the check.

    Parameters
    ----------
    snapshot
        The tables as they are now.
    check
        As `check_golden` gives it.
    checked
        The tables the check was made of, if they are older. What was decided since is left out.

    Returns
    -------
    pl.DataFrame
        One row per proposal: `action`, `example_id`, `segment` and `why` as the check says; `findings` it is made for;
        `step`: `draw` candidates in the segment, `correct` the example to what people have said since
        (`new_label`, `new_expected`), send its response to `review` again, `retire` it, or `wait` for the review it
        was sent to; `input`, `label` and `interaction_id` of the example, and the `draw_id` it waits in.
    """
    refused = current_refusals(snapshot.table("golden_refusals").collect())
    findings, coverage = leave_refused(check.findings, check.coverage, refused)
    proposals = propose_changes(findings, coverage, days=check.days)
    examples = _unchanged_examples(snapshot, checked or snapshot)
    made_for = dict(findings.group_by("example_id", maintain_order=True).agg("finding").iter_rows())
    said, waiting, draws = _say_since(snapshot), _find_waiting(snapshot), _find_draws(snapshot)
    rows = []
    for one in proposals.iter_rows(named=True):
        if one["action"] == "add":
            about = _plan_draw(draws.get(one["segment"]))
        elif one["example_id"] in examples:
            about = _plan(examples[one["example_id"]], made_for[one["example_id"]], said, waiting)
        else:
            continue
        rows.append({name: one[name] for name in ("action", "example_id", "segment", "why")} | about)
    return pl.DataFrame(rows, schema=_LISTED)


def accept_proposal(
    store: Store, listed: dict[str, Any], *, by: str, clock: Clock, k: int = CANDIDATES, seed: int = 0
) -> Accepted:
    """Return what became of a proposal that was accepted.

    An example is never added by this: what is drawn or sent to review becomes one once a person has judged it.

    Parameters
    ----------
    store
        The store.
    listed
        A row of `list_proposals`.
    by, clock
        Who accepts it, and what says the time.
    k, seed
        How many candidates are drawn in a segment, and the seed of the draw.

    Raises
    ------
    SettingsError
        When nobody is named, the response of the example is not known, or there is nothing to do yet.
    UnknownNameError
        When the example is gone, or its response is no longer in the store.
    StoreLockedError
        When the store is being written.
    """
    _check_named(by)
    step, example = listed["step"], listed["example_id"]
    if step == "draw":
        drawn = draw_golden_candidates(store, k=k, seed=seed, clock=clock, segment=listed["segment"])
        if drawn.candidates.is_empty():
            raise SettingsError(f"nothing is left to draw in {listed['segment']}: all of it is like an example")
        return Accepted(step, drawn.candidates.height, drawn.candidates["draw_id"][0])
    find_example(current_examples(store.table("golden_events").collect()), example)
    if step == "retire":
        return Accepted(step, retire(store, [example], by=by, clock=clock, why=listed["why"]).height)
    if step == "correct":
        changed = correct(
            store, example, by=by, clock=clock, why=listed["why"],
            label=listed["new_label"], expected=listed["new_expected"],
        )  # fmt: skip
        return Accepted(step, changed.height)
    if step != "review" or not listed["interaction_id"]:
        raise SettingsError("there is nothing to do yet: the example waits for a review, or its response is not known")
    picked = pick_for_review(store, [listed["interaction_id"]], by=by, clock=clock)
    return Accepted(step, picked.n_new, picked.draw_id)


def refuse_proposal(store: Store, listed: dict[str, Any], *, by: str, clock: Clock, why: str | None = None) -> int:
    """Return how many rows of `golden_refusals` refuse a proposal: it is not made again.

    Raises
    ------
    SettingsError
        When nobody is named.
    """
    _check_named(by)
    return _write(store, [_read(listed)], by, clock(), why, "refused")


def reopen_proposals(store: Store, refusals: Sequence[dict[str, Any]], *, by: str, clock: Clock) -> int:
    """Return how many refusals, rows of `golden_refusals`, were taken back: what they are about is proposed again.

    Raises
    ------
    SettingsError
        When nobody is named.
    """
    _check_named(by)
    about = [
        Proposal(row["action"], row["example_id"], row["segment"], row["proposal"], (row["finding"],))
        for row in refusals
    ]  # fmt: skip
    return _write(store, about, by, clock(), None, "reopened")


def _write(store: Store, proposals: list[Proposal], by: str, at: datetime, why: str | None, decision: Any) -> int:
    rows = refuse_proposals(proposals, by=by, at=at, why=why, decision=decision)
    store.append("golden_refusals", rows)
    return rows.height


def _read(listed: dict[str, Any]) -> Proposal:
    return Proposal(listed["action"], listed["example_id"], listed["segment"], listed["why"], tuple(listed["findings"]))


def _unchanged_examples(snapshot: Snapshot, checked: Snapshot) -> dict[str, dict[str, Any]]:
    """Return the examples that are in the set and are what they were when it was checked, by id."""
    now, then = (current_examples(one.table("golden_events").collect()) for one in (snapshot, checked))
    same = now.join(then, on="golden_event_id", how="semi").filter(~pl.col("is_retired"))
    return {row["example_id"]: row for row in same.iter_rows(named=True)}


def _find_waiting(snapshot: Snapshot) -> dict[str, str]:
    """Return the draws of the responses that were sent to review and wait there, by interaction."""
    return dict(waiting_picks(snapshot).select("interaction_id", "draw_id").iter_rows())


def _find_draws(snapshot: Snapshot) -> dict[str, str]:
    """Return the latest draw in each segment that still has something to judge, by segment."""
    begun = progress(snapshot).filter(pl.col("n_done") < pl.col("n")).sort("drawn_at")
    told = snapshot.table("candidate_draws").select("draw_id", "frame_filter").collect()
    marked = begun.join(told, on="draw_id", how="left", maintain_order="left").filter(
        pl.col("frame_filter").str.starts_with(IN_SEGMENT)
    )
    return dict(marked.select(pl.col("frame_filter").str.strip_prefix(IN_SEGMENT), "draw_id").iter_rows())


def _plan_draw(draw_id: str | None) -> dict[str, Any]:
    return {"findings": [UNCOVERED], "step": "wait" if draw_id else "draw", "draw_id": draw_id}


def _plan(example: dict[str, Any], findings: list[str], said: dict[str, dict], waiting: dict[str, str]) -> dict:
    """Return what accepting the proposal about an example would do."""
    interaction = json.loads(example["provenance"]).get("interaction_id")
    about = {
        "findings": findings, "input": example["input"], "label": example["label"], "interaction_id": interaction,
    }  # fmt: skip
    gravest = findings[0] if findings else None
    if gravest not in ("contradicted", "old"):
        return about | {"step": "retire"}
    if interaction in waiting:
        return about | {"step": "wait", "draw_id": waiting[interaction]}
    since = said.get(interaction or "")
    if gravest == "contradicted" and since and since["reviewed_at"] > example["at"]:
        label = since["verdict"] if since["verdict"] != example["label"] else None
        expected = since["corrected_text"] if since["corrected_text"] != example["expected"] else None
        if label or expected:
            return about | {"step": "correct", "new_label": label, "new_expected": expected}
    return about | {"step": "review"}


def _say_since(snapshot: Snapshot) -> dict[str, dict]:
    """Return what people say now of each response: `verdict`, `reviewed_at`, and the latest `corrected_text`."""
    reviews = snapshot.table("reviews").collect()
    verdicts = response_verdicts(reviews).filter(pl.col("verdict").is_in(["good", "bad"]))
    corrected = (
        holding_reviews(reviews)
        .sort("reviewed_at", "review_id")
        .group_by("interaction_id")
        .agg(pl.col("corrected_text").drop_nulls().last())
    )
    told = verdicts.join(corrected, on="interaction_id", how="left")
    columns = ("interaction_id", "verdict", "reviewed_at", "corrected_text")
    return {row["interaction_id"]: row for row in told.select(columns).iter_rows(named=True)}


def _check_named(by: str) -> None:
    if not by.strip():
        raise SettingsError("say who decides: a change of the golden set has a name to it")
