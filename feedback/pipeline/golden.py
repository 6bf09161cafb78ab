"""The golden set of a store: what holds, retiring, correcting, cutting versions, reading evaluations back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from feedback.errors import InputError, SettingsError, UnknownNameError, name_some
from feedback.golden import (
    correct_example,
    current_examples,
    cut_version,
    diff_versions,
    find_version,
    golden_frame,
    list_versions,
    read_eval_results,
    read_version,
    retire_examples,
)
from feedback.store import Store
from feedback.store.snapshot import Snapshot

Clock = Callable[[], datetime]
NOW = "now"
_LOOKS_LIKE_AN_ID = r"^[\w.:-]{1,64}$"


@dataclass(frozen=True)
class ResultSummary:
    """What became of a file of results: rows read, new ones, and examples it names that were never in the set."""

    n_rows: int
    n_new: int
    n_runs: int
    unknown: tuple[str, ...]


def retire(store: Store, written: Sequence[str], *, by: str, clock: Clock, why: str) -> pl.DataFrame:
    """Return the changes that took examples out of the golden set, none for those retired before.

    Raises
    ------
    UnknownNameError, SettingsError
        As `retire_examples`; then nothing is changed.
    """
    changes = retire_examples(store.table("golden_events").collect(), written, by=by, at=clock(), why=why)
    store.append("golden_events", changes)
    return changes


def correct(
    store: Store,
    written: str,
    *,
    by: str,
    clock: Clock,
    why: str,
    expected: str | None = None,
    label: str | None = None,
) -> pl.DataFrame:
    """Return the change that corrected an example; no row when it said so already.

    Raises
    ------
    UnknownNameError, SettingsError
        As `correct_example`; then nothing is changed.
    """
    if expected is None and label is None:
        raise SettingsError("say what to correct: --expected TEXT, --expected-file FILE or --label good|bad")
    events = store.table("golden_events").collect()
    changes = correct_example(events, written, by=by, at=clock(), why=why, expected=expected, label=label)
    store.append("golden_events", changes)
    return changes


def make_version(store: Store, *, by: str, clock: Clock, note: str | None = None) -> tuple[dict, bool]:
    """Return the version that holds the golden set as it is now, and whether it is new.

    Raises
    ------
    SettingsError
        When there is no example yet.
    """
    snapshot = store.at()
    events, versions = (snapshot.table(name).collect() for name in ("golden_events", "golden_versions"))
    if events.is_empty():
        raise SettingsError("the golden set is empty; add what was reviewed first: feedback golden add")
    made = cut_version(events, versions, by=by, at=clock(), note=note)
    store.append("golden_versions", made)
    return find_version(made if made.height else versions), made.height == 1


def list_golden_versions(store: Store) -> pl.DataFrame:
    """Return the versions of the golden set, by number: rows of `golden_versions`."""
    return list_versions(store.table("golden_versions").collect())


def read_golden(store: Store, version: int | str | None = None) -> pl.DataFrame:
    """Return the examples of a version of the golden set, as `golden_frame`; as it is now without one.

    Parameters
    ----------
    store
        The store.
    version
        Number or id of a version; `latest` for the latest one; null or `now` for the set as it is now.

    Raises
    ------
    UnknownNameError
        When there is no such version.
    StoreError
        When the version is damaged.
    """
    snapshot = store.at()
    events = snapshot.table("golden_events").collect()
    if version in (None, NOW):
        return golden_frame(current_examples(events))
    return read_version(events, _find(snapshot, version))


def find_golden_version(store: Store, version: int | str | None = None) -> dict:
    """Return a version of the golden set, the latest when none is named: the row of `golden_versions`.

    Raises
    ------
    UnknownNameError
        When there is no such version.
    """
    return _find(store.at(), version)


def diff_golden(store: Store, before: int | str, after: int | str = NOW) -> pl.DataFrame:
    """Return what changed from one version to another, or to `now`, as `diff_versions`.

    Raises
    ------
    UnknownNameError
        When there is no such version.
    StoreError
        When one of them is damaged.
    """
    snapshot = store.at()
    events = snapshot.table("golden_events").collect()
    first, second = (None if name == NOW else _find(snapshot, name) for name in (before, after))
    if first is None:
        raise UnknownNameError("name a version first, then `now`: feedback golden diff 1 now")
    read_version(events, first)
    return diff_versions(events, first, second)


def import_results(store: Store, file: Path, *, by: str, clock: Clock) -> ResultSummary:
    """Return what was read from a file of evaluation results and stored. Reading it again changes nothing.

    Rows about examples that were never in the set are left out and named.

    Raises
    ------
    InputError
        When it cannot be read, or knows none of the examples.
    """
    snapshot = store.at()
    found = read_eval_results(file, by=by, at=clock())
    examples = snapshot.table("golden_events").select("example_id").unique().collect()
    known = found.join(examples, on="example_id", how="semi")
    others = found.join(examples, on="example_id", how="anti").select("example_id").unique()
    # What calls itself an id elsewhere may be a text: a test of promptfoo can be described by its prompt.
    is_id = pl.col("example_id").str.contains(_LOOKS_LIKE_AN_ID)
    named = others.select(pl.when(is_id).then("example_id").otherwise(pl.lit("(a text)")))
    unknown = named.to_series().sort().to_list()
    if found.height and known.is_empty():
        raise InputError(f"{file.name} names no example of this golden set, but {name_some(unknown, most=3)}")
    stored = snapshot.table("eval_results").select("eval_result_id").collect()
    fresh = known.join(stored, on="eval_result_id", how="anti")
    store.append("eval_results", fresh)
    return ResultSummary(found.height, fresh.height, known["eval_run"].n_unique(), tuple(unknown))


def _find(snapshot: Snapshot, version: int | str | None) -> dict:
    name = None if version in (None, "latest") else version
    return find_version(snapshot.table("golden_versions").collect(), name)
