"""Since when segments have been worse, and after which release."""

import polars as pl

from feedback.segments.coding import Definition, holds
from feedback.segments.releases import list_releases
from feedback.segments.trend import Onset, estimate_onset

_TIME = pl.Datetime("us", "UTC")
ONSET_TYPES: dict[str, pl.DataType] = {
    "onset_at": _TIME, "onset_low": _TIME, "onset_high": _TIME, "follows_release": pl.String(),
}  # fmt: skip


def add_onsets(found: pl.DataFrame, labels: pl.DataFrame, *, value: str) -> pl.DataFrame:
    """Return the segments with when each got worse and which release that follows.

    Parameters
    ----------
    found
        One row per segment with its `definition`, as `find_degraded` gives them.
    labels
        Table `labels` of both windows, which must follow each other without a gap.
    value
        Column in [0, 1], `p_good` or `score`.

    Returns
    -------
    pl.DataFrame
        `found` with `onset_at`, the best guess, in its 95 % interval `onset_low` to `onset_high` (`estimate_onset`;
        null where no split stands out), and `follows_release`, the version first seen in the segment inside that
        interval and nearest to the onset, `column = value`; null without one.

    Examples
    --------
    >>> from feedback.schemas import empty_table
    >>> nothing = empty_table("segments").drop(ONSET_TYPES)
    >>> add_onsets(nothing, empty_table("labels"), value="score").columns[-1]
    'follows_release'
    """
    rows = [_describe(labels, definition, value) for definition in found["definition"].to_list()]
    return found.with_columns(pl.DataFrame(rows, schema=ONSET_TYPES, orient="row"))


def _describe(labels: pl.DataFrame, definition: Definition, value: str) -> tuple:
    inside = labels.filter(holds(definition))
    onset = estimate_onset(inside, value=value)
    return (*onset[:3], _find_release(inside, onset)) if onset else (None,) * len(ONSET_TYPES)


def _find_release(labels: pl.DataFrame, onset: Onset) -> str | None:
    """Return the version that was first seen when the segment got worse."""
    near = list_releases(labels).filter(pl.col("first_at").is_between(pl.lit(onset.earliest), pl.lit(onset.latest)))
    nearest = near.sort((pl.col("first_at") - pl.lit(onset.at)).abs(), "column", "value").head(1)
    return nearest.select(pl.format("{} = {}", "column", "value")).item() if nearest.height else None
