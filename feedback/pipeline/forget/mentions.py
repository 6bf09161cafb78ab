"""Ids of somebody in rows of others: in values of dimensions, in the names of segments, in remarks."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from feedback.schemas import TABLES

FORGOTTEN = "(forgotten)"
SHORT = 4
"""ids of fewer characters stand in too much that has nothing to do with anybody: they are compared as a whole"""
PATHS = frozenset({("quarantine", "file"), ("audit", "note")})
"""columns with names of files, which may be called after somebody: `ann.jsonl`"""
MENTIONS: Mapping[str, tuple[str, ...]] = {
    "quarantine": ("file", "reason"),
    "alarms": ("segment", "follows_release"),
    "candidate_draws": ("frame_filter",),
    "candidates": ("reason",),
    "incident_events": ("segment", "note"),
    "golden_events": ("segment",),
    "golden_refusals": ("segment", "proposal", "why"),
    "golden_versions": ("note",),
    "audit": ("about", "note"),
}
"""columns in which an id may be named, by table; further columns of the log aside"""
DIMENSIONED = tuple(name for name, table in TABLES.items() if table.carries == "dimensions")


@dataclass(frozen=True)
class Ids:
    """Ids to look for, as they are stored.

    A long one is found inside a text where nothing beside it could be part of a longer id; a short one only where it
    is the whole value, the value of a condition such as `tenant = ann`, or the name of a file. The `rest`, which may
    be millions, are compared as a whole only.

    Examples
    --------
    >>> ids = Ids(["person-1", "ann"])
    >>> ids.blot("person-1 and person-12, ann"), ids.blot("tenant = ann & model = m1"), ids.blot("ann")
    ('(forgotten) and person-12, ann', 'tenant = (forgotten) & model = m1', '(forgotten)')
    >>> ids.blot("logs/ann.jsonl"), ids.blot("logs/ann.jsonl", in_path=True)
    ('logs/ann.jsonl', 'logs/(forgotten).jsonl')
    """

    values: Iterable[str]
    rest: Iterable[str] = ()
    known: frozenset[str] = field(init=False)
    patterns: list[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "patterns", sorted({*self.values}))
        object.__setattr__(self, "known", frozenset((*self.patterns, *self.rest)))

    @cached_property
    def _inside(self) -> re.Pattern[str]:
        long, every = _any_of(one for one in self.patterns if len(one) >= SHORT), _any_of(self.patterns)
        return re.compile(rf"(?<![\w@-])(?<!\w\.){long}(?![\w@-])(?!\.\w)|(?<= = ){every}(?= & |$)")

    @cached_property
    def _in_path(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w@.-]){_any_of(self.patterns)}(?=\.\w)")

    def may_name(self, texts: pl.Expr) -> pl.Expr:
        """Return whether texts could name one of them: `names` says."""
        is_one = texts.is_in(list(self.known))
        return is_one | texts.str.contains_any(self.patterns) if self.patterns else is_one

    def names(self, text: str, *, in_path: bool = False) -> bool:
        """Return whether a text is, or names, one of them."""
        return self.blot(text, in_path=in_path) != text

    def blot(self, text: str, *, in_path: bool = False) -> str:
        """Return the text with `(forgotten)` in the place of each of them."""
        if text in self.known:
            return FORGOTTEN
        blotted = self._inside.sub(FORGOTTEN, text)
        return self._in_path.sub(FORGOTTEN, blotted) if in_path else blotted

    def blot_column(self, texts: pl.Series, *, in_path: bool = False) -> pl.Series:
        """Return texts with each of them blotted out; the same series where none is named."""
        distinct = texts.drop_nulls().unique()
        likely = distinct.to_frame("text").filter(self.may_name(pl.col("text")))["text"]
        blotted = {one: self.blot(one, in_path=in_path) for one in likely}
        changed = {old: new for old, new in blotted.items() if old != new}
        return texts.replace(list(changed), list(changed.values())) if changed else texts


def _any_of(ids: Iterable[str]) -> str:
    """Return a pattern for one of these; longest first, as one id may begin another; without any it fits nothing."""
    ordered = sorted(ids, key=lambda one: (-len(one), one))
    return f"(?:{'|'.join(map(re.escape, ordered))})" if ordered else r"(?!)"


def blot_mentions(name: str, rows: pl.DataFrame, ids: Ids) -> tuple[pl.DataFrame, int]:
    """Return the rows of a table with ids of somebody blotted out, and how many rows that changed.

    In further columns of the log (dimensions) an id becomes null; elsewhere `(forgotten)`.
    """
    columns = [column for column in MENTIONS.get(name, ()) if column in rows.columns]
    fresh = rows.with_columns(ids.blot_column(rows[column], in_path=(name, column) in PATHS) for column in columns)
    further = further_columns(name, rows.schema)
    if further:
        held = pl.col(further).is_in(list(ids.known))
        fresh = fresh.with_columns(pl.when(~held.fill_null(value=False)).then(pl.col(further)).name.keep())
    seen = [*columns, *further]
    if not seen:
        return rows, 0
    is_other = pl.any_horizontal(pl.col(column).ne_missing(fresh[column]) for column in seen)
    n_changed = int(rows.select(is_other.sum()).item())
    return (fresh if n_changed else rows), n_changed


def further_columns(name: str, schema: Mapping[str, pl.DataType]) -> list[str]:
    """Return the columns of a table that came with the log and hold text: dimensions."""
    if name not in DIMENSIONED:
        return []
    ours = set(TABLES[name].columns) - {"feature"}
    return [column for column, kind in schema.items() if column not in ours and kind == pl.String]
