"""The golden set without somebody: examples that are theirs go, versions that held them are told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from feedback.golden.history import KEY, golden_frame
from feedback.golden.identity import hash_rows, identify_rows
from feedback.golden.versions import list_versions
from feedback.pipeline.forget.belongings import Belongings, Tables
from feedback.pipeline.forget.mentions import Ids
from feedback.schemas.texts import TEXTS

_EXAMPLE = "example_id"


@dataclass(frozen=True)
class LostVersion:
    """A version of the golden set that held examples of somebody: its number, how many, how many are left."""

    version: int
    n_lost: int
    n_left: int
    content_hash_before: str
    content_hash: str


def find_examples(tables: Tables, found: Belongings, texts: list[str]) -> pl.Series:
    """Return the ids of the examples that are somebody's: made of their interactions, or holding their texts.

    Parameters
    ----------
    tables
        A snapshot or a writer.
    found
        What is theirs.
    texts
        Texts that they wrote or got, and nobody else.
    """
    events = tables.table("golden_events").collect()
    origin = events["provenance"].str.json_path_match
    by_origin = origin("$.interaction_id").is_in(found.interactions.implode()) | origin("$.session_id").is_in(
        found.sessions.implode()
    )
    mine = by_origin.fill_null(value=False)
    if texts:
        for column in TEXTS["golden_events"]:
            mine |= events[column].str.contains_any(texts).fill_null(value=False)
    return events.filter(mine)[_EXAMPLE].unique().sort()


def rewrite_golden(
    tables: Tables, found: Belongings, examples: pl.Series, ids: Ids
) -> tuple[dict[str, pl.DataFrame], list[LostVersion]]:
    """Return the tables of the golden set without the examples, those that change, and the versions that lost some.

    What is left of other examples names nobody of theirs any more: their sessions among its groups, their ids among
    its dimensions. It then has another id, and so has each version it is in. A version keeps its number.
    """
    events, versions = (tables.table(name).collect() for name in ("golden_events", "golden_versions"))
    kept = events.filter(~pl.col(_EXAMPLE).is_in(examples.implode()))
    renamed, cleared = _clear(kept, found, ids)
    changed: dict[str, pl.DataFrame] = {}
    if cleared.height != events.height or renamed:
        changed["golden_events"] = cleared
    lost: list[LostVersion] = []
    known = list_versions(versions).select(versions.columns)
    told = [_cut_again(row, cleared, renamed, lost) for row in known.iter_rows(named=True)]
    fresh = pl.DataFrame(told, schema=versions.schema).with_columns(ids.blot_column(known["note"]))
    if not fresh.equals(known):
        changed["golden_versions"] = identify_rows(fresh.drop("version_id"), "version_id").select(versions.columns)
    for name in ("golden_refusals", "eval_results"):
        rows = tables.table(name).collect()
        left = rows.filter(~pl.col(_EXAMPLE).is_in(examples.implode()).fill_null(value=False))
        if left.height != rows.height:
            changed[name] = left
    return changed, lost


def _clear(events: pl.DataFrame, found: Belongings, ids: Ids) -> tuple[dict[str, str], pl.DataFrame]:
    """Return the changes of other examples without ids of somebody, and which ids of changes became which."""
    gone = [f"session:{one}" for one in found.sessions]
    cleared = events.with_columns(
        pl.col("groups").list.filter(~pl.element().is_in(gone)),
        ids.blot_column(events["segment"]).alias("segment"),
        events["provenance"].map_elements(lambda text: _clear_origin(text, ids), return_dtype=pl.String),
    )
    differs = pl.struct(pl.all()).ne_missing(events.to_struct())
    other = cleared.filter(differs)
    if other.is_empty():
        return {}, events
    named = identify_rows(other.drop(KEY), KEY).select(events.columns)
    renamed = dict(zip(other[KEY], named[KEY], strict=True))
    return renamed, pl.concat([cleared.filter(~differs), named])


def _clear_origin(text: str, ids: Ids) -> str:
    """Return where an example is from, without dimensions that are ids of somebody."""
    try:
        origin = json.loads(text)
    except ValueError:
        return text
    dimensions = (origin.get("dimensions") if isinstance(origin, dict) else None) or {}
    held = [name for name, value in dimensions.items() if value in ids.known]
    if not held:
        return text
    origin["dimensions"] = {**dimensions, **dict.fromkeys(held)}
    return json.dumps(origin, ensure_ascii=False, separators=(",", ":"))


def _cut_again(row: dict, events: pl.DataFrame, renamed: Mapping[str, str], lost: list[LostVersion]) -> dict:
    """Return a version as it is with what is left of it."""
    left = set(events[KEY])
    held = [renamed.get(one, one) for one in row["golden_event_ids"]]
    kept = [one for one in held if one in left]
    if kept == row["golden_event_ids"]:
        return row
    frame = golden_frame(events.join(pl.DataFrame({KEY: kept}, schema={KEY: pl.String}), on=KEY, how="semi"))
    content_hash, n_lost = hash_rows(frame.iter_rows(named=True)), row["n"] - frame.height
    if n_lost:
        lost.append(LostVersion(row["version"], n_lost, frame.height, row["content_hash"], content_hash))
    n_forgotten = (row.get("n_forgotten") or 0) + n_lost
    return {
        **row, "golden_event_ids": sorted(kept), "n": frame.height, "content_hash": content_hash,
        "n_forgotten": n_forgotten or None,
    }  # fmt: skip
