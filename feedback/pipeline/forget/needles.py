"""What the proof looks for: the ids of somebody, and texts that they and nobody else wrote or got."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from feedback.pipeline.forget.belongings import Belongings, Tables, rows_about
from feedback.schemas.texts import TEXTS

LEAST_TEXT = 16
"""texts of fewer characters prove nothing: somebody else may come to write them"""
MOST = 20_000
"""ids, and texts, looked for; of more, as all before a date can be, every n-th"""
# Statistics in Parquet files hold the first 64 bytes of a value.
_BEGINNING = 56
_WHOLE = 1_000
_TEXTED = ("events", "interactions", "reviews")


@dataclass(frozen=True)
class Needles:
    """What is looked for: ids and texts.

    `n_short` texts are too short, `n_shared` others wrote too, `n_more` ids and texts are left out of very many.
    """

    ids: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    n_short: int = 0
    n_shared: int = 0
    n_more: int = 0


def find_needles(tables: Tables, found: Belongings) -> Needles:
    """Return what to look for once somebody is gone; to be asked while all is still there.

    Of a long text its beginning is looked for, unless others wrote what begins so.

    Parameters
    ----------
    tables
        A snapshot or a writer.
    found
        What is theirs.
    """
    who = found.who
    ids = [*who.users, *who.aliases, *who.sessions, *found.sessions, *found.interactions, *_own_events(tables, found)]
    said = _texts_of(tables, found)
    long = said.filter(said.str.strip_chars().str.len_chars() >= LEAST_TEXT)
    beginnings, wholes = ([_cut(text, most) for text in long] for most in (_BEGINNING, _WHOLE))
    shared = _written_by_others(tables, found, {*beginnings, *wholes})
    texts, n_shared = [], 0
    for beginning, whole in zip(beginnings, wholes, strict=True):
        chosen = next((one for one in (beginning, whole) if one not in shared), None)
        n_shared += chosen is None
        texts += [] if chosen is None else [chosen]
    every_id, every_text = sorted(set(ids)), sorted(set(texts))
    kept_ids, kept_texts = _thin(every_id), _thin(every_text)
    n_more = len(every_id) - len(kept_ids) + len(every_text) - len(kept_texts)
    return Needles(kept_ids, kept_texts, len(said) - len(long), n_shared, n_more)


def _own_events(tables: Tables, found: Belongings) -> Iterable[str]:
    """Return the ids of their events that no event of others has: an id is unique in its session only."""
    theirs = found.events.select("event_id").unique().lazy()
    others = tables.table("events").join(found.events.lazy(), on=["session_id", "event_id"], how="anti")
    return theirs.join(others.select("event_id"), on="event_id", how="anti").collect()["event_id"]


def _texts_of(tables: Tables, found: Belongings) -> pl.Series:
    rows = [rows_about(tables, name, found).select(pl.col(column).alias("text")) for name in _TEXTED
            for column in TEXTS[name]]  # fmt: skip
    return pl.concat(rows).drop_nulls().unique().sort("text").collect().to_series()


def _written_by_others(tables: Tables, found: Belongings, texts: set[str]) -> set[str]:
    """Return which of the texts stand in what others wrote or got."""
    shared: set[str] = set()
    patterns = sorted(texts)
    for name in ("events", "reviews"):
        theirs = rows_about(tables, name, found).select(_KEYS[name])
        others = tables.table(name).join(theirs, on=_KEYS[name], how="anti")
        for column in TEXTS[name]:
            distinct = others.select(pl.col(column).alias("text")).drop_nulls().unique().collect().to_series()
            shared |= hits_in(distinct, patterns)
    return shared


_KEYS = {"events": ["session_id", "event_id"], "reviews": ["review_id"]}


def hits_in(texts: pl.Series, patterns: list[str]) -> set[str]:
    """Return which patterns stand in one of the texts.

    Examples
    --------
    >>> sorted(hits_in(pl.Series(["abcd"]), ["abc", "bc", "x"]))
    ['abc', 'bc']
    """
    if not patterns or texts.is_empty():
        return set()
    likely = texts.filter(texts.str.contains_any(patterns).fill_null(value=False))
    return set(likely.str.extract_many(patterns, overlapping=True).explode().drop_nulls())


def _cut(text: str, n_bytes: int) -> str:
    """Return the beginning of a text of at most so many bytes in UTF-8."""
    return text.encode("utf-8", "surrogatepass")[:n_bytes].decode("utf-8", "ignore")


def _thin(values: list[str]) -> tuple[str, ...]:
    return tuple(values[:: -(-len(values) // MOST)]) if values else ()
