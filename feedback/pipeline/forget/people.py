"""People's tables without somebody: verdicts on what they did, reservations, examples, and remarks that name them."""

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from feedback.pipeline.forget.belongings import Belongings, Tables, rows_about
from feedback.pipeline.forget.golden import LostVersion, find_examples, rewrite_golden
from feedback.pipeline.forget.mentions import Ids, blot_mentions
from feedback.schemas import TABLES

_GOLDEN = ("golden_events", "golden_versions")
_HUMAN = tuple(name for name, table in TABLES.items() if table.is_human)
_STAFF = {
    "reviews": "reviewer", "reservations": "reviewer", "incident_events": "by", "golden_events": "by",
    "golden_refusals": "by", "golden_versions": "by", "eval_results": "by", "audit": "by",
}  # fmt: skip


@dataclass
class PeoplesTables:
    """People's tables that change, whole, as they are to be; how many rows each loses; versions that lose examples."""

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    lost: list[LostVersion] = field(default_factory=list)
    examples: pl.Series = field(default_factory=lambda: pl.Series("example_id", [], dtype=pl.String))


def rewrite_people(tables: Tables, found: Belongings, ids: Ids, texts: list[str]) -> PeoplesTables:
    """Return people's tables without somebody.

    Parameters
    ----------
    tables
        A snapshot.
    found
        What is theirs.
    ids
        Their ids, to be blotted out where rows of others name them.
    texts
        Texts that they and nobody else wrote or got: examples that hold them go.
    """
    made = PeoplesTables(examples=find_examples(tables, found, texts))
    golden, made.lost = rewrite_golden(tables, found, made.examples, ids)
    for name in _HUMAN:
        stored = tables.table(name).collect()
        rows = golden.get(name, stored)
        theirs = rows_about(tables, name, found).select(TABLES[name].key).collect()
        left = rows.join(theirs, on=TABLES[name].key, how="anti", maintain_order="left") if theirs.height else rows
        n_blotted = 0
        if name not in _GOLDEN:
            left, n_blotted = blot_mentions(name, left, ids)
        if name in golden or theirs.height or n_blotted:
            made.tables[name] = left
        if left.height < stored.height:
            made.counts[name] = stored.height - left.height
        if n_blotted:
            made.counts[f"{name}_blotted"] = n_blotted
    return made


def count_as_staff(tables: Tables, users: tuple[str, ...]) -> int:
    """Return in how many rows one of these ids is who judged, decided or looked: those rows stay."""
    return sum(
        tables.table(name).filter(pl.col(column).is_in(list(users))).select(pl.len()).collect().item()
        for name, column in _STAFF.items()
    )
