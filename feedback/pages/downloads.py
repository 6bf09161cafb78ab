"""Tables and charts with a menu to take them along: every page shows its tables and charts through these two.

    show_table(frame, name="segments", column_config=..., hide_index=True, key=..., on_select=..., ...)
    show_chart(chart, name="score per day", caption="Band: 95 % interval.")

`name` is the name of the file (plain words, never text of users) and must be another one for every table and chart of
a page; in a loop, pass `key` as well. Everything else goes to `st.dataframe` and `st.altair_chart`, and what they
return comes back. `caption` is shown beside the menu, below the table or chart. A table is taken along as it is shown,
or give `whole` (a frame, or a function that makes it when somebody asks) when that has more than fits on a screen.

Files are made when somebody clicks, not before. CSV cells that a spreadsheet would run as a formula are defused, which
Streamlit's own CSV button does not do: it is switched off (`client.disableDataExport` in `launch.py`).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from feedback.charts.pictures import Chart, Drawn, Page, draw_png, draw_svg, stack_charts
from feedback.charts.unchecked import leave_unchecked
from feedback.export.frame_files import dump_frame_csv, dump_frame_parquet
from feedback.pages.launch import DARK, LIGHT
from feedback.pages.roles import may
from feedback.pages.texts import HIDDEN, shown_texts, tell_looked, without_texts
from feedback.pages.trail import later

Frame = pl.DataFrame | Callable[[], pl.DataFrame]
File = tuple[str, str, str, Callable[[], bytes]]
"""What a menu offers: its words, the ending and type of the file, and what makes it."""


def show_table(
    shown: pl.DataFrame, *, name: str, caption: str | None = None, whole: Frame | None = None, **how: Any
) -> Any:
    """Show a table with a menu to take it along as CSV or Parquet; return what `st.dataframe` does.

    Parameters
    ----------
    shown
        What is on the screen.
    name
        Name of the file without its ending; another one for every table of a page.
    caption
        Markdown to stand below it.
    whole
        What is taken along, where it is more than is shown.
    how
        Goes to `st.dataframe`.
    """
    seen = without_texts(shown)
    tell_looked(seen, on=name, ids=whole if isinstance(whole, pl.DataFrame) else shown)
    # In one piece, as pandas gets it: else polars would make it so on the way, and keep all other threads from Python.
    state = st.dataframe(seen.rechunk(), **{"hide_index": True, **how})
    make = _taken_along(shown if whole is None else whole, name)
    files = [
        ("CSV", "csv", "text/csv", lambda: dump_frame_csv(make())),
        ("Parquet", "parquet", "application/vnd.apache.parquet", lambda: dump_frame_parquet(make())),
    ]
    if seen.width < shown.width:
        caption = f"{caption} {HIDDEN}" if caption else HIDDEN
    _show_foot(caption, name, files if shown.height else [], key=f"{name} {how.get('key', '')}")
    return state


def show_chart(
    chart: Drawn | Sequence[Drawn], *, name: str, caption: str | None = None, legend: str | None = None, **how: Any
) -> Any:
    """Show a chart with a menu to take it along as SVG or PNG; return what `st.altair_chart` does.

    Parameters
    ----------
    chart
        One of `feedback/charts`, or several that lie one below the other and are taken along as one.
    name
        Name of the file without its ending, and title of the picture; another one for every chart of a page.
    caption, legend
        Markdown to stand below it: in small print, or what the colours mean.
    how
        Goes to `st.altair_chart`.
    """
    charts = list(chart) if isinstance(chart, Sequence) else [chart]
    with st.container(gap=None):
        states = [st.altair_chart(leave_unchecked(one), **{"width": "stretch", **how}) for one in charts]
    picture = charts[0] if len(charts) == 1 else stack_charts(charts)
    _show_foot(caption, name, _pictures(picture, name), key=f"{name} {how.get('key', '')}", legend=legend)
    return states[0]


def _pictures(chart: Chart, name: str) -> list[File]:
    colors = DARK if st.context.theme.type == "dark" else LIGHT
    how = {"title": name[:1].upper() + name[1:], "page": Page(colors["backgroundColor"], colors["textColor"])}
    return [
        ("SVG", "svg", "image/svg+xml", partial(draw_svg, chart, **how)),
        ("PNG", "png", "image/png", partial(draw_png, chart, **how)),
    ]


def _show_foot(caption: str | None, name: str, files: list[File], *, key: str, legend: str | None = None) -> None:
    """Show what there is to say below a table or chart, and at its right end the menu."""
    with st.container(horizontal=True, wrap=False, vertical_alignment="top", horizontal_alignment="right"):
        if legend:
            st.markdown(legend, width="stretch")
        if caption:
            st.caption(caption, width="stretch")
        if files:
            with st.popover("", icon=":material/download:", type="tertiary", help="Take along", key=f"menu {key}"):
                for words, ending, mime, make in files:
                    st.download_button(
                        words, make, f"{name}.{ending}", mime, key=f"{ending} {key}", on_click="ignore",
                        icon=":material/download:", type="tertiary",
                    )  # fmt: skip


def _taken_along(frame: Frame, name: str) -> Callable[[], pl.DataFrame]:
    """Return what makes the frame of a file: without texts for whoever may not see them, else that is written down.

    Streamlit calls it when nobody is at a screen: who it is for is settled here.
    """
    is_allowed, tell = may("texts"), later("downloaded")

    def make() -> pl.DataFrame:
        made = frame() if callable(frame) else frame
        texts = shown_texts(made)
        if texts and is_allowed:
            tell(note=f"{name}, {made.height} rows")
        return made if is_allowed else made.drop(texts)

    return make
