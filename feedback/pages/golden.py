"""The golden set: what is in it, its versions, and how far it has drifted from the traffic."""

from datetime import UTC, datetime

import polars as pl
import streamlit as st

from feedback.pages import formats, reading
from feedback.pages.first_steps import show_unlabelled
from feedback.pages.golden_drift import show_coverage, show_rates, show_shadow
from feedback.pages.golden_versions import height_of, show_versions
from feedback.pipeline.golden_check import CheckRules, GoldenCheck
from feedback.store.snapshot import Snapshot

_STEPS = (
    ("Draw", "feedback candidates draw --k 50 --seed 7", "Failures, new themes, surprises, and some at random."),
    ("Review", "feedback app", "On the page Review: good or bad, and what it should have been."),
    ("Add", "feedback golden add", "What was judged good or bad becomes an example."),
    ("Cut a version", "feedback golden version", "It never changes. Export it: feedback export inspect_ai golden-eval"),
)
_ACTIONS = {"add": "Add", "refresh": "Refresh", "retire": "Retire"}
_ID_DIGITS = 8


def show_golden(snapshot: Snapshot) -> None:
    """Show the golden set, what to do about it, its pass rate beside production, and its versions."""
    st.title("Golden set", anchor=False)
    found = reading.read_golden_set(snapshot)
    n = found.examples.height
    st.caption(f"{n:,} examples people reviewed, {found.n_retired:,} retired · {formats.freshness(snapshot.run)}")
    if not n:
        _show_steps()
        return
    if snapshot.run is None or snapshot.run.label_version is None:
        show_unlabelled()
        return
    with st.spinner("Comparing with current traffic"):
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        check = reading.golden_check(snapshot, at=today, rules=CheckRules())
    _show_metrics(check)
    _show_proposals(check)
    show_coverage(check)
    show_shadow(check)
    show_rates(check)
    show_versions(snapshot, is_cut=found.is_cut)
    _show_counts(snapshot)


def _show_steps() -> None:
    st.info("The golden set is empty. It is filled with responses that people reviewed:", icon=":material/info:")
    for place, (title, command, note) in zip(st.columns(len(_STEPS)), _STEPS, strict=True):
        with place.container(border=True, height="stretch"):
            st.markdown(f"**{title}**")
            st.code(command, language=None, wrap_lines=True)
            st.caption(note)


def _show_metrics(check: GoldenCheck) -> None:
    values = {name: (value, low, high) for name, value, low, high, _ in check.measures.iter_rows()}
    coverage, low, high = values["coverage"]
    told = (
        ("Examples", f"{values['examples'][0]:,.0f}", f"{values['bad'][0]:,.0f} bad"),
        ("Traffic within reach", formats.share(coverage), f"{formats.share(low)} to {formats.share(high)}"),
        ("Mix off by", formats.share(values["mix disagreement"][0]), "against the traffic"),
        ("Expected answers", f"{values['with expected answer'][0]:,.0f}", "given by a person"),
        ("Median age", f"{values['median age'][0] or 0:,.0f} days", "since it was shown"),
    )
    for place, (label, value, note) in zip(st.columns(len(told)), told, strict=True):
        place.metric(label, value, delta=note, delta_color="off", delta_arrow="off", border=True)


def _show_proposals(check: GoldenCheck) -> None:
    with st.container(border=True):
        st.markdown("**What to do**")
        if check.proposals.is_empty():
            st.caption(f"Nothing: the golden set follows the traffic of the latest {check.days} days.")
            return
        about = pl.coalesce(pl.col("example_id").str.head(_ID_DIGITS), "segment")
        rows = check.proposals.select(
            action=pl.col("action").replace_strict(_ACTIONS, return_dtype=pl.String), about=about, why="why"
        )
        st.dataframe(
            rows,
            column_config={
                "action": st.column_config.TextColumn("", width=80),
                "about": st.column_config.TextColumn("Segment or example", width=230),
                "why": st.column_config.TextColumn("Why", width=800),
            },
            hide_index=True,
            height=height_of(rows),
        )
        st.caption("`feedback golden retire ID --why …` · `feedback golden correct ID …` · `feedback candidates draw`")


def _show_counts(snapshot: Snapshot) -> None:
    with st.container(border=True):
        st.markdown("**What is in it**")
        rows = reading.count_examples(snapshot)
        words = {"no_split": "In no split", "with_expected": "Expected answer"}
        numbers = {
            name: st.column_config.NumberColumn(words.get(name, "Examples" if name == "n" else name.capitalize()))
            for name in rows.columns[1:]
        }
        st.dataframe(
            rows,
            column_config={"segment": st.column_config.TextColumn("Segment", width=260), **numbers},
            hide_index=True,
            height=height_of(rows),
        )
