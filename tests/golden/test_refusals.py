"""What was refused is not proposed again, until somebody takes that back."""

from datetime import UTC, datetime, timedelta

import polars as pl

from feedback.golden import propose_changes
from feedback.golden.findings import FINDINGS
from feedback.golden.refusals import UNCOVERED, Proposal, current_refusals, leave_refused, refuse_proposals
from feedback.schemas import check_table, empty_table

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
DUPLICATE = Proposal("retire", "e1", None, "duplicate: says nearly the same", ("duplicate", "old"))
UNREACHED = Proposal("add", None, "f = a", "10 % of its traffic is within reach", (UNCOVERED,))
FOUND = pl.DataFrame(
    [
        ("e1", "duplicate", "says nearly the same"),
        ("e1", "old", "from 200 days ago"),
        ("e2", "old", "from 300 days ago"),
    ],
    schema=FINDINGS,
    orient="row",
)
REACHED = pl.DataFrame(
    {"segment": ["all", "f = a"], "n": [900, 900], "coverage": [0.1, 0.1], "low": [0.05, 0.05], "high": [0.2, 0.2],
     "n_out_of_reach": [810, 810]}
)  # fmt: skip


def refused(*proposals: Proposal, hour: int = 0, **how) -> pl.DataFrame:
    return refuse_proposals(proposals, by="ann", at=NOON + timedelta(hours=hour), **how)


def proposed(*rows: pl.DataFrame) -> list[tuple]:
    held = current_refusals(pl.concat([empty_table("golden_refusals"), *rows]))
    found = propose_changes(*leave_refused(FOUND, REACHED, held), days=28)
    return found.select("action", pl.coalesce("example_id", "segment")).rows()


def test_rows_are_as_declared():
    rows = refused(DUPLICATE, UNREACHED, why="they differ")
    assert check_table("golden_refusals", rows).height == 3
    assert rows.equals(refused(DUPLICATE, UNREACHED, why="they differ"))


def test_nothing_refused_leaves_all():
    assert proposed() == [("add", "f = a"), ("refresh", "e2"), ("retire", "e1")]


def test_what_was_refused_is_left_out():
    assert proposed(refused(DUPLICATE)) == [("add", "f = a"), ("refresh", "e2")]
    assert proposed(refused(UNREACHED)) == [("refresh", "e2"), ("retire", "e1")]


def test_another_finding_is_still_proposed():
    only_duplicate = DUPLICATE._replace(findings=("duplicate",))
    assert proposed(refused(only_duplicate)) == [("add", "f = a"), ("refresh", "e1"), ("refresh", "e2")]


def test_a_refusal_is_taken_back_and_given_again():
    first, back, again = refused(UNREACHED), refused(UNREACHED, hour=1, decision="reopened"), refused(UNREACHED, hour=2)
    assert ("add", "f = a") in proposed(first, back)
    assert ("add", "f = a") in proposed(back, first)
    assert ("add", "f = a") not in proposed(first, back, again)


def test_a_row_that_was_tampered_with_does_not_count():
    rows = refused(UNREACHED).with_columns(segment=pl.lit("f = b"))
    assert current_refusals(rows).is_empty()
