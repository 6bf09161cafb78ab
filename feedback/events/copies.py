"""One stored row per event: which of its copies stays."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import polars as pl

KEY = ("session_id", "event_id")
_AT = "(at)"


@dataclass(frozen=True)
class Deduplicated:
    """What is left of new events once copies are gone.

    Parameters
    ----------
    fresh
        One row per event to append, columns as they came.
    replaced
        Keys (`session_id`, `event_id`) of stored rows to delete, because a copy in `fresh` beats them.
    n_duplicates
        New rows left out because an equal copy, but for `received_at`, is stored or came with them.
    n_conflicting
        Further contents, beyond one, that copies of the same event have.
    lost
        Hashes of these further contents, so that one that comes again later can be told from one not seen yet.
    """

    fresh: pl.DataFrame
    replaced: pl.DataFrame
    n_duplicates: int
    n_conflicting: int
    lost: frozenset[str] = frozenset()


def drop_duplicates(new: pl.DataFrame, stored: pl.LazyFrame) -> Deduplicated:
    """Return the new events without copies of one another and of stored ones.

    Of copies that disagree the earliest `received_at` stays, an unknown one last, then the smallest hash of
    the content, whichever came first and however the log was split. Columns without a value play no part.

    Parameters
    ----------
    new
        One row per event as `normalise_events` returns it, with copies.
    stored
        Table `events`, without copies.

    Examples
    --------
    >>> new = pl.DataFrame({"session_id": ["s1"] * 3, "event_id": ["e1", "e1", "e2"], "received_at": [None] * 3})
    >>> dropped = drop_duplicates(new, new.clear().lazy())
    >>> dropped.fresh["event_id"].to_list(), dropped.n_duplicates
    (['e1', 'e2'], 1)
    """
    held = _find_stored(new, stored)
    hashes = _hash_key(new)
    is_suspect = hashes.is_duplicated() | hashes.is_in(_hash_key(held).implode())
    if not is_suspect.any():
        return Deduplicated(new, new.select(KEY).clear(), 0, 0)
    numbered = new.with_row_index(_AT)
    suspects = numbered.filter(is_suspect)
    copies = pl.concat([held.with_columns(pl.lit(None, pl.UInt32).alias(_AT)), suspects], how="diagonal_relaxed")
    contents = _keep_earliest(copies)
    winners, lost = _pick_winners(copies, contents)
    won = copies[winners].filter(pl.col(_AT).is_not_null())
    n_conflicting = len(contents) - len(winners)
    return Deduplicated(
        fresh=new.filter(~is_suspect | numbered[_AT].is_in(won[_AT].implode())),
        replaced=held.select(KEY).join(won, on=KEY, how="semi"),
        n_duplicates=suspects.height - (len(winners) - held.height) - n_conflicting,
        n_conflicting=n_conflicting,
        lost=lost,
    )


def _key_hash() -> pl.Expr:
    """Return a number per key that finds copies fast; that two keys share one by chance does no harm."""
    session, event = KEY
    return pl.col(session).hash(1) ^ pl.col(event).hash(2)


def _hash_key(events: pl.DataFrame) -> pl.Series:
    return events.select(_key_hash()).to_series()


def _find_stored(new: pl.DataFrame, stored: pl.LazyFrame) -> pl.DataFrame:
    """Return the stored rows that new ones are copies of; their hashes alone are searched first."""
    hashes = new.lazy().select(hash=_key_hash())
    if stored.select(hash=_key_hash()).join(hashes, on="hash", how="semi").limit(1).collect().is_empty():
        return pl.DataFrame(schema=stored.collect_schema())
    return stored.join(new.lazy().select(KEY), on=KEY, how="semi").collect()


def _keep_earliest(copies: pl.DataFrame) -> pl.Series:
    """Return the positions of one copy per content, the one received first; a stored one before an equal new one.

    Contents are compared by 128 bits of hash, the chance of a collision being under 1e-20 for a billion rows.
    """
    content = copies.drop("received_at", _AT)
    marks = copies.select("received_at", _AT).with_columns(
        content.hash_rows(1).alias("hash"), content.hash_rows(2).alias("second_hash")
    )
    ordered = marks.with_row_index("position").sort("received_at", _AT, nulls_last=[True, False])
    return ordered.unique(["hash", "second_hash"], keep="first", maintain_order=True)["position"]


def _pick_winners(copies: pl.DataFrame, contents: pl.Series) -> tuple[pl.Series, frozenset[str]]:
    """Return the positions of one copy per event, given those of one per content, and the hashes of the others."""
    is_disputed = _hash_key(copies.select(KEY)[contents]).is_duplicated()
    disputed = contents.filter(is_disputed)
    rows = copies[disputed].drop(_AT)
    hashes = [_hash_content(row) for row in rows.drop("received_at").iter_rows(named=True)]
    ranked = rows.select(
        *KEY, "received_at", pl.Series("(hash)", hashes, dtype=pl.String), pl.Series("(position)", disputed)
    ).sort("received_at", "(hash)", nulls_last=True)
    best = ranked.unique(KEY, keep="first")
    winners = pl.concat([contents.filter(~is_disputed), best["(position)"].rename("position")])
    return winners, frozenset(ranked["(hash)"]) - frozenset(best["(hash)"])


def _hash_content(row: dict[str, Any]) -> str:
    """Return a hash that depends on the values which are not null, and on nothing else."""
    content = {name: value for name, value in row.items() if value is not None}
    return sha256(json.dumps(content, sort_keys=True, default=datetime.isoformat).encode()).hexdigest()
