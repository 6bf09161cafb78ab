"""What got worse, where, and is it real."""

import polars as pl
import streamlit as st
from streamlit.navigation.page import Page

from feedback.charts import segment_trend
from feedback.pages import formats, reading
from feedback.pages.filters import choose_dimension
from feedback.pages.first_steps import show_unlabelled
from feedback.quality.daily import EVERYTHING
from feedback.segments.drilldown import Details
from feedback.settings import Settings
from feedback.store.snapshot import Snapshot

_TITLES = {"score": "Behaviour score", "p_good": "Probability of good"}
_NOTHING = (
    "No segment got worse by more than chance explains, neither in the latest 7 complete days against the 7 before, "
    "nor in the latest 14 against the 14 before. A changed mix of traffic does not count as worse."
)
_MOVED_BELOW = 0.05
_MOST_SIGNALS = 8
_SPLIT = {
    "segment": st.column_config.TextColumn("Of", width=260),
    "share_before": st.column_config.NumberColumn("Share before", format="percent"),
    "share_after": st.column_config.NumberColumn("Share now", format="percent"),
    "rate_before": st.column_config.NumberColumn("Before", format="%.2f"),
    "rate_after": st.column_config.NumberColumn("Now", format="%.2f"),
    "change": st.column_config.NumberColumn("Part of the change", format="%+.3f"),
    "mix": st.column_config.NumberColumn("Mix", format="%+.3f", help="Because it became more or less frequent."),
    "within": st.column_config.NumberColumn("Quality", format="%+.3f", help="Because it got better or worse."),
    "interaction": st.column_config.NumberColumn("Both", format="%+.3f", help="What grew and changed."),
}
_ROW_HEIGHT, _MOST_ROWS = 35, 12
_N_DAYS = (pl.col("last_day") - pl.col("first_day")).dt.total_days() + 1


def show_segments(snapshot: Snapshot, settings: Settings, examples: Page) -> None:
    """Show the segments that got worse, the one that the address names up close, and what the mix has to do with it."""
    st.title("Segments", anchor=False)
    st.caption(f"What got worse, where, and is it real · {formats.freshness(snapshot.run)}")
    if snapshot.run is None or snapshot.run.label_version is None:
        show_unlabelled()
        return
    found = reading.list_segments(snapshot)
    if found.is_empty():
        st.info(_NOTHING, icon=":material/check_circle:")
    else:
        number = _pick_row(found)
        _show_details(snapshot, found.row(number, named=True), settings.time_zone, examples)
    _show_split(snapshot, settings)


def _pick_row(found: pl.DataFrame) -> int:
    """Return the row that is ticked, the first at the beginning. In the address: `segment`, `since`."""
    keys = [f"{segment} {since}" for segment, since in found.select("segment", "first_day").iter_rows()]
    chosen = f"{st.query_params.get('segment')} {st.query_params.get('since')}"
    at = keys.index(chosen) if chosen in keys else 0
    st.dataframe(
        _write(found),
        column_config=_columns(),
        hide_index=True,
        key="segments",
        on_select=lambda: _write_address(found),
        selection_mode="single-row",
        selection_default={"selection": {"rows": [at]}},
        height=_ROW_HEIGHT * (min(found.height, _MOST_ROWS) + 1) + 3,
        placeholder=formats.UNKNOWN,
        alt="Segments that got worse, most lost successes first",
    )
    st.caption(
        "Of all combinations of up to three conditions, those whose drop neither chance nor a changed mix explains; "
        "where nothing happened, anything is listed in 5 % of comparisons. Intervals cover 95 % and allow for one "
        "person's answers being alike. Tick a row to look into it."
    )
    return at


def _write_address(found: pl.DataFrame) -> None:
    rows = st.session_state["segments"]["selection"]["rows"]
    for name in ("segment", "since"):
        st.query_params.pop(name, None)
    if rows:
        segment, since = found.select("segment", "first_day").row(rows[0])
        st.query_params.update(segment=segment, since=str(since))


def _write(found: pl.DataFrame) -> pl.DataFrame:
    """Return the table as people read it."""
    spans = [formats.change_interval(*ends) for ends in found.select("shrunk_low", "shrunk_high").iter_rows()]
    return found.select(
        "segment",
        pl.format("{} days to {}", _N_DAYS, "last_day").alias("period"),
        "rate_before",
        "rate_after",
        pl.col("shrunk_change").alias("change"),
        pl.Series("interval", spans, dtype=pl.String),
        "lost_successes",
        "loss_share",
        "n_after",
        "n_users_after",
        "q_value",
    )


def _columns() -> dict:
    columns = st.column_config
    return {
        "segment": columns.TextColumn("Segment", width=260),
        "period": columns.TextColumn("Now", width=150, help="Compared with as many days before."),
        "rate_before": columns.NumberColumn("Before", format="%.2f", help="Mean score or probability, as it was."),
        "rate_after": columns.NumberColumn("After", format="%.2f"),
        "change": columns.NumberColumn(
            "Change", format="%+.2f", help="At an equal mix, drawn towards the others: what to expect to be lost."
        ),
        "interval": columns.TextColumn("95 % interval"),
        "lost_successes": columns.NumberColumn("Lost", format="%.0f", help="Responses times change."),
        "loss_share": columns.NumberColumn("Of the loss", format="percent"),
        "n_after": columns.NumberColumn("Labels now", format="localized"),
        "n_users_after": columns.NumberColumn("People now", format="localized"),
        "q_value": columns.NumberColumn("By chance", format="%.1e", help="Corrected for all combinations looked at."),
    }


def _show_details(snapshot: Snapshot, row: dict, time_zone: str, examples: Page) -> None:
    details = reading.explain(snapshot, row["segment"], row["first_day"], time_zone=time_zone)
    with st.container(border=True):
        st.markdown(f"**{formats.plain(row['segment'])}**")
        onset = pl.DataFrame([details.onset._asdict()] if details.onset else [])
        st.altair_chart(segment_trend(details.trend, title=_TITLES[row["value"]], onset=onset), width="stretch")
        if details.onset:
            at, earliest, latest = (formats.moment(time) for time in details.onset[:3])
            st.caption(
                f"Worse since about {at} (95 %: {earliest} to {latest}), "
                f"from {details.onset.rate_before:.2f} to {details.onset.rate_after:.2f}."
            )
    left, right = st.columns([3, 2])
    with left:
        _show_signals(details)
    with right:
        _show_terms(details)
    _show_examples(details, examples)


def _show_signals(details: Details) -> None:
    with st.container(border=True):
        st.markdown("**What people did differently**")
        moved = details.signals.filter(pl.col("q_value") < _MOVED_BELOW).head(_MOST_SIGNALS)
        if moved.is_empty():
            st.caption("No single behaviour changed by more than chance explains.")
            return
        st.dataframe(
            moved.select(
                behaviour=pl.col("name").map_elements(formats.words, return_dtype=pl.String),
                kind=pl.col("kind"),
                share_before=pl.col("share_before"),
                share_after=pl.col("share_after"),
                q_value=pl.col("q_value"),
            ),
            column_config={
                "behaviour": st.column_config.TextColumn("Behaviour", width=200),
                "kind": st.column_config.TextColumn(
                    "Measured as",
                    help="fires: share it votes on · says good: its mean vote · outcome: share that ended so",
                ),
                "share_before": st.column_config.NumberColumn("Before", format="percent"),
                "share_after": st.column_config.NumberColumn("Now", format="percent"),
                "q_value": st.column_config.NumberColumn("By chance", format="%.1e"),
            },
            hide_index=True,
        )


def _show_terms(details: Details) -> None:
    with st.container(border=True):
        st.markdown("**Words of its bad requests**")
        if details.terms.is_empty():
            st.caption("No word is more frequent in bad requests than in the others.")
            return
        st.dataframe(
            details.terms.select("term", "n_bad", "n_other"),
            column_config={
                "term": "Words",
                "n_bad": st.column_config.NumberColumn("People, bad", format="localized"),
                "n_other": st.column_config.NumberColumn("People, others", format="localized"),
            },
            hide_index=True,
        )


def _show_examples(details: Details, examples: Page) -> None:
    with st.container(border=True):
        st.markdown("**Most telling examples**")
        for row in details.examples.iter_rows(named=True):
            said = (formats.moment(row["shown_at"]), formats.words(row["outcome"]), formats.words(row["reason"]))
            st.page_link(examples, label=" · ".join(said), query_params={"interaction": row["interaction_id"]})


def _show_split(snapshot: Snapshot, settings: Settings) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
            st.markdown("**Did quality change, or only the mix?**")
            dimension = choose_dimension(snapshot, "Mix of")
        if dimension == EVERYTHING:
            st.caption("The log has no dimension to split a change by.")
            return
        found = reading.split_change(
            snapshot, dimension, window=max(settings.observation_window.values()), time_zone=settings.time_zone
        )
        if found.is_empty():
            st.caption("It takes 28 complete days to compare the latest 14 with those before.")
            return
        st.caption(_say_split(found.row(0, named=True), dimension))
        st.dataframe(found.select(_SPLIT), column_config=_SPLIT, hide_index=True, placeholder=formats.UNKNOWN)


def _say_split(all_of_it: dict, dimension: str) -> str:
    """Return in words how much of the change is mix and how much is quality."""
    parts = {
        name: f"{formats.change(all_of_it[name])} "
        f"({formats.change_interval(all_of_it[f'{name}_low'], all_of_it[f'{name}_high'])})"
        for name in ("change", "mix", "within")
    }
    words = f" {formats.plain(all_of_it['words'])}." if all_of_it["words"] else ""
    return (
        f"Latest 14 complete days against the 14 before (95 % intervals): the mean moved by {parts['change']}. "
        f"Of that {parts['mix']} is only another mix of {formats.plain(dimension)}, and {parts['within']} is quality "
        f"within its values.{words}"
    )
