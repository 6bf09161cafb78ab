"""How far the segments of alarms overlap, in the labels each alarm is about."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

WHOLE = "all"
MOST_LABELS = 20_000
"""labels an overlap is measured on per alarm, the latest: a share is then known to half a point"""
OVERLAPS = pl.Schema(
    {"alarm_id": pl.String, "label_version": pl.Int64, "segment": pl.String, "share": pl.Float64, "size": pl.Float64}
)


def measure_overlaps(alarms: pl.DataFrame, labels: pl.DataFrame, segments: Iterable[str]) -> pl.DataFrame:
    """Return how much of what an alarm is about lies in each segment: one row per alarm and segment.

    Parameters
    ----------
    alarms
        Table `alarms`, any rows of it.
    labels
        One row per label with `shown_at`, `final_at` and the dimensions, reaching back to the first onset.
    segments
        Definitions, as alarms have them. One that names a column or a pooled value that labels do not have is
        left out.

    Returns
    -------
    pl.DataFrame
        `alarm_id`, `label_version`, `segment`, `share` (of the labels of the alarm's own segment shown since its
        onset and final at its detection, how many lie in `segment`) and `size` (of all labels of that time). An alarm
        without such labels has no row, and neither has a segment without labels.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> labels = pl.DataFrame({"feature": ["chat", "chat", "search"], "language": ["de", "en", "de"]})
    >>> labels = labels.with_columns(shown_at=at, final_at=at)
    >>> alarm = {"alarm_id": "a", "label_version": 1, "segment": "language = de", "onset_at": at, "detected_at": at}
    >>> measure_overlaps(pl.DataFrame([alarm]), labels, ["feature = chat"]).select("share", "size").row(0)
    (0.5, 0.666...)
    """
    ordered = labels.sort("final_at")
    masks = {name: mask for name in dict.fromkeys(segments) if (mask := find_labels(ordered, name)) is not None}
    shown, final = (ordered[name] for name in ("shown_at", "final_at"))
    rows: list[tuple] = []
    for alarm in alarms.iter_rows(named=True):
        own = find_labels(ordered, alarm["segment"])
        if own is None or alarm["onset_at"] is None:
            continue
        time = (shown >= alarm["onset_at"]) & (final <= alarm["detected_at"])
        everything = np.flatnonzero(time.to_numpy())
        inside = everything[own[everything]][-MOST_LABELS:]
        rows += [
            (
                alarm["alarm_id"],
                alarm["label_version"],
                name,
                float(mask[inside].mean()),
                float(mask[everything].mean()),
            )
            for name, mask in masks.items()
            if len(inside) and mask[everything].any()
        ]
    return pl.DataFrame(rows, schema=OVERLAPS, orient="row")


def find_labels(labels: pl.DataFrame, segment: str) -> np.ndarray | None:
    """Return which labels lie in a segment; null when they lack a column it names.

    Examples
    --------
    >>> find_labels(pl.DataFrame({"intent": ["a & b", "c"]}), "intent = a & b").tolist()
    [True, False]
    """
    conditions = read_conditions(segment, labels.columns)
    if conditions is None:
        return None
    tests = [pl.col(name).cast(pl.String) == value for name, value in conditions]
    found = labels.select(pl.all_horizontal(pl.repeat(value=True, n=pl.len()), *tests).fill_null(value=False))
    return found.to_series().to_numpy()


def read_conditions(segment: str, columns: Sequence[str]) -> list[tuple[str, str]] | None:
    """Return the conditions of a segment as pairs of column and value; none for everything, null for unknown columns.

    A value may hold ` & `: what follows belongs to it unless it names a column.

    Examples
    --------
    >>> read_conditions("intent = refund & language = de", ["intent", "language"])
    [('intent', 'refund'), ('language', 'de')]
    >>> read_conditions("all", ["intent"]), read_conditions("colour = red", ["intent"])
    ([], None)
    """
    if segment == WHOLE:
        return []
    names = "|".join(re.escape(name) for name in sorted(columns, key=len, reverse=True))
    parts = re.split(rf"(?:^| & )({names}) = ", segment) if names else [segment]
    if parts[0] or len(parts) < 3:
        return None
    return list(zip(parts[1::2], parts[2::2], strict=True))
