"""Interactions that two sessions claim: nobody can tell whose they are, so they are used for neither."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from feedback.events.copies import KEY
from feedback.events.quarantine import hash_parts, quarantine_faults
from feedback.schemas import empty_table

_FAULT = "interaction_id is in more than one session"
_PAIR = ("interaction_id", "session_id")
_MOST_NAMED = 5


@dataclass(frozen=True)
class SharedInteractions:
    """What is left of new events once shared interactions are gone.

    Parameters
    ----------
    fresh
        One row per event to append.
    removed
        Keys (`session_id`, `event_id`) of stored rows to delete.
    quarantine
        Rows of the table `quarantine`: one row per event that carries such an interaction, new or stored.
        Its id depends on the event alone, so that the same event never gets a second one.
    """

    fresh: pl.DataFrame
    removed: pl.DataFrame
    quarantine: pl.DataFrame


def quarantine_shared_interactions(
    new: pl.DataFrame,
    stored: pl.LazyFrame,
    quarantined: pl.LazyFrame,
    *,
    file: str,
    clock: datetime,
    rows: pl.DataFrame | None = None,
) -> SharedInteractions:
    """Return the new events without those whose `interaction_id` is seen in more than one session.

    The events of every session that carries it go, those already stored too, and what was quarantined for
    this before stays so: the order in which events arrive makes no difference.

    Parameters
    ----------
    new
        One row per event to append, without copies.
    stored
        Table `events`.
    quarantined
        Table `quarantine`.
    file
        Where the new events came from.
    clock
        Time of the ingest.
    rows
        Number of the row of each new event in its file: `session_id`, `event_id`, `row`. Null where unknown.

    Examples
    --------
    >>> from datetime import UTC
    >>> from feedback.schemas import empty_table
    >>> new = pl.DataFrame({"session_id": ["s1", "s2"], "event_id": ["e1", "e2"], "interaction_id": ["i1", "i1"]})
    >>> found = quarantine_shared_interactions(
    ...     new, new.clear().lazy(), empty_table("quarantine").lazy(), file="a", clock=datetime(2025, 1, 6, tzinfo=UTC)
    ... )
    >>> found.fresh.height, found.quarantine["reason"][0]
    (0, 'interaction_id is in more than one session: i1 in s1, s2')
    """
    shared = _find_shared(new, stored, quarantined)
    if shared.is_empty():
        return SharedInteractions(new, new.select(KEY).clear(), empty_table("quarantine"))
    carrying = new.join(shared, on="interaction_id", how="semi").select(*KEY, "interaction_id")
    held = stored.select(*KEY, "interaction_id").join(shared.lazy(), on="interaction_id", how="semi").collect()
    numbers = rows if rows is not None else carrying.select(*KEY, row=pl.lit(None, pl.Int64))
    faulty = pl.concat(
        [
            carrying.join(numbers.unique(KEY, keep="first"), on=KEY, how="left"),
            held.with_columns(row=pl.lit(None, pl.Int64)),
        ]
    ).unique(KEY, keep="first", maintain_order=True)
    return SharedInteractions(
        fresh=new.join(shared, on="interaction_id", how="anti", maintain_order="left"),
        removed=held.select(KEY),
        quarantine=_quarantine(faulty.join(shared, on="interaction_id"), file=file, clock=clock),
    )


def _find_shared(new: pl.DataFrame, stored: pl.LazyFrame, quarantined: pl.LazyFrame) -> pl.DataFrame:
    """Return one row per shared interaction of the new events: `interaction_id`, `reason`."""
    claims = _list_claims(new.lazy(), stored, quarantined)
    suspects = _find_suspects(new.lazy(), claims)
    if suspects.is_empty():
        return pl.DataFrame(schema={"interaction_id": pl.String, "reason": pl.String})
    sessions = (
        claims.join(suspects.lazy(), left_on=pl.col("interaction_id").hash(), right_on="hash", how="semi")
        .group_by("interaction_id")
        .agg(pl.col("session_id").unique().sort(), pl.col("was_shared").any())
        .filter(pl.col("was_shared") | (pl.col("session_id").list.len() > 1))
    )
    named = pl.col("session_id").list.head(_MOST_NAMED).list.join(", ")
    n_more = pl.col("session_id").list.len().cast(pl.Int64) - _MOST_NAMED
    more = pl.when(n_more > 0).then(pl.format(" and {} more", n_more)).otherwise(pl.lit(""))
    reason = pl.format(f"{_FAULT}: {{}} in {{}}{{}}", "interaction_id", named, more)
    return sessions.select("interaction_id", reason=reason).collect()


def _list_claims(new: pl.LazyFrame, stored: pl.LazyFrame, quarantined: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per event that names an interaction: the pair, and whether it was found shared before."""
    return pl.concat(
        [
            new.select(*_PAIR, was_shared=pl.lit(value=False)),
            stored.select(*_PAIR, was_shared=pl.lit(value=False)),
            quarantined.filter(pl.col("reason").str.starts_with(_FAULT)).select(*_PAIR, was_shared=pl.lit(value=True)),
        ]
    ).drop_nulls()


def select_suspects(new: pl.LazyFrame, stored: pl.LazyFrame, quarantined: pl.LazyFrame) -> pl.DataFrame:
    """Return those new events whose interaction may be shared, of any number of new events, in bounded memory.

    It is a matter of `quarantine_shared_interactions` to say which are; all others it would leave alone.
    """
    suspects = _find_suspects(new, _list_claims(new, stored, quarantined))
    return new.filter(pl.col("interaction_id").hash().is_in(suspects["hash"].implode())).collect()


def _find_suspects(new: pl.LazyFrame, claims: pl.LazyFrame) -> pl.DataFrame:
    """Return the hashes of the interactions of new events that seem shared; most logs have none."""
    hashed = claims.select("was_shared", hash=pl.col("interaction_id").hash(), session=pl.col("session_id").hash())
    ours = new.select("interaction_id").drop_nulls().select(hash=pl.col("interaction_id").hash()).unique()
    return (
        hashed.join(ours, on="hash", how="semi")
        .group_by("hash")
        .agg(pl.col("was_shared").any(), several=pl.col("session").min() != pl.col("session").max())
        .filter(pl.col("was_shared") | pl.col("several"))
        .select("hash")
        .collect()
    )


def _quarantine(faults: pl.DataFrame, *, file: str, clock: datetime) -> pl.DataFrame:
    table = quarantine_faults(faults.with_columns(column=pl.lit("interaction_id")), file=file, clock=clock)
    ids = [hash_parts(session, event, _FAULT) for session, event in table.select(KEY).iter_rows()]
    return table.with_columns(pl.Series("quarantine_id", ids, dtype=pl.String))
