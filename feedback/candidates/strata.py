"""Which items lie in a segment of table `segments`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from feedback.errors import SchemaError, name_some
from feedback.stats.sums import Indices

Segments = pl.DataFrame | Sequence[Mapping[str, Any]]
_NOT_RECORDED = "(not recorded)"


class Stratum(NamedTuple):
    """A segment by name, and its items."""

    name: str
    items: Indices


def find_strata(labels: pl.DataFrame, degraded: Segments | None) -> list[Stratum]:
    """Return the segments that have items, in the order given, each once.

    Parameters
    ----------
    labels
        One row per item, with the dimensions and measures that the segments name.
    degraded
        Rows with `segment` and `definition` as in table `segments`. Where there is a `first_day` and the labels
        have `shown_at`, only what was shown since then (in UTC) counts: it is what got worse.

    Raises
    ------
    SchemaError
        When a segment lacks its definition, or names a column the labels lack.

    Examples
    --------
    >>> german = {"dimension": "language", "value": "de", "low": None, "high": None, "not_in": None}
    >>> degraded = [{"segment": "language = de", "definition": [german]}]
    >>> find_strata(pl.DataFrame({"language": ["en", "de"]}), degraded)[0].items.tolist()
    [1]
    """
    if degraded is None:
        return []
    rows = degraded.to_dicts() if isinstance(degraded, pl.DataFrame) else degraded
    named: dict[str, Indices] = {}
    for row in rows:
        if "segment" not in row or row.get("definition") is None:
            raise SchemaError("a degraded segment needs `segment` and `definition`, as in table segments")
        named.setdefault(str(row["segment"]), _find(labels, row["definition"], row.get("first_day")))
    return [Stratum(name, items) for name, items in named.items() if len(items)]


def _find(labels: pl.DataFrame, definition: Sequence[Mapping[str, Any]], since: date | None) -> Indices:
    missing = [one["dimension"] for one in definition if one["dimension"] not in labels.columns]
    if missing:
        raise SchemaError(f"labels need the column {name_some(missing)} of a degraded segment")
    is_later = pl.col("shown_at").dt.date() >= since if since and "shown_at" in labels.columns else pl.lit(value=True)
    inside = pl.all_horizontal(is_later, *(_fulfils(one) for one in definition))
    return labels.select(pl.int_range(pl.len()).filter(inside)).to_series().to_numpy().astype(np.int64)


def _fulfils(condition: Mapping[str, Any]) -> pl.Expr:
    """Return whether a row has the value, lies in the range, or has none of the values listed; null does not."""
    column = pl.col(condition["dimension"])
    if condition["value"] == _NOT_RECORDED:
        return column.is_null()
    low, high, not_in = condition.get("low"), condition.get("high"), condition.get("not_in")
    if low is not None or high is not None:
        above = column > (-np.inf if low is None else low)
        return (above & (column <= (np.inf if high is None else high))).fill_null(value=False)
    text = column.cast(pl.String)
    holds = ~text.is_in(not_in) if not_in is not None else text == condition["value"]
    return holds.fill_null(value=False)
