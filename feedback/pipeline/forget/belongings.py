"""What a store holds about a person: which events, sessions and interactions, and which rows of every table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import polars as pl

from feedback.schemas import TABLES
from feedback.schemas.behaviour import OPENERS

_EVENT = ("session_id", "event_id")
_NAMED = ("events", "interactions", "labels", "open_labels")


class Tables(Protocol):
    """Something that has the tables of a store, such as a snapshot or a writer."""

    def table(self, name: str) -> pl.LazyFrame:
        """Return a table."""
        ...


@dataclass(frozen=True)
class Who:
    """Whom it is about: these users, these sessions, everybody before a time. Ids are those that are stored.

    `aliases` are other names of these users, such as the ids behind pseudonyms: nothing is theirs by them, but what
    names them is found.
    """

    users: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    before: datetime | None = None
    aliases: tuple[str, ...] = ()

    @property
    def is_nobody(self) -> bool:
        """Whether nothing was named."""
        return not (self.users or self.sessions or self.before)


@dataclass(frozen=True)
class Belongings:
    """What is known of them.

    Attributes
    ----------
    who
        Whom it is about.
    sessions
        Sessions that are theirs alone: all of them belongs to them, events that name nobody too. Before a time: those
        of which nothing is left after it.
    shared
        Sessions of which only a part is theirs: others took part, or they went on after that time.
    events
        One row per event that is theirs: `session_id`, `event_id`.
    interactions
        Ids of the interactions that are theirs.
    """

    who: Who
    sessions: pl.Series
    shared: pl.Series
    events: pl.DataFrame
    interactions: pl.Series


def find_belongings(tables: Tables, who: Who) -> Belongings:
    """Return which events, sessions and interactions belong to somebody.

    A session belongs to whoever it names, if it names nobody else. In one that names several people an event
    belongs to whom it names, or, naming nobody, to whom the interaction belongs that it is about.

    Parameters
    ----------
    tables
        A snapshot or a writer.
    who
        Whom it is about.

    Examples
    --------
    >>> from pathlib import Path
    >>> from feedback.store.snapshot import latest_snapshot
    >>> find_belongings(latest_snapshot(Path("no/such/folder")), Who(users=("ann",))).events.height
    0
    """
    concerned = _concerned(tables, who)
    shared = _shared(tables, who, concerned)
    whole = concerned.filter(~concerned.is_in(shared.implode()))
    interactions = _interactions(tables, who, whole, shared)
    events = tables.table("events").filter(_is_theirs(who, whole, shared, interactions)).select(_EVENT)
    return Belongings(who, whole, shared, events.collect().sort(_EVENT), interactions)


def rows_about(tables: Tables, name: str, found: Belongings) -> pl.LazyFrame:
    """Return the rows of a table that belong to somebody; examples of the golden set are found otherwise."""
    rows = tables.table(name)
    mine = is_about(name, rows.collect_schema().names(), found)
    if name == "quarantine":
        own = pl.struct(_EVENT).is_in(found.events.select(pl.struct(_EVENT)).to_series().implode())
        return rows.filter((mine | own).fill_null(value=False))
    if name == "events":
        return rows.join(found.events.lazy(), on=_EVENT, how="semi")
    return rows.filter(mine.fill_null(value=False))


def is_about(name: str, columns: Iterable[str], found: Belongings) -> pl.Expr:
    """Return whether a row belongs to somebody, by the columns of its table that tie it to a person."""
    present = set(columns)
    ties = [pl.lit(value=False)]
    for column, ids in _ties(found).items():
        if column in present:
            ties.append(pl.col(column).is_in(ids.implode()).fill_null(value=False))
    if found.who.before is not None and "shown_at" in present and name in _NAMED:
        ties.append(pl.col("shown_at") < found.who.before)
    return pl.any_horizontal(ties)


def _ties(found: Belongings) -> Mapping[str, pl.Series]:
    users = pl.Series("user_id", found.who.users, dtype=pl.String)
    return {"interaction_id": found.interactions, "session_id": found.sessions, "user_id": users}


def _concerned(tables: Tables, who: Who) -> pl.Series:
    """Return the sessions that have to do with them."""
    found = [pl.DataFrame({"session_id": list(who.sessions)}, schema={"session_id": pl.String})]
    for name in _NAMED:
        at = "occurred_at" if name == "events" else "shown_at"
        found.append(tables.table(name).filter(_names(who, at)).select("session_id").collect())
    return pl.concat(found).to_series().unique().sort()


def _names(who: Who, at: str) -> pl.Expr:
    is_named = pl.col("user_id").is_in(list(who.users)).fill_null(value=False)
    return is_named if who.before is None else is_named | (pl.col(at) < who.before)


def _shared(tables: Tables, who: Who, concerned: pl.Series) -> pl.Series:
    """Return which of the sessions are partly of others, or partly of later; those that were named are whole."""
    candidates = concerned.filter(~concerned.is_in(list(who.sessions)))
    others = pl.col("user_id").is_not_null() & ~pl.col("user_id").is_in(list(who.users))
    users = tables.table("events").filter(pl.col("session_id").is_in(candidates.implode()))
    if who.before is None:
        left = users.filter(others)
    elif who.users:
        named = pl.col("user_id").is_in(list(who.users)).any().over("session_id").fill_null(value=False)
        left = users.filter(pl.when(named).then(others).otherwise(pl.col("occurred_at") >= who.before))
    else:
        left = users.filter(pl.col("occurred_at") >= who.before)
    return left.select("session_id").collect().to_series().unique().sort()


def _interactions(tables: Tables, who: Who, whole: pl.Series, shared: pl.Series) -> pl.Series:
    """Return the interactions of their sessions, and in shared ones those that name them or are from before."""
    of_whole = pl.col("session_id").is_in(whole.implode())
    of_shared = pl.col("session_id").is_in(shared.implode())
    own = of_shared & _opens_or_answers(who)
    found = [tables.table("events").filter(of_whole | own)]
    found += [tables.table(name).filter(of_whole | (of_shared & _names(who, "shown_at"))) for name in _NAMED[1:]]
    ids = pl.concat([rows.select("interaction_id") for rows in found]).drop_nulls().unique().collect()
    return ids.to_series().sort()


def _opens_or_answers(who: Who) -> pl.Expr:
    """Return whether an event says whose an interaction is: the answer, and what it answers, if it names its answer."""
    is_response = pl.col("kind") == "response"
    by_name = (is_response | pl.col("kind").is_in(OPENERS)) & _names(Who(who.users), "occurred_at")
    return by_name if who.before is None else by_name | (is_response & (pl.col("occurred_at") < who.before))


def _is_theirs(who: Who, whole: pl.Series, shared: pl.Series, interactions: pl.Series) -> pl.Expr:
    nameless = pl.col("user_id").is_null() & pl.col("interaction_id").is_in(interactions.implode())
    of_shared = pl.col("session_id").is_in(shared.implode())
    by_time = pl.lit(value=False) if who.before is None else pl.col("occurred_at") < who.before
    if who.users:
        by_person = _names(Who(who.users), "occurred_at") | nameless.fill_null(value=False)
    else:
        by_person = pl.lit(value=False)
    return pl.col("session_id").is_in(whole.implode()) | (of_shared & (by_person | by_time))


def count_about(tables: Tables, found: Belongings) -> dict[str, int]:
    """Return how many rows of each table belong to somebody, tables with none left out; without the golden set."""
    counts = {}
    for name in TABLES:
        n = rows_about(tables, name, found).select(pl.len()).collect().item()
        if n:
            counts[name] = n
    return counts
