"""New rows of `golden_events`: examples added, retired and corrected."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from feedback.errors import SettingsError
from feedback.golden.history import KEY, current_examples, find_example
from feedback.golden.identity import identify_rows
from feedback.schemas import empty_table

_TICK = timedelta(microseconds=1)
_CONTENT = (
    "example_id", "input", "observed_output", "expected", "label", "label_source", "split", "split_reason", "reason",
    "confidence", "segment", "rejected_output", "tags", "groups", "provenance",
)  # fmt: skip


def add_examples(
    events: pl.DataFrame, proposed: pl.DataFrame, *, by: str, at: datetime, why: str | None = None, again: bool = False
) -> pl.DataFrame:
    """Return the changes that add examples: one row of `golden_events` for each that is not in the set yet.

    Parameters
    ----------
    events
        Table `golden_events`.
    proposed
        One row per example, as `propose_examples` and `assign_splits` make them. One that was there before and is
        brought back stays on its side.
    by, at
        Who, and when.
    why
        The reason; the column `why` of each, when not given.
    again
        Whether retired ones come back.
    """
    known = current_examples(events)
    skipped = known.filter(~pl.col("is_retired")) if again else known
    fresh = proposed.join(skipped, on="example_id", how="anti").unique("example_id", maintain_order=True)
    places = known.select("example_id", "split", "split_reason", is_known=pl.lit(value=True))
    placed = fresh.join(places, on="example_id", how="left", suffix="_before", maintain_order="left").with_columns(
        pl.when("is_known").then(f"{name}_before").otherwise(name).alias(name) for name in ("split", "split_reason")
    )
    reason = pl.col("why") if why is None else pl.lit(why)
    return _make_rows(events, placed.with_columns(reason.alias("why")), "added", by=by, at=at)


def retire_examples(events: pl.DataFrame, written: Sequence[str], *, by: str, at: datetime, why: str) -> pl.DataFrame:
    """Return the changes that take examples out of the set; none for those retired already.

    Parameters
    ----------
    events
        Table `golden_events`.
    written
        Ids of examples, or enough of their first digits.
    by, at, why
        Who, when, and the reason.

    Raises
    ------
    UnknownNameError
        When there is no such example.
    SettingsError
        When no reason is given.
    """
    _check_reason(why)
    known = current_examples(events)
    named = [find_example(known, name)["example_id"] for name in written]
    there = known.filter(pl.col("example_id").is_in(named), ~pl.col("is_retired"))
    return _make_rows(events, there.with_columns(why=pl.lit(why)), "retired", by=by, at=at)


def correct_example(
    events: pl.DataFrame,
    written: str,
    *,
    by: str,
    at: datetime,
    why: str,
    expected: str | None = None,
    label: str | None = None,
) -> pl.DataFrame:
    """Return the change that corrects the label or the expected answer of an example; none when nothing changes.

    Parameters
    ----------
    events
        Table `golden_events`.
    written
        Id of the example, or enough of its first digits.
    by, at, why
        Who, when, and the reason.
    expected
        What the answer should be; empty: nobody knows any more. Null leaves it as it is.
    label
        good or bad; null leaves it as it is.

    Raises
    ------
    UnknownNameError
        When there is no such example.
    SettingsError
        When it is retired, no reason is given, or the label is neither good nor bad.
    """
    _check_reason(why)
    if label not in (None, "good", "bad"):
        raise SettingsError("a label is good or bad")
    row = find_example(current_examples(events), written)
    if row["is_retired"]:
        raise SettingsError(f"example {row['example_id']} is retired; bring it back with feedback golden add --again")
    changed = _correct(row, by=by, expected=expected, label=label)
    rows = pl.DataFrame([changed] if changed else [], schema=empty_table("golden_events").schema)
    return _make_rows(events, rows.with_columns(why=pl.lit(why)), "corrected", by=by, at=at)


def _correct(row: dict[str, Any], *, by: str, expected: str | None, label: str | None) -> dict[str, Any] | None:
    """Return the row as corrected, null when it says so already."""
    said = row["expected"] if expected is None else expected or None
    judged = label or row["label"]
    if (said, judged) == (row["expected"], row["label"]):
        return None
    provenance = json.loads(row["provenance"])
    if said != row["expected"]:
        provenance["expected_from"] = f"given by {by}" if said else None
        observed = row["observed_output"]
        # Of a pair (better, worse) the better one is new; where the response is no longer the worse one, there is none.
        row = {**row, "rejected_output": observed if said and said != observed else None}
    if judged != row["label"]:
        provenance["label_from"] = f"corrected by {by}"
        row = {**row, "label_source": "review"}
    written = json.dumps(provenance, ensure_ascii=False, separators=(",", ":"))
    return {**{name: row[name] for name in _CONTENT}, "expected": said, "label": judged, "provenance": written}


def _make_rows(events: pl.DataFrame, examples: pl.DataFrame, action: str, *, by: str, at: datetime) -> pl.DataFrame:
    """Return the rows with their ids. No change is earlier than what was changed before, whatever the clocks say."""
    empty = empty_table("golden_events")
    latest = events.group_by("example_id").agg(latest=pl.col("at").max() + _TICK)
    rows = examples.select(*_CONTENT, "why").join(latest, on="example_id", how="left", maintain_order="left")
    told = rows.with_columns(
        action=pl.lit(action),
        by=pl.lit(by),
        at=pl.max_horizontal(pl.lit(at).cast(empty.schema["at"]), "latest"),
    )
    said = told.select(pl.col(name).cast(dtype) for name, dtype in empty.schema.items() if name != KEY)
    return identify_rows(said, KEY).select(empty.columns)


def _check_reason(why: str) -> None:
    if not why.strip():
        raise SettingsError("give a reason with --why: it is what others will read")
