"""The events of each session in order, cut into parts and turns."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from feedback.interactions.kinds import KIND, of_kind
from feedback.interactions.numbers import group_by_text, rows_upto
from feedback.schemas import TABLES
from feedback.schemas.behaviour import OPENERS
from feedback.schemas.order import break_ties

SET_APART = "log: "


def set_further_apart(events: pl.LazyFrame, further: Sequence[str]) -> pl.LazyFrame:
    """Return the columns of the events that are read, `feature`, and the further ones behind a prefix.

    A column of the log may have any name; behind the prefix none can be taken for one we add.
    """
    names = events.collect_schema().names()
    feature = pl.col("feature") if "feature" in names else pl.lit(None, pl.String).alias("feature")
    declared = [name for name in TABLES["events"].columns if name in names and name != "received_at"]
    return events.select(*declared, feature, *(pl.col(name).alias(SET_APART + name) for name in further))


def put_in_order_of_time(events: pl.DataFrame) -> pl.DataFrame:
    """Return the log: the events in the order of time; those at one time stay in any order."""
    log = events if events["occurred_at"].is_sorted() else events.sort("occurred_at")
    # In one piece, rows are found by their number ten times faster than in many.
    return log.rechunk().with_columns(pl.col("kind").cast(KIND))


def order_events(log: pl.DataFrame, *, session_gap: timedelta) -> pl.DataFrame:
    """Return one row per event, sorted by session, time and id, with its place in the session.

    The row number is the place `pos` of the event over all sessions. Columns: `row` in the log, `kind`,
    `occurred_at`, `interaction_id`, `is_new_session`, `is_new_part`, `part` (number of the session part over
    all sessions), `is_opener`, `is_response`, and the numbers of openers and responses up to and with the
    event over all sessions, `n_openers` and `n_responses`.

    A response logged twice under one id in one part counts once, at its first time.
    """
    row, is_new_session = group_by_text(log["session_id"])
    at = log["occurred_at"].gather(row)
    row = break_ties(row, ~is_new_session & (at == at.shift()).fill_null(value=False), log["event_id"])
    # Ties do not move an event to another time or session: only what follows must be gathered anew.
    timeline = pl.DataFrame({"row": row, "occurred_at": at, "is_new_session": is_new_session}).with_columns(
        kind=log["kind"].gather(row), interaction_id=log["interaction_id"].gather(row)
    )
    silence = pl.col("occurred_at").diff() > session_gap
    return (
        timeline.with_columns(
            is_new_part=pl.col("is_new_session") | silence.fill_null(value=False),
            is_opener=of_kind(*OPENERS),
        )
        .with_columns(part=pl.col("is_new_part").cum_sum() - 1)
        .pipe(_mark_responses)
        .with_columns(n_openers=pl.col("is_opener").cum_sum(), n_responses=pl.col("is_response").cum_sum())
    )


def list_parts(timeline: pl.DataFrame) -> pl.DataFrame:
    """Return one row per part, in order: `session_part`, `first_opener` (number over all sessions), `n_events`."""
    starts = timeline["is_new_part"].arg_true()
    parts = timeline.select("is_new_session", "is_opener", "n_openers")[starts].with_columns(start=starts)
    return parts.select(
        session_part=rows_upto(parts.height).cast(pl.Int64)
        - pl.when("is_new_session").then(rows_upto(parts.height)).forward_fill().cast(pl.Int64),
        first_opener=pl.col("n_openers") - pl.col("is_opener").cast(pl.UInt32),
        n_events=pl.col("start").shift(-1, fill_value=timeline.height) - pl.col("start"),
    )


def list_openers(timeline: pl.DataFrame, parts: pl.DataFrame, log: pl.DataFrame) -> pl.DataFrame:
    """Return one row per opener, in order; the row number is that of the opener over all sessions.

    Columns: `pos`, `row`, `part`, `turn` (0-based in its part), `kind`, `asked_at`, `interaction_id`, `text`,
    `asked` (its text, or for a retry without words the words it repeats), `n_responses` before it.
    """
    pos = timeline["is_opener"].arg_true()
    openers = timeline.select(
        "row", "part", "kind", "interaction_id", "n_responses", asked_at="occurred_at"
    )[pos].with_columns(pos=pos)  # fmt: skip
    first = parts["first_opener"].gather(openers["part"])
    repeats = (pl.col("kind") == "retry") & pl.col("text").is_null()
    return openers.with_columns(
        turn=rows_upto(openers.height).cast(pl.Int64) - first.cast(pl.Int64), text=log["text"].gather(openers["row"])
    ).with_columns(asked=pl.when(repeats).then(_last_words()).otherwise("text"))


def _last_words() -> pl.Expr:
    """Return the words of the part up to the opener, null where there are none yet."""
    place = pl.int_range(pl.len(), dtype=pl.UInt32)
    spoken = pl.when(pl.col("text").is_not_null()).then(place).forward_fill()
    return pl.col("text").gather(pl.when(pl.col("part").gather(spoken) == pl.col("part")).then(spoken))


def _mark_responses(timeline: pl.DataFrame) -> pl.DataFrame:
    answers = (pl.col("kind") == "response") & pl.col("interaction_id").is_not_null()
    marked = timeline.with_columns(is_response=answers)
    pos = marked["is_response"].arg_true()
    names = timeline["interaction_id"].gather(pos)
    numbers = names.hash()
    if numbers.n_unique() == len(numbers):
        return marked
    twice = pos.filter(numbers.is_duplicated())
    again = twice.filter(~timeline.select("part", "interaction_id")[twice].select(
        pl.struct("part", "interaction_id").is_first_distinct()
    ).to_series())  # fmt: skip
    return marked.with_columns(is_response=marked["is_response"].scatter(again, values=False))
