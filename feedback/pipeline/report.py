"""How reports of the pipeline show themselves in a notebook."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from html import escape

import polars as pl

_MOST_ROWS = 8


@dataclass(frozen=True)
class Report:
    """What a step reports; a notebook shows it as a table: one line per field, a frame cut to its first rows."""

    def _repr_html_(self) -> str:
        lines = "".join(
            f"<tr><th style='text-align: left'>{escape(field.name)}</th>"
            f"<td style='text-align: left'>{show_value(getattr(self, field.name))}</td></tr>"
            for field in fields(self)
        )
        return f"<table><caption>{escape(type(self).__name__)}</caption>{lines}</table>"


def show_value(value: object) -> str:
    """Return a value as HTML in which nothing of the log can act as such.

    Examples
    --------
    >>> show_value(29_267), show_value(None), show_value("<b>")
    ('29,267', 'none', '&lt;b&gt;')
    >>> show_value({"no time": 2})
    'no time: 2'
    """
    if isinstance(value, Report):
        return value._repr_html_()
    if isinstance(value, pl.DataFrame):
        with pl.Config(tbl_rows=_MOST_ROWS):
            return value._repr_html_() if value.height else "no rows"
    if isinstance(value, Mapping):
        return "<br>".join(f"{escape(str(name))}: {show_value(inner)}" for name, inner in value.items()) or "none"
    if isinstance(value, tuple | list):
        return "<br>".join(show_value(inner) for inner in value) or "none"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "none" if value is None else escape(str(value))
