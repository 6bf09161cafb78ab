"""Writing the derived tables without somebody, and anew what is counted from them."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

import polars as pl

from feedback.pipeline.alarms import write_alarms
from feedback.pipeline.daily import write_quality
from feedback.pipeline.forget.belongings import Belongings, Tables, rows_about
from feedback.pipeline.forget.mentions import DIMENSIONED, MENTIONS, Ids, blot_mentions, further_columns
from feedback.pipeline.health import recount_hours
from feedback.pipeline.segments import write_segments
from feedback.pipeline.surprises import write_surprises
from feedback.reviews import response_verdicts
from feedback.schemas import TABLES, empty_table
from feedback.schemas.texts import TEXTS
from feedback.settings import Settings
from feedback.store.run import PINNED
from feedback.store.writer import Writer

# Made from labels as a whole, by what is left: see `recompute`.
MADE_ANEW = ("quality", "tallies", "outcomes", "segments", "watched", "watch_states", "surprises", "online_states",
              "data_health")  # fmt: skip
# More keys than this are not matched one by one: the rest of the table is written anew.
_MOST_KEYS = 50_000


def take_out(writer: Writer, found: Belongings, ids: Ids) -> Counter[str]:
    """Return how many rows each derived table lost, once they are gone from it.

    What names somebody in rows of others is blotted out; the rows stay.
    """
    counts: Counter[str] = Counter()
    texts = _texts_of_shared(writer, found)
    for name in PINNED:
        if name in MADE_ANEW or name not in writer.snapshot.versions:
            continue
        keys = list(TABLES[name].key)
        mine = rows_about(writer, name, found).select(keys).collect()
        if mine.height > _MOST_KEYS:
            writer.replace(name, writer.table(name).join(mine.lazy(), on=keys, how="anti").collect())
        elif mine.height:
            writer.delete(name, mine)
        if mine.height:
            counts[name] = mine.height
    _clear_shared(writer, found, texts)
    for name in (*DIMENSIONED, *(name for name in MENTIONS if name in PINNED)):
        rows = rows_naming(writer, name, ids)
        fresh, n_changed = blot_mentions(name, rows, ids)
        if n_changed:
            writer.delete(name, rows.select(TABLES[name].key))
            writer.append(name, fresh)
            counts[f"{name}_blotted"] = n_changed
    return counts


def recompute(
    writer: Writer,
    settings: Settings,
    found: Belongings,
    *,
    hours: pl.Series,
    days: Iterable[date] | None,
    clock: datetime,
) -> None:
    """Write anew what is counted from labels: quality, segments, surprises, alarms, as if somebody had never been.

    The watch and the online model begin again from the first label, as after a new label version. Hours in which
    events went, and days on which labels went (all of them, if none are given), are counted again.
    """
    recount_hours(writer, hours)
    gone = found.interactions
    last = writer.snapshot.run
    if last is None or last.label_version is None:
        return
    version = last.label_version
    reviewed = writer.table("reviews").filter(~pl.col("interaction_id").is_in(gone.implode()).fill_null(value=False))
    write_quality(writer, settings, response_verdicts(reviewed.collect()), days=days)
    write_segments(writer, settings, watermark=last.watermark, label_version=version, before=None)
    for name in ("online_states", "watch_states"):
        writer.replace(name, empty_table(name))
    write_surprises(writer, label_version=version, clock=clock)
    write_alarms(writer, settings, watermark=last.watermark, label_version=version, before=last, clock=clock)


def rows_naming(tables: Tables, name: str, ids: Ids) -> pl.DataFrame:
    """Return the rows of a table in which one of the ids stands somewhere."""
    rows = tables.table(name)
    schema = rows.collect_schema()
    texts = [column for column in MENTIONS.get(name, ()) if column in schema]
    further = further_columns(name, schema)
    if not ids.known:
        return rows.head(0).collect()
    held = [pl.lit(value=False), *(ids.may_name(pl.col(column)) for column in texts)]
    held += [pl.col(column).is_in(list(ids.known)) for column in further]
    return rows.filter(pl.any_horizontal(held).fill_null(value=False)).collect()


def _texts_of_shared(writer: Writer, found: Belongings) -> pl.DataFrame:
    """Return the texts that go out of sessions of which something stays: `session_id`, `text`."""
    events = rows_about(writer, "events", found).filter(pl.col("session_id").is_in(found.shared.implode()))
    return events.select("session_id", "text").drop_nulls().unique().collect()


def _clear_shared(writer: Writer, found: Belongings, texts: pl.DataFrame) -> None:
    """Take their texts, and the events that are gone, out of what stays of shared sessions."""
    if found.shared.is_empty():
        return
    gone = found.events.filter(pl.col("session_id").is_in(found.shared.implode()))
    by_session = gone.group_by("session_id").agg(gone="event_id")
    said = texts.group_by("session_id").agg(said="text")
    for name in ("interactions", "labels", "open_labels"):
        stored = writer.table(name).filter(pl.col("session_id").is_in(found.shared.implode())).collect()
        both = stored.join(by_session, on="session_id", how="left").join(said, on="session_id", how="left")
        cited = pl.col("evidence_event_ids")
        is_cited = (cited.list.set_intersection("gone").list.len() > 0).fill_null(value=False)
        columns = [pl.when(is_cited).then(cited.list.set_difference("gone")).otherwise(cited)]
        for column in TEXTS.get(name, ()):
            is_said = pl.col("said").list.contains(pl.col(column)).fill_null(value=False)
            columns.append(pl.when(~is_said).then(pl.col(column)).alias(column))
        fresh = both.with_columns(columns).select(stored.columns)
        if not fresh.equals(stored):
            writer.delete(name, stored.select(TABLES[name].key))
            writer.append(name, fresh)
