"""Tombstones: by them somebody who was forgotten is known when a log brings them again, and is left out.

A tombstone is HMAC-SHA-256 of the id as it is stored, under a salt of the store. Whoever has the store can test a
guess, so short ids that can be counted through are told from it; pseudonyms cannot be guessed.
"""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl

from feedback.events.readings import read_id
from feedback.events.times import parse_times
from feedback.pipeline.forget.belongings import Belongings, Tables
from feedback.schemas import TABLES
from feedback.sources import RawLog
from feedback.store.writer import Writer

_DIGITS = 32
_IDS = {"user_id": "user", "session_id": "session", "interaction_id": "interaction"}
_OURS = frozenset(TABLES["events"].columns)


def hash_id(kind: str, value: str, salt: str) -> str:
    """Return the tombstone of an id: 32 hexadecimal digits.

    Examples
    --------
    >>> hash_id("user", "ann", "00")
    'a12907a0fed9876cf4ae3e7903f43779'
    """
    message = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
    return hmac.digest(bytes.fromhex(salt), message, "sha256").hex()[:_DIGITS]


def make_tombstones(tables: Tables, found: Belongings, *, salt: str, clock: datetime) -> pl.DataFrame:
    """Return the new rows of `tombstones` for somebody who is forgotten.

    Parameters
    ----------
    tables
        A snapshot or a writer.
    found
        What is theirs.
    salt
        A fresh one, in hexadecimal; used when the store has none yet.
    clock
        Now.
    """
    known = tables.table("tombstones").collect()
    salt = known["salt"][0] if known.height else salt
    who = found.who
    ids = [("user", user) for user in (*who.users, *who.aliases)]
    if who.users or who.sessions:
        ids += [("session", session) for session in _sessions_of(found)]
    if who.users and len(found.shared):
        ids += [("interaction", interaction) for interaction in found.interactions]
    rows: list[dict] = [{"tombstone": hash_id(kind, value, salt), "kind": kind} for kind, value in ids]
    if who.before is not None:
        at = who.before.astimezone(UTC)
        rows.append({"tombstone": hash_id("before", at.isoformat(), salt), "kind": "before", "before": at})
    told = pl.DataFrame([{**row, "salt": salt, "forgotten_at": clock} for row in rows], schema=known.schema)
    return told.unique("tombstone").join(known, on="tombstone", how="anti")


def _sessions_of(found: Belongings) -> Iterable[str]:
    """Return their sessions; those that are only old are told by the time."""
    return found.sessions if found.who.before is None else found.who.sessions


@dataclass
class Gate:
    """Leaves out of what is read whoever was forgotten.

    Attributes
    ----------
    salt, hashes, before
        The tombstones: of each kind of id, and the latest time before which nothing is taken.
    n_forgotten
        Rows that were left out so far.
    """

    salt: str = ""
    hashes: dict[str, set[str]] = field(default_factory=dict)
    before: datetime | None = None
    time_zone: str = "UTC"
    n_forgotten: int = 0
    _new_sessions: set[str] = field(default_factory=set)

    def __call__(self, logs: Iterable[RawLog]) -> Iterator[RawLog]:
        """Yield the batches of a file without them."""
        for log in logs:
            yield self._leave_out(log) if self.salt else log

    def new_tombstones(self, known: pl.DataFrame, *, clock: datetime) -> pl.DataFrame:
        """Return tombstones for sessions in which somebody was met again: events in them may name nobody."""
        rows = [{"tombstone": one, "kind": "session", "salt": self.salt, "forgotten_at": clock}
                for one in sorted(self._new_sessions)]  # fmt: skip
        return pl.DataFrame(rows, schema=known.schema).join(known, on="tombstone", how="anti")

    def _leave_out(self, log: RawLog) -> RawLog:
        named = {name.strip().lstrip("("): name for name in reversed(log.frame.columns)}
        ids = pl.DataFrame({kind: self._read(log.frame, named, column) for column, kind in _IDS.items()})
        is_gone = self._is_forgotten(ids)
        if self.before is not None and "occurred_at" in named:
            times = parse_times(log.frame[named["occurred_at"]], zone=self.time_zone)["instant"]
            is_gone |= (times < self.before).fill_null(value=False)
        kept = log.frame.filter(~is_gone)
        self.n_forgotten += log.frame.height - kept.height
        return RawLog(self._blank(kept, named), log.broken, log.is_typed)

    def _read(self, frame: pl.DataFrame, named: dict[str, str], column: str) -> pl.Series:
        if column not in named or frame.schema[named[column]] == pl.Null:
            return pl.Series(column, [None] * frame.height, dtype=pl.String)
        written = frame.select(pl.col(named[column]).alias(column))
        return written.select(read_id(column, written.schema[column]).value).to_series()

    def _is_forgotten(self, ids: pl.DataFrame) -> pl.Series:
        """Return which rows name somebody forgotten, or name nobody in a session of somebody forgotten."""
        by_user, by_session, by_interaction = (self._is_known(ids[kind], kind) for kind in _IDS.values())
        other = ids["user"].is_not_null() & ~by_user
        marked = ids.with_columns(by_user=by_user, other=other)
        alone = marked.select(pl.col("by_user").any().over("session") & ~pl.col("other").any().over("session"))
        theirs = alone.to_series() & ids["session"].is_not_null()
        fresh = ids.filter(theirs & ~by_session)["session"].unique()
        self._new_sessions |= {hash_id("session", one, self.salt) for one in fresh}
        self.hashes.setdefault("session", set()).update(self._new_sessions)
        nameless = ids["user"].is_null()
        return by_user | theirs | by_session | (by_interaction & nameless)

    def _is_known(self, ids: pl.Series, kind: str) -> pl.Series:
        hashes = self.hashes.get(kind)
        if not hashes:
            return pl.Series([False] * len(ids), dtype=pl.Boolean)
        gone = [one for one in ids.unique().drop_nulls() if hash_id(kind, one, self.salt) in hashes]
        return ids.is_in(gone).fill_null(value=False)

    def _blank(self, frame: pl.DataFrame, named: dict[str, str]) -> pl.DataFrame:
        """Return the rows with null in the place of further columns that hold the id of somebody forgotten."""
        further = [name for column, name in named.items() if column not in _OURS and frame.schema[name] == pl.String]
        blank = {name: self._is_known(frame[name], "user") | self._is_known(frame[name], "session") for name in further}
        changed = [pl.when(~mark).then(pl.col(name)).alias(name) for name, mark in blank.items() if mark.any()]
        return frame.with_columns(changed)


def open_gate(tables: Tables, *, time_zone: str = "UTC") -> Gate:
    """Return what leaves out of a log whoever was forgotten in a store."""
    rows = tables.table("tombstones").collect()
    if rows.is_empty():
        return Gate()
    hashes = {kind: set(rows.filter(kind=kind)["tombstone"]) for kind in _IDS.values()}
    return Gate(rows["salt"][0], hashes, rows["before"].max(), time_zone)  # pyright: ignore[reportArgumentType]


def close_gate(writer: Writer, gate: Gate, *, clock: datetime) -> None:
    """Write down in which further sessions somebody was met."""
    fresh = gate.new_tombstones(writer.table("tombstones").collect(), clock=clock)
    writer.append("tombstones", fresh)
