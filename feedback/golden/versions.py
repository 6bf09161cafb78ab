"""Versions of the golden set: cuts that never change, whatever is added, retired or corrected later."""

from datetime import datetime

import polars as pl

from feedback.errors import StoreError, UnknownNameError, name_some
from feedback.golden.history import FRAME, KEY, current_examples, golden_frame
from feedback.golden.identity import hash_rows, identify_rows, keep_intact
from feedback.schemas import empty_table

_COMPARED = tuple(name for name in FRAME if name not in ("example_id", "input", "observed_output", "provenance"))
_DIFF = pl.Schema({
    "example_id": pl.String, "change": pl.String, "what": pl.List(pl.String), "label_before": pl.String,
    "label_after": pl.String, "why": pl.String, "by": pl.String, "at": pl.Datetime("us", "UTC"), "input": pl.String,
})  # fmt: skip


def cut_version(
    events: pl.DataFrame, versions: pl.DataFrame, *, by: str, at: datetime, note: str | None = None
) -> pl.DataFrame:
    """Return the golden set as it is now as a new version: one row of `golden_versions`.

    No row when it holds what the latest version held: that is the version then.

    Parameters
    ----------
    events, versions
        Tables `golden_events` and `golden_versions`.
    by, at, note
        Who, when, and a remark.
    """
    empty = empty_table("golden_versions")
    examples, known = current_examples(events), list_versions(versions)
    ids = examples[KEY].sort().to_list()
    latest = known.tail(1)
    if latest.height and latest["golden_event_ids"].to_list() == [ids]:
        return empty
    frame = golden_frame(examples)
    row = {
        "version": 1 + (known["version"].to_list() or [0])[-1],
        "created_at": at,
        "by": by,
        "note": note,
        "n": frame.height,
        "content_hash": hash_rows(frame.iter_rows(named=True)),
        "golden_event_ids": ids,
    }
    said = {name: dtype for name, dtype in empty.schema.items() if name != "version_id"}
    return identify_rows(pl.DataFrame([row], schema=said), "version_id").select(empty.columns)


def list_versions(versions: pl.DataFrame) -> pl.DataFrame:
    """Return the versions there are, each once, by number: rows of `golden_versions` that say what their id says."""
    return keep_intact(versions, "version_id").sort("version", "version_id")


def find_version(versions: pl.DataFrame, name: int | str | None = None) -> dict:
    """Return a version by its number, or by its id or the first digits of it; the latest when none is named.

    Two people who cut at the same moment, each on a machine of their own, may make two versions of one number.
    Neither is lost or altered: the number then names neither, and each is found by its id.

    Raises
    ------
    UnknownNameError
        When there is no such version, or several.
    """
    known = list_versions(versions)
    wanted = str(known["version"].max() if name is None and known.height else name)
    numbered = known.filter(pl.col("version").cast(pl.String) == wanted)
    found = numbered if numbered.height else known.filter(pl.col("version_id").str.starts_with(wanted))
    if found.height == 1:
        return found.row(0, named=True)
    if known.is_empty():
        raise UnknownNameError("the golden set has no version yet; make one with: feedback golden version")
    if found.is_empty():
        raise UnknownNameError(f"there is no version {wanted[:40]}; there are {name_some(_numbers(known), most=10)}")
    ids = name_some(identity[:8] for identity in found["version_id"])
    raise UnknownNameError(f"{found.height} versions are called {wanted[:40]}; name one by its id: {ids}")


def read_version(events: pl.DataFrame, version: dict) -> pl.DataFrame:
    """Return the examples of a version as they are handed on, as `golden_frame`.

    Raises
    ------
    StoreError
        When a change it is made of is gone, or they are not what they were.
    """
    frame = golden_frame(_rows_of(events, version))
    if hash_rows(frame.iter_rows(named=True)) != version["content_hash"]:
        raise StoreError(f"version {version['version']} of the golden set is damaged: its examples have another hash")
    return frame


def diff_versions(events: pl.DataFrame, before: dict, after: dict | None = None) -> pl.DataFrame:
    """Return what changed from one version to another: one row per example that is not the same in both.

    Parameters
    ----------
    events
        Table `golden_events`.
    before, after
        The versions; without `after` the golden set as it is now.

    Returns
    -------
    pl.DataFrame
        Sorted by `change` and `example_id`: `example_id`, `change` (added, retired or corrected), `what` changed
        (columns), `label_before`, `label_after` (null where it is not in the set), `why`, `by` and `at` of the
        change, `input`.

    Raises
    ------
    StoreError
        As `read_version`.
    """
    later = current_examples(events) if after is None else _rows_of(events, after)
    earlier = _rows_of(events, before)
    both = _alive(earlier).join(_alive(later), on="example_id", how="full", coalesce=True, suffix="_after")
    differs = [pl.when(pl.col(name).ne_missing(pl.col(f"{name}_after"))).then(pl.lit(name)) for name in _COMPARED]
    differing, nothing = pl.concat_list(differs).list.drop_nulls(), pl.lit(pl.Series([[]], dtype=_DIFF["what"]))
    was, is_now = pl.col("is_there").is_not_null(), pl.col("is_there_after").is_not_null()
    change = pl.when(~was).then(pl.lit("added")).when(~is_now).then(pl.lit("retired")).otherwise(pl.lit("corrected"))
    told = later.select("example_id", "why", "by", "at", told_input="input")
    found = both.with_columns(
        change=change,
        what=pl.when(was & is_now).then(differing).otherwise(nothing),
        label_before="label",
        label_after="label_after",
    ).join(told, on="example_id", how="left")
    moved = found.filter((pl.col("change") != "corrected") | (pl.col("what").list.len() > 0))
    named = moved.with_columns(input=pl.coalesce("input", "input_after"))
    return named.select(pl.col(name).cast(dtype) for name, dtype in _DIFF.items()).sort("change", "example_id")


def _alive(rows: pl.DataFrame) -> pl.DataFrame:
    return golden_frame(rows).with_columns(is_there=pl.lit(value=True))


def _rows_of(events: pl.DataFrame, version: dict) -> pl.DataFrame:
    """Return the changes that a version is made of, those that retired an example too."""
    wanted = pl.DataFrame({KEY: version["golden_event_ids"]}, schema={KEY: pl.String})
    rows = keep_intact(events.join(wanted, on=KEY, how="semi"), KEY)
    if rows.height != wanted[KEY].n_unique():
        raise StoreError(
            f"version {version['version']} of the golden set is damaged: "
            f"{wanted[KEY].n_unique() - rows.height} of the {wanted[KEY].n_unique()} changes it is made of are gone"
        )
    return rows


def _numbers(known: pl.DataFrame) -> list[str]:
    return [str(number) for number in known["version"]]
