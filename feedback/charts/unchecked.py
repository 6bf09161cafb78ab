"""Charts written without a check against the schema of Vega-Lite, which takes longer than all the rest."""

from functools import cache
from typing import Any, TypeVar

import altair as alt

Drawn = TypeVar("Drawn", bound=alt.TopLevelMixin)


def leave_unchecked(chart: Drawn) -> Drawn:
    """Return the chart as one that is written unchecked, by whoever writes it.

    Of the time a page takes the check is almost half, and what it could find is found by the tests: the specification
    of a chart depends on the code that draws it, not on the data.

    Examples
    --------
    >>> import polars as pl
    >>> chart = alt.Chart(pl.DataFrame({"day": [1]})).mark_bar().encode(x="day:Q")
    >>> leave_unchecked(chart).to_dict() == chart.to_dict()
    True
    """
    unchecked = chart.copy(deep=False)  # pyright: ignore[reportAttributeAccessIssue]
    # Charts keep every attribute that is set as a part of the specification; this is none.
    object.__setattr__(unchecked, "__class__", _unchecked(type(chart)))
    return unchecked


@cache
def _unchecked(kind: type) -> type:
    def to_dict(self: Any, validate: bool = False, **how: Any) -> dict[str, Any]:
        del validate
        return kind.to_dict(self, validate=False, **how)  # pyright: ignore[reportAttributeAccessIssue]

    return type(kind.__name__, (kind,), {"to_dict": to_dict, "__module__": kind.__module__})
