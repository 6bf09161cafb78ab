"""What a notebook shows: reports are short, nothing of the log acts as HTML, charts have the look of the app."""

from dataclasses import dataclass

import altair as alt
import polars as pl

from feedback.charts import use_theme
from feedback.charts.meaning import BLUE
from feedback.pipeline.ingest import IngestSummary
from feedback.pipeline.report import Report

HOSTILE = "<img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Sample(Report):
    """A report with one of each."""

    n: int
    why_not: str | None
    reasons: dict[str, int]
    faults: pl.DataFrame
    inner: Report | None = None


def test_figures_are_grouped_and_what_is_unknown_is_none():
    shown = Sample(29_267, None, {}, pl.DataFrame({"row": []}))._repr_html_()
    assert "<caption>Sample</caption>" in shown
    assert "29,267" in shown
    assert "no rows" in shown


def test_nothing_of_the_log_acts_as_html():
    inner = Sample(1, HOSTILE, {}, pl.DataFrame())
    shown = Sample(1, HOSTILE, {HOSTILE: 2}, pl.DataFrame({"reason": [HOSTILE]}), inner)._repr_html_()
    assert "<img" not in shown
    assert shown.count("&lt;img") == 4


def test_a_long_frame_is_cut():
    shown = Sample(1, None, {}, pl.DataFrame({"row": range(1_000)}))._repr_html_()
    assert shown.count("<tr>") < 30


def test_reports_stay_what_they_were():
    summary = IngestSummary(1, 1, 610, 560, 0, 0, 50, 0, {"no kind": 50})
    assert repr(summary).startswith("IngestSummary(run=1, n_files=1, n_rows=610")
    assert "no kind: 50" in summary._repr_html_()


def test_the_theme_is_used_where_it_is_asked_for_and_not_before():
    bars = alt.Chart(alt.Data(values=[{"n": 3}])).mark_bar().encode(x="n:Q")
    before = alt.theme.active
    assert "range" not in bars.to_dict()["config"]
    use_theme()
    assert bars.to_dict()["config"]["mark"] == {"color": BLUE}
    alt.theme.enable(before)
