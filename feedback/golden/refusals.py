"""Proposals that people refused, so that they are not made again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import polars as pl

from feedback.golden.identity import identify_rows, keep_intact
from feedback.schemas import empty_table

UNCOVERED = "uncovered"
"""The finding for which examples are to be added: too little of a segment's traffic is within reach."""

_KEY = "golden_refusal_id"
_ABOUT = ("example_id", "segment", "finding")


class Proposal(NamedTuple):
    """What to do about the golden set, as `propose_changes` says it.

    `action` is add, refresh or retire. `example_id` names the example, `segment` the segment that lacks some; the
    other is null. `findings` is what it is proposed for.
    """

    action: str
    example_id: str | None
    segment: str | None
    why: str
    findings: tuple[str, ...]


def refuse_proposals(
    proposals: Sequence[Proposal],
    *,
    by: str,
    at: datetime,
    why: str | None = None,
    decision: Literal["refused", "reopened"] = "refused",
) -> pl.DataFrame:
    """Return the rows of `golden_refusals` that refuse proposals, or let them be made again.

    Parameters
    ----------
    proposals
        What is refused. Of an example all its findings are; a finding of another kind is proposed when it comes up.
    by, at, why
        Who, when, and a remark.
    decision
        `reopened` takes refusals back.
    """
    empty = empty_table("golden_refusals")
    said = {"decision": decision, "by": by, "at": at, "why": why or None}
    rows = [
        {**said, "action": one.action, "example_id": one.example_id, "segment": one.segment, "finding": finding,
         "proposal": one.why}
        for one in proposals
        for finding in one.findings
    ]  # fmt: skip
    schema = {name: dtype for name, dtype in empty.schema.items() if name != _KEY}
    return identify_rows(pl.DataFrame(rows, schema=schema), _KEY).select(empty.columns)


def current_refusals(refusals: pl.DataFrame) -> pl.DataFrame:
    """Return the refusals that hold: rows of `golden_refusals`, the latest first, one per subject and finding.

    A row whose id is not the hash of what it says does not count.

    Examples
    --------
    >>> old = Proposal("refresh", "e1", None, "old: from 200 days ago", ("old",))
    >>> refused = refuse_proposals([old], by="ann", at=datetime(2026, 1, 5))
    >>> current_refusals(refused).height
    1
    >>> again = refuse_proposals([old], by="bob", at=datetime(2026, 1, 6), decision="reopened")
    >>> current_refusals(pl.concat([refused, again])).height
    0
    """
    in_order = keep_intact(refusals, _KEY).sort("at", _KEY)
    latest = in_order.unique(_ABOUT, keep="last", maintain_order=True)
    return latest.filter(decision="refused").reverse()


def leave_refused(
    findings: pl.DataFrame, coverage: pl.DataFrame, refused: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return findings and coverage without what was refused, for `propose_changes`.

    Parameters
    ----------
    findings, coverage
        As `propose_changes` takes them.
    refused
        What `current_refusals` gives.

    Examples
    --------
    >>> findings = pl.DataFrame({"example_id": ["e1", "e1"], "finding": ["duplicate", "old"], "why": ["", ""]})
    >>> coverage = pl.DataFrame({"segment": ["all", "f = a"]})
    >>> refused = refuse_proposals([Proposal("add", None, "f = a", "", (UNCOVERED,)),
    ...                             Proposal("refresh", "e1", None, "", ("old",))], by="ann", at=datetime(2026, 1, 5))
    >>> kept, covered = leave_refused(findings, coverage, refused)
    >>> kept["finding"].to_list(), covered["segment"].to_list()
    (['duplicate'], ['all'])
    """
    segments = refused.filter(finding=UNCOVERED).select("segment")
    return (
        findings.join(refused, on=("example_id", "finding"), how="anti", maintain_order="left"),
        coverage.join(segments, on="segment", how="anti", maintain_order="left"),
    )
