"""What the golden set holds now: the fold of all changes."""

import polars as pl

from feedback.errors import UnknownNameError, name_some
from feedback.golden.identity import keep_intact
from feedback.schemas import find_table

KEY = "golden_event_id"
FRAME = (
    "example_id", "input", "observed_output", "expected", "label", "label_source", "split", "reason", "confidence",
    "segment", "rejected_output", "tags", "provenance",
)  # fmt: skip


def current_examples(events: pl.DataFrame) -> pl.DataFrame:
    """Return what holds of every example there ever was: one row per example, sorted by `example_id`.

    In order of time (of the id, where times are tied): an example is in the set from its first `added` after its
    last `retired`, and then is what its last `corrected` says. Adding what is there changes nothing. Rows that come
    twice count once; a row whose id is not the hash of what it says does not count.

    Parameters
    ----------
    events
        Table `golden_events`, in any order.

    Returns
    -------
    pl.DataFrame
        The row of `golden_events` that holds, `added_at` (when it first came in) and `is_retired`.

    Examples
    --------
    >>> from feedback.schemas import empty_table
    >>> current_examples(empty_table("golden_events")).height
    0
    """
    declared = list(find_table("golden_events").columns)
    rows = keep_intact(events.select(declared), KEY).sort("example_id", "at", KEY)
    numbered = rows.with_columns(n=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("example_id"))
    n, action = pl.col("n"), pl.col("action")
    last_retired = n.filter(action == "retired").max().over("example_id").fill_null(0)
    added = numbered.with_columns(last_retired=last_retired).with_columns(
        first_added=n.filter(action == "added", n > pl.col("last_retired")).min().over("example_id"),
        added_at=pl.col("at").filter(action == "added").min().over("example_id"),
    )
    is_corrected = (action == "corrected") & (n > pl.col("first_added"))
    last_corrected = n.filter(is_corrected).max().over("example_id")
    holds = pl.coalesce(last_corrected, "first_added", pl.when(pl.col("last_retired") > 0).then("last_retired"))
    held = added.filter(n == holds).with_columns(is_retired=pl.col("first_added").is_null())
    return held.select(*declared, "added_at", "is_retired").sort("example_id")


def golden_frame(examples: pl.DataFrame) -> pl.DataFrame:
    """Return the examples in the set as they are handed on: one row per example, sorted by `example_id`.

    `example_id`, `input`, `observed_output`, `expected`, `label`, `label_source`, `split`, `reason`,
    `confidence`, `segment`, `rejected_output`, `tags`, `provenance`, as table `golden_events` says. The retired
    are left out.
    """
    return examples.filter(pl.col("action") != "retired").select(FRAME).sort("example_id")


def find_example(examples: pl.DataFrame, written: str) -> dict:
    """Return what holds of an example, given its id or enough of its first digits.

    Raises
    ------
    UnknownNameError
        When no example begins so, or several do.
    """
    found = examples.filter(pl.col("example_id").str.starts_with(written)) if written else examples.clear()
    if found.is_empty():
        raise UnknownNameError(f"there is no example {written[:64]!r}; feedback golden show lists them")
    if found.height > 1:
        raise UnknownNameError(
            f"{found.height} examples begin with {written[:64]}: {name_some(found['example_id'])}; give more digits"
        )
    return found.row(0, named=True)
