"""How far the golden set has drifted from the traffic: coverage, shadow set, pass rate."""

import polars as pl
import streamlit as st

from feedback.charts.coverage import coverage_map
from feedback.charts.pass_rates import pass_rate_plot
from feedback.golden.proposals import COVERED
from feedback.pages import formats
from feedback.pages.downloads import show_chart, show_table
from feedback.pages.golden_versions import height_of
from feedback.pipeline.golden_check import GoldenCheck


def show_coverage(check: GoldenCheck) -> None:
    """Show how much of the traffic is within reach of an example, per segment."""
    with st.container(border=True):
        st.markdown("**How much of the traffic is within reach**")
        st.caption(
            f"{check.n_traffic:,} interactions of the latest {check.days} days; "
            "within reach: an example asks much the same"
        )
        show_chart(
            coverage_map(check.coverage, enough=COVERED),
            name="coverage of the golden set",
            caption=f"Lines: 95 % intervals; dashed: {formats.share(COVERED)}, from which on a segment is covered.",
        )
        rows = check.coverage.with_columns(_interval("low", "high", check.coverage), pl.col("coverage") * 100)
        show_table(
            rows.select("segment", "n_examples", "coverage", "interval", "n_out_of_reach"),
            name="coverage per segment",
            whole=check.coverage,
            column_config={
                "segment": st.column_config.TextColumn("Segment", width=260),
                "n_examples": st.column_config.NumberColumn("Examples", format="localized"),
                "coverage": st.column_config.ProgressColumn(
                    "Within reach", format="%.0f %%", min_value=0, max_value=100
                ),
                "interval": st.column_config.TextColumn("95 % interval", width=120),
                "n_out_of_reach": st.column_config.NumberColumn("Out of reach", format="localized"),
            },
            placeholder=formats.UNKNOWN,
            height=height_of(rows),
        )


def show_shadow(check: GoldenCheck) -> None:
    """Show where the golden set and the shadow set drawn from the traffic disagree."""
    with st.container(border=True):
        st.markdown("**Golden set against its shadow**")
        st.caption("The shadow set is drawn at random from the same traffic. Shares of either, and how many are bad")
        shares = pl.col("golden_share", "shadow_share", "golden_bad", "shadow_bad") * 100
        rows = check.shadow.with_columns(
            _interval("share_low", "share_high", check.shadow),
            _interval("bad_low", "bad_high", check.shadow).alias("bad_interval"),
            shares,
        )
        show_table(
            rows.select(
                "segment",
                "golden_share",
                "shadow_share",
                "interval",
                "golden_bad",
                "n_judged",
                "shadow_bad",
                "bad_interval",
            ),
            name="golden set against its shadow",
            whole=check.shadow,
            column_config={
                "segment": st.column_config.TextColumn("Segment", width=260),
                "golden_share": st.column_config.NumberColumn("Golden", format="%.0f %%"),
                "shadow_share": st.column_config.NumberColumn("Shadow", format="%.0f %%"),
                "interval": st.column_config.TextColumn("95 % interval", width=120),
                "golden_bad": st.column_config.NumberColumn("Golden bad", format="%.0f %%"),
                "shadow_bad": st.column_config.NumberColumn("Shadow bad", format="%.0f %%"),
                "n_judged": st.column_config.NumberColumn("Judged", format="localized"),
                "bad_interval": st.column_config.TextColumn("95 % interval", width=120),
            },
            placeholder=formats.UNKNOWN,
            height=height_of(rows),
        )
        if not check.shadow["n_judged"].sum():
            st.caption("Nobody has judged the shadow yet: `feedback golden shadow --out shadow.csv`")


def show_rates(check: GoldenCheck) -> None:
    """Show what the latest evaluation passed beside what is good in production."""
    with st.container(border=True):
        st.markdown("**What the evaluation passes, and what is good in production**")
        if check.eval_run is None:
            st.caption("No evaluation was read in yet. Export a version, run it, and bring its results back:")
            st.code("feedback golden results logs/2026-10-05_golden.eval", language=None)
            return
        run = check.eval_run
        said = (run["eval_run"], run["model"] or "unnamed model", formats.moment(run["evaluated_at"]))
        st.caption(" · ".join(formats.plain(word) for word in said))
        show_chart(pass_rate_plot(check.rates), name="pass rate beside production")
        st.caption(
            "On the traffic the examples reach. An example counts as much as the traffic nearest to it; the rate of "
            "production is corrected by reviews. Where the evaluation lies above production by more than the intervals "
            "allow, it flatters."
        )
        if not check.rates["n_reviewed"].fill_null(0).sum():
            st.caption("No review of that traffic was drawn at random, so production has no rate yet.")


def _interval(low: str, high: str, frame: pl.DataFrame) -> pl.Series:
    """Return both ends of each interval of shares, as people read them."""
    spans = [
        formats.UNKNOWN if start is None else f"{formats.share(start)} to {formats.share(end)}"
        for start, end in frame.select(low, high).iter_rows()
    ]
    return pl.Series("interval", spans, dtype=pl.String)
