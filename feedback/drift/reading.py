"""The labels as a detector may see them: final, in closing order, with what else is known of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from feedback.drift.watched import EVENTS, OF_VOTES
from feedback.errors import SchemaError, name_some

ORDER = ("final_at", "interaction_id")
PERSON = "person "
_ALWAYS = ("interaction_id", "final_at")
_WHERE_KNOWN = ("score", "p_good", "outcome", "label_version", "is_automated", "session_id", "user_id")


@dataclass(frozen=True)
class Reading:
    """Labels in order, and what was left out: labels of automated sessions, labels without a time or an id."""

    labels: pl.DataFrame
    n_automated: int
    n_unplaced: int


def read_labels(
    labels: pl.DataFrame | pl.LazyFrame,
    columns: Sequence[str],
    *,
    votes: pl.DataFrame | pl.LazyFrame | None = None,
    interactions: pl.DataFrame | pl.LazyFrame | None = None,
) -> Reading:
    """Return the labels in (`final_at`, `interaction_id`) order with votes and events beside them.

    Parameters
    ----------
    labels
        Table `labels`, one row per interaction, in any order; only `interaction_id`, `final_at` and `columns`
        are needed.
    columns
        Further columns to keep; those of `labels` must have them.
    votes, interactions
        The tables; a label without a row there has fired nothing.

    Returns
    -------
    Reading
        With `person `, the user, else the session, else the label itself.

    Raises
    ------
    SchemaError
        When a column is missing, or `final_at` has no time zone.
    """
    frame = labels.lazy()
    types = frame.collect_schema()
    if missing := [name for name in (*_ALWAYS, *columns) if name not in types]:
        raise SchemaError(f"labels need the column {name_some(missing)}; there are {name_some(types, most=20)}")
    if getattr(types["final_at"], "time_zone", None) is None:
        raise SchemaError(f"final_at is a time with a time zone, not {types['final_at']}")
    kept = list(dict.fromkeys([*_ALWAYS, *columns, *(name for name in _WHERE_KNOWN if name in types)]))
    people = [name for name in ("user_id", "session_id", "interaction_id") if name in types]
    read = frame.select(*kept, pl.coalesce(pl.col(people).cast(pl.String)).alias(PERSON)).collect()
    placed = read.drop_nulls(_ALWAYS)
    known = placed.filter(~pl.col("is_automated").fill_null(value=False)) if "is_automated" in types else placed
    ordered = known if _is_ordered(known) else known.sort(ORDER)
    if votes is not None:
        ordered = _beside(
            ordered, votes.lazy().select("interaction_id", pl.exclude("interaction_id").name.prefix(OF_VOTES))
        )
    if interactions is not None:
        present = [name for name in EVENTS.values() if name in interactions.lazy().collect_schema()]
        ordered = _beside(ordered, interactions.lazy().select("interaction_id", *(set(present) - set(ordered.columns))))
    return Reading(ordered, placed.height - known.height, read.height - placed.height)


def _is_ordered(labels: pl.DataFrame) -> bool:
    """Return whether the labels are in order already; sorting and comparing text is what costs."""
    at, name = pl.col("final_at"), pl.col("interaction_id")
    if labels.select((at < at.shift()).any()).item():
        return False
    tied = labels.filter((at == at.shift()) | (at == at.shift(-1)))
    return not tied.select(((at == at.shift()) & (name < name.shift())).any()).item()


def _beside(labels: pl.DataFrame, other: pl.LazyFrame) -> pl.DataFrame:
    return labels.join(other.collect(), on="interaction_id", how="left", maintain_order="left")
