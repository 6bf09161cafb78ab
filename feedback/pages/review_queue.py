"""The review queue: which part of it, how far it is judged, how far reviewers agree, and how to fill it."""

import polars as pl
import streamlit as st

from feedback.errors import FeedbackError
from feedback.explore.reviewing import Agreement
from feedback.pages import formats, reading
from feedback.pages.addressed import choose_among
from feedback.pages.clock import now
from feedback.pages.downloads import show_table
from feedback.pages.roles import needs
from feedback.pipeline import draw_reviews
from feedback.pipeline.candidates import draw_golden_candidates
from feedback.pipeline.queue_items import QueueChoices, QueueFilter
from feedback.store import Store
from feedback.store.snapshot import Snapshot

STREAMS = {"rate": "for the rate", "mining": "for the golden set", "import": "imported"}
_PURPOSES = {
    "mining": "What the golden set lacks: failures, new themes, surprises",
    "rate": "At random, for an honest success rate",
}
_REFUSED = "what drawing met"


def choose_part(snapshot: Snapshot, progress: pl.DataFrame) -> QueueFilter:
    """Return which part of the queue to judge. In the address: `draw`, `stream`, `reason`, `by` and `is`."""
    draws = {row["draw_id"]: _name_draw(row) for row in progress.reverse().iter_rows(named=True)}
    draw = choose_among("Draw", list(draws), name="draw", words=draws.__getitem__, anything="All draws", width=270)
    choices = reading.list_queue_choices(snapshot)
    of = _filter_of_address(draw, choices)
    n_chosen = sum(one is not None for one in (of.stream, of.reason, of.value))
    with st.popover(f"Filter ({n_chosen})" if n_chosen else "Filter", icon=":material/filter_alt:"):
        stream = choose_among("Drawn", choices.streams, name="stream", words=STREAMS.__getitem__, width=260)
        reason = choose_among("Because", choices.reasons, name="reason", words=formats.words, width=260)
        st.caption("Only reasons that say nothing about the answer are offered.")
        dimension = choose_among("Dimension", list(choices.values), name="by", outdated=("is",), width=260)
        values = choices.values.get(dimension or "", [])
        value = choose_among("Value", values, name="is", width=260) if dimension else None
    return QueueFilter(draw, stream, reason, dimension, value)


def show_progress(progress: pl.DataFrame) -> None:
    """Show how much of the chosen part is judged, by the reviewer and by all."""
    n, n_done, n_mine = progress.select(pl.col("n", "n_done", "n_mine").sum()).row(0)
    st.progress(n_done / n if n else 0.0, text=f"**{n_done:,} of {n:,}** judged, {n_mine:,} by you")


def show_agreement(agreement: Agreement | None) -> None:
    """Show how far reviewers say the same of the same responses."""
    with st.popover("Agreement", icon=":material/group:"):
        if agreement is None:
            st.caption("Nobody has judged the same response as somebody else yet. Ask for two people per response.")
            return
        st.markdown(
            f"{agreement.n_reviewers} people judged the same {agreement.n_items:,} responses. Of the pairs of verdicts "
            f"**{formats.share(agreement.share)}** say the same."
        )
        ends = formats.interval(agreement.low, agreement.high)
        st.caption(
            f"Krippendorff's alpha {formats.score(agreement.alpha)} (95 % interval {ends}): 1 is perfect, 0 is chance. "
            "Below 0.67 the question is not clear enough: agree on what good means first."
        )
        show_table(
            agreement.pairs,
            name="reviewer agreement",
            column_config={
                "reviewer": "Reviewer",
                "other_reviewer": "and",
                "n_items": st.column_config.NumberColumn("Both judged", format="localized"),
                "agreement": st.column_config.NumberColumn("Say the same", format="percent"),
                "kappa": st.column_config.NumberColumn("Kappa", format="%.2f", help="Cohen's: beyond chance."),
            },
            placeholder=formats.UNKNOWN,
        )


def show_drawing(store: Store, snapshot: Snapshot) -> None:
    """Show how to put more responses into the queue."""
    purpose = st.radio("What for", list(_PURPOSES), format_func=_PURPOSES.__getitem__, key="draw for")
    k = st.number_input("How many", 1, 1_000, 50, key="draw how many", width=140)
    st.button(
        "Draw", icon=":material/casino:", key="draw more", on_click=_draw, args=(store, snapshot, purpose, int(k)),
        help="Each response's chance of being drawn is kept with the draw.",
    )  # fmt: skip
    refused = st.session_state.pop(_REFUSED, None)
    if refused:
        st.warning(formats.plain(refused), icon=":material/error:")


@needs("review")
def _draw(store: Store, snapshot: Snapshot, purpose: str, k: int) -> None:
    """Draw with the number of the run as seed: the same store gives the same draw."""
    seed = snapshot.version
    try:
        if purpose == "rate":
            drawn = draw_reviews(store, k=k, seed=seed, clock=now)["draw_id"]
        else:
            drawn = draw_golden_candidates(store, k=k, seed=seed, clock=now).candidates["draw_id"]
    except FeedbackError as error:
        st.session_state[_REFUSED] = str(error)
        return
    if len(drawn):
        st.query_params["draw"] = drawn[0]


def _name_draw(row: dict) -> str:
    return f"{formats.moment(row['drawn_at'])}, {STREAMS[row['stream']]} ({row['n_done']:,} of {row['n']:,})"


def _filter_of_address(draw: str | None, choices: QueueChoices) -> QueueFilter:
    """Return what the fields that are not open yet will say."""
    asked = st.query_params
    known = {
        "stream": choices.streams, "reason": choices.reasons, "is": choices.values.get(asked.get("by", ""), []),
    }  # fmt: skip
    stream, reason, value = (asked[name] if asked.get(name) in some else None for name, some in known.items())
    return QueueFilter(draw, stream, reason, asked.get("by"), value)
