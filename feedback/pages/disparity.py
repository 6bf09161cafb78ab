"""Are some groups served worse than others, beyond what feedback.toml allows?"""

from collections.abc import Sequence

import polars as pl
import streamlit as st

from feedback.pages import formats, reading
from feedback.pages.downloads import show_table
from feedback.settings import Disparity
from feedback.store.snapshot import Snapshot

_EXAMPLE = """\
[[disparity]]
dimensions = ["language"]      # their combinations too, when there are several
reference = "language = en"    # else the largest group
max_gap = 0.05                 # 5 points; or min_ratio = 0.9
min_n = 100                    # groups with fewer labels stay unknown
"""
_ORDER = {"breached": 0, "unknown": 1, "met": 2}
_COLUMNS = {
    "group": st.column_config.TextColumn("Group", width=240),
    "status": st.column_config.TextColumn(
        "Status", width=90, help="Met or breached when the whole interval is; unknown where it is on both sides."
    ),
    "burn": st.column_config.ProgressColumn(
        "Allowance used", format="%.0f %%", min_value=0, max_value=100, width=130,
        help="Gap over the largest gap allowed, or what is missing in the ratio over what may be: 100 % is all of it.",
    ),
    "rate": st.column_config.NumberColumn("Mean", format="%.2f"),
    "gap": st.column_config.NumberColumn("Gap", format="%+.2f", help="Its mean less that of the reference."),
    "gap_interval": st.column_config.TextColumn("95 % interval", width=120),
    "ratio": st.column_config.NumberColumn("Ratio", format="%.2f", help="Its mean over that of the reference."),
    "ratio_interval": st.column_config.TextColumn("95 % interval ", width=120),
    "n": st.column_config.NumberColumn("Labels", format="localized"),
    "n_users": st.column_config.NumberColumn("People", format="localized"),
}  # fmt: skip


def show_disparity(snapshot: Snapshot, allowed: Sequence[Disparity]) -> None:
    """Show how far every group is behind its reference, and how much of what is allowed that uses up."""
    with st.container(border=True):
        st.markdown("**Are some groups served worse than others?**")
        if not allowed:
            st.caption("Say in `feedback.toml` how far a group may be behind, and it is watched here:")
            st.code(_EXAMPLE, language="toml")
            return
        found = reading.disparities(snapshot, tuple(allowed))
        if found.is_empty():
            st.caption("No label has a value yet.")
            return
        _show_groups(found, allowed)


def _show_groups(found: pl.DataFrame, allowed: Sequence[Disparity]) -> None:
    st.caption(_summarise(found))
    for place, one in enumerate(allowed):
        groups = found.filter(promise=place)
        st.caption(f"**{formats.plain(' × '.join(one.dimensions))}** · {_say_allowed(one)}")
        show_table(
            _write(groups),
            name=f"groups served worse {place + 1}",
            whole=groups,
            column_config=_COLUMNS,
            placeholder=formats.UNKNOWN,
            alt="How far each group is behind its reference",
        )


def _say_allowed(one: Disparity) -> str:
    """Return what is allowed, in words."""
    parts = []
    if one.max_gap is not None:
        parts.append(f"at most {formats.number(100 * one.max_gap)} points behind")
    if one.min_ratio is not None:
        parts.append(f"at least {formats.number(100 * one.min_ratio)} % of")
    against = f"{formats.plain(one.reference)}" if one.reference else "the largest group"
    return f"{' and '.join(parts) or 'compared with'} {against}, latest 28 days"


def _summarise(found: pl.DataFrame) -> str:
    counts = dict(found["status"].drop_nulls().value_counts().iter_rows())
    said = [f"{counts[state]} {state}" for state in _ORDER if counts.get(state)]
    return f"Of {sum(counts.values())} groups: {', '.join(said)}." if counts else "Nothing is allowed or forbidden."


def _write(groups: pl.DataFrame) -> pl.DataFrame:
    """Return the groups as people read them, the worst first and the reference last."""
    spans = {
        f"{name}_interval": pl.Series(
            [text(*ends) for ends in groups.select(f"{name}_low", f"{name}_high").iter_rows()], dtype=pl.String
        )
        for name, text in (("gap", formats.change_interval), ("ratio", formats.interval))
    }
    is_reference = pl.col("group") == pl.col("reference")
    status = pl.when(is_reference).then(pl.lit("reference")).otherwise(pl.col("status"))
    order = pl.col("status").replace_strict(_ORDER, default=9, return_dtype=pl.Int64)
    return (
        groups.with_columns(**spans)
        .sort(order, pl.col("burn"), "group", descending=[False, True, False], nulls_last=True)
        .with_columns(status=status, burn=100 * pl.col("burn"))
        .select(_COLUMNS.keys())
    )
