"""Lists of interactions to look at."""

from collections.abc import Sequence

import polars as pl

from feedback.errors import SettingsError
from feedback.explore.first_rows import is_among_first
from feedback.explore.labels import all_labels, has_value
from feedback.explore.periods import Period
from feedback.quality.people import EVERYTHING
from feedback.store.snapshot import Snapshot

OPEN = "open"
_SORTS: dict[str, tuple[tuple[str, ...], list[bool]]] = {
    "worst": (("score", "shown_at", "interaction_id"), [False, True, False]),
    "best": (("score", "shown_at", "interaction_id"), [True, True, False]),
    "newest": (("shown_at", "interaction_id"), [True, False]),
    "conflict": (("conflict", "n_votes", "interaction_id"), [True, True, False]),
}
ORDERS = tuple(_SORTS)
_SHOWN = ("interaction_id", "shown_at", "feature", "outcome", "score", "reason", "n_votes", "conflict", "is_final")


def list_interactions(
    snapshot: Snapshot,
    period: Period,
    *,
    dimension: str = EVERYTHING,
    value: str | None = None,
    outcomes: Sequence[str] = (),
    order: str = "worst",
    most: int = 200,
) -> pl.DataFrame:
    """Return the interactions to look at first.

    Parameters
    ----------
    snapshot
        The tables.
    period
        When they were shown.
    dimension, value
        Only those with this value of the dimension, as table `quality` names it.
    outcomes
        Only those that ended so; `open` are those without an outcome yet. All by default.
    order
        `worst` or `best` behaviour score first, `newest`, or those whose votes `conflict` most.
    most
        How many rows at most.

    Returns
    -------
    pl.DataFrame
        One row per interaction, in that order, unknown last: `interaction_id`, `shown_at`, `feature`,
        `request_text`, `response_text`, `outcome` (`open` while open), `score`, `reason`, `n_votes`,
        `conflict`, `is_final`, and `n_matching`: how many there are in all.

    Raises
    ------
    SettingsError
        When there is no such order.
    UnknownNameError
        When there is no such dimension.
    """
    if order not in _SORTS:
        raise SettingsError(f"order is one of {', '.join(ORDERS)}, not {order!r}")
    by, descending = _SORTS[order]
    labels = all_labels(snapshot).filter(period.holds("shown_at"))
    if value is not None:
        labels = labels.filter(has_value(snapshot, dimension, value, labels.collect_schema().names()))
    labels = labels.with_columns(pl.col("outcome").fill_null(OPEN))
    if outcomes:
        labels = labels.filter(pl.col("outcome").is_in(list(outcomes)))
    # What they are sorted by is read of all of them, everything else of those that come first.
    numbers = labels.select(by[:-1]).collect()
    first = labels.filter(is_among_first(numbers, by[:-1], descending, most)).select(_SHOWN)
    chosen = first.sort(by, descending=descending, nulls_last=True).head(most).collect()
    told = chosen.with_columns(n_matching=pl.lit(numbers.height, pl.Int64))
    return told.join(_texts(snapshot, chosen), on="interaction_id", how="left", maintain_order="left")


def _texts(snapshot: Snapshot, chosen: pl.DataFrame) -> pl.DataFrame:
    """Return the texts of the chosen, and of few others that were shown at the very same time."""
    # By their times, which files and row groups are told apart by; to read ids to compare takes far longer.
    times = chosen["shown_at"]
    is_near = pl.col("shown_at").is_between(times.min(), times.max()) & pl.col("shown_at").is_in(times.implode())
    found = snapshot.table("interactions").filter(is_near)
    return found.select("interaction_id", "request_text", "response_text").collect()
