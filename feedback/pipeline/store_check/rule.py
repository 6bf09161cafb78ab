"""A rule about what tables say of each other, and the comparison most rules are made of."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from feedback.store.finding import MOST_IDS, RESTORE, some_ids
from feedback.store.snapshot import Snapshot


class Broken(NamedTuple):
    """How many rows of a table break a rule, in which way, and the ids of some."""

    table: str
    n: int
    found: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """What holds in a sound store: what it is called, what is expected, the tables it reads, and who breaks it."""

    name: str
    expected: str
    reads: tuple[str, ...]
    find: Callable[[Snapshot], Iterator[Broken]]
    advice: str = RESTORE
    is_wrong: bool = True


def find_strays(
    table: str, rows: pl.LazyFrame, known: pl.LazyFrame, on: Sequence[str], *, found: str
) -> Iterator[Broken]:
    """Return the rows that have no counterpart: those whose values of `on` are nowhere among the known."""
    strays = rows.select(on).drop_nulls(on).join(known.select(on), on=list(on), how="anti")
    yield tell(table, strays.unique(), found=found)


def find_rows(table: str, rows: pl.LazyFrame, key: Sequence[str], *, found: str) -> Iterator[Broken]:
    """Return these rows, told by their key: each of them breaks the rule."""
    yield tell(table, rows.select(key), found=found)


def tell(table: str, rows: pl.LazyFrame, *, found: str) -> Broken:
    """Return how many rows there are, and the first few by their values."""
    named = rows.select(pl.concat_str(pl.all().cast(pl.String), separator=", ", ignore_nulls=True).alias("id"))
    counted, first = pl.collect_all([named.select(pl.len()), named.bottom_k(MOST_IDS, by="id").sort("id")])
    return Broken(table, counted.item(), found, some_ids(first["id"]))
