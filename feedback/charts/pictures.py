"""A chart as a picture to take along, drawn on this machine: without a browser and without the network."""

from collections.abc import Sequence
from typing import NamedTuple

import altair as alt
import vl_convert

from feedback.charts.meaning import GREY

Drawn = alt.Chart | alt.LayerChart
Chart = Drawn | alt.VConcatChart
_FONT = "Source Sans Pro, sans-serif"
_WIDTH = 860
_SHARPNESS = 2


class Page(NamedTuple):
    """What a picture lies on: the colour of the page, and of the words on it."""

    background: str = "#FFFFFF"
    ink: str = "#1B2430"


WHITE = Page()


def draw_svg(chart: Chart, *, title: str | None = None, page: Page = WHITE) -> bytes:
    """Return a chart as SVG.

    Parameters
    ----------
    chart
        Any of ours.
    title
        What it shows, to stand above it.
    page
        What it lies on.

    Examples
    --------
    >>> bars = alt.Chart(alt.Data(values=[{"n": 3}])).mark_bar().encode(x="n:Q")
    >>> draw_svg(bars)[:4]
    b'<svg'
    """
    return vl_convert.vegalite_to_svg(_dress(chart, title, page), allowed_base_urls=[]).encode()


def draw_png(chart: Chart, *, title: str | None = None, page: Page = WHITE) -> bytes:
    """Return a chart as PNG, twice as fine as a screen shows it; parameters as in `draw_svg`.

    Examples
    --------
    >>> bars = alt.Chart(alt.Data(values=[{"n": 3}])).mark_bar().encode(x="n:Q")
    >>> draw_png(bars)[1:4]
    b'PNG'
    """
    return vl_convert.vegalite_to_png(_dress(chart, title, page), scale=_SHARPNESS, allowed_base_urls=[])


def stack_charts(charts: Sequence[Drawn]) -> alt.VConcatChart:
    """Return charts that lie one below the other as one.

    Examples
    --------
    >>> bars = alt.Chart(alt.Data(values=[{"n": 3}])).mark_bar().encode(x="n:Q")
    >>> len(stack_charts([bars, bars]).vconcat)
    2
    """
    return alt.VConcatChart(vconcat=list(charts), spacing=8)


def _dress(chart: Chart, title: str | None, page: Page) -> dict:
    """Return the specification of a chart that brings its own page."""
    spec = chart.to_dict()
    for part in (spec, *spec.get("vconcat", [])):
        if "vconcat" not in part and not isinstance(part.get("width"), int):
            part["width"] = _WIDTH
    named = {"title": title} if title else {}
    return {**spec, **named, "config": {**spec.get("config", {}), **page_config(page)}}


def page_config(page: Page) -> dict:
    """Return what a chart that brings its own page looks like, as a Vega-Lite configuration.

    Examples
    --------
    >>> page_config(WHITE)["background"]
    '#FFFFFF'
    """
    words = {"labelColor": page.ink, "titleColor": page.ink, "labelFontSize": 12, "titleFontSize": 12}
    quiet = {"gridColor": GREY, "gridOpacity": 0.25, "domainColor": GREY, "tickColor": GREY}
    return {
        "font": _FONT, "background": page.background, "view": {"stroke": None}, "padding": 16,
        "axis": {**words, **quiet}, "legend": words, "title": {"color": page.ink, "anchor": "start", "fontSize": 15},
    }  # fmt: skip
