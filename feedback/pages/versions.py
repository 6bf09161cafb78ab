"""Is a new version better: two versions of prompt, model or index side by side."""

import polars as pl
import streamlit as st

from feedback.pages import formats, reading
from feedback.pages.addressed import choose_among
from feedback.pages.downloads import show_table
from feedback.segments.releases import VERSIONS
from feedback.store.snapshot import Snapshot

_ABOUT = (
    "Difference: mean of the new one less that of the old one. The intervals hold however often one looks; they allow "
    "for one person's answers being alike. Promote: surely at most 2 points worse."
)
_MOST_WORDS = 300


def show_versions(snapshot: Snapshot) -> None:
    """Show how two versions compare, in all and per feature. In the address: `versions`, `old`, `new`."""
    known = [name for name in VERSIONS if name in reading.list_dimensions(snapshot)]
    with st.container(border=True):
        st.markdown("**Is the new version better?**")
        if not known:
            st.caption("The log says of no answer which prompt, model or index it was made with.")
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            dimension = choose_among(
                "Versions of", known, name="versions", anything="Choose", outdated=("old", "new"), width=190
            )
            values = reading.list_values(snapshot, dimension) if dimension else []
            old = choose_among("Old", values, name="old", anything="Choose", outdated=("new",), width=210)
            others = [value for value in values if value != old]
            new = choose_among("New", others, name="new", anything="Choose", width=210)
        if dimension is None or old is None or new is None:
            st.caption("Choose what changed and the two versions to compare.")
            return
        _show_comparison(snapshot, dimension, old, new)


def _show_comparison(snapshot: Snapshot, dimension: str, old: str, new: str) -> None:
    by = ("feature",) if "feature" in reading.list_dimensions(snapshot) else ()
    with st.spinner("Comparing the answers of both versions"):
        found = reading.compare(snapshot, dimension, old, new, by=by)
    whole = found.row(0, named=True)
    st.markdown(f"**{formats.words(whole['decision'])}.** {formats.plain((whole['reason'] or '')[:_MOST_WORDS])}")
    spans = [formats.change_interval(*ends) for ends in found.select("low", "high").iter_rows()]
    columns = st.column_config
    show_table(
        found.select(
            "segment", "decision", "rate_first", "rate_second", "difference",
            pl.Series("interval", spans, dtype=pl.String), "n_first", "n_second",
        ),
        name="versions compared",
        whole=found,
        caption=_ABOUT,
        column_config={
            "segment": columns.TextColumn("Of", width=250),
            "decision": columns.TextColumn("Decision", width=90),
            "rate_first": columns.NumberColumn("Old", format="%.2f", width=60),
            "rate_second": columns.NumberColumn("New", format="%.2f", width=60),
            "difference": columns.NumberColumn("Difference", format="%+.2f", width=85),
            "interval": columns.TextColumn("95 % interval", width=120),
            "n_first": columns.NumberColumn("Answers, old", format="localized", width=95),
            "n_second": columns.NumberColumn("Answers, new", format="localized", width=95),
        },
        placeholder=formats.UNKNOWN,
        alt="Two versions side by side, in all and per feature",
    )  # fmt: skip
