"""How far back texts and events are still there, and what can be labelled anew."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from feedback.labelling import LabellingFunction
from feedback.schemas import TABLES
from feedback.store.snapshot import Snapshot
from feedback.store.writer import Writer

_KEY = "interaction_id"


@dataclass(frozen=True)
class Horizons:
    """Times before which texts, and events, have aged out; null where none have."""

    texts: datetime | None = None
    events: datetime | None = None

    @property
    def labels_from(self) -> datetime | None:
        """Return since when responses can be labelled anew: what labels are made of is there; null for always."""
        return max(filter(None, (self.texts, self.events)), default=None)

    def first_day(self, time_zone: str) -> date | None:
        """Return the first whole day that can be labelled anew; null where any can.

        Examples
        --------
        >>> Horizons(texts=datetime.fromisoformat("2026-08-24T00:00Z")).first_day("Europe/Berlin")
        datetime.date(2026, 8, 25)
        """
        since = self.labels_from
        if since is None:
            return None
        local = since.astimezone(ZoneInfo(time_zone))
        begins = datetime.combine(local.date(), time(), ZoneInfo(time_zone))
        return local.date() if begins >= since else local.date() + timedelta(days=1)


def read_horizons(tables: Snapshot | Writer) -> Horizons:
    """Return how far back texts and events are still there."""
    return Horizons(**dict(tables.table("horizons").select("what", "until").collect().iter_rows()))


def has_texts(tables: Snapshot | Writer) -> pl.Expr:
    """Return whether what was said around a response (`shown_at`) is still kept: it can be judged by people."""
    since = read_horizons(tables).texts
    return pl.lit(value=True) if since is None else pl.col("shown_at") >= since


def say_kept(tables: Snapshot | Writer) -> str:
    """Return what to add to the description of responses with texts: since when; nothing where none have aged out."""
    since = read_horizons(tables).texts
    return "" if since is None else f"; shown since {since:%Y-%m-%d}, as texts of before have aged out"


def write_horizons(writer: Writer, before: Horizons, *, clock: datetime, **reached: datetime | None) -> None:
    """Write down what has aged out up to now; a time that lies before the one that is known changes nothing."""
    known = {"texts": before.texts, "events": before.events}
    until = {what: max(filter(None, (known[what], reached.get(what))), default=None) for what in known}
    if until == known:
        return
    rows = [{"what": what, "until": at, "reached_at": clock} for what, at in until.items() if at is not None]
    writer.replace("horizons", pl.DataFrame(rows, schema=TABLES["horizons"].columns))


def keep_aged(writer: Writer, since: datetime, functions: Iterable[LabellingFunction]) -> pl.DataFrame:
    """Return the ids of the final interactions from before this time, once only these and their votes are left.

    What a new label version cannot label stays as it was; of the votes, those of functions there still are. One row
    per `interaction_id`.
    """
    is_aged = pl.col("is_final") & (pl.col("shown_at") < since)
    interactions = writer.table("interactions").select(_KEY, "is_final", "shown_at")
    kept, anew = (interactions.filter(which).select(_KEY).collect() for which in (is_aged, ~is_aged))
    votes = writer.table("votes").join(kept.lazy(), on=_KEY, how="semi").collect()
    writer.replace("votes", _in_force(votes, functions))
    writer.delete("interactions", anew)
    return kept


def _in_force(votes: pl.DataFrame, functions: Iterable[LabellingFunction]) -> pl.DataFrame:
    """Return the columns of these functions; one that decided and now measures has its votes as numbers."""
    types = {function.name: pl.Float32() if function.is_graded else pl.Int8() for function in functions}
    known = {name: dtype for name, dtype in types.items() if votes.schema.get(name) in (dtype, pl.Int8())}
    return votes.select(_KEY, *(pl.col(name).cast(dtype) for name, dtype in known.items()))
