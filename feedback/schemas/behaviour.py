"""From raw events to labels: what was logged, and what was made of it."""

import dataframely as dy
import polars as pl

from feedback.schemas.column_types import (
    count_column,
    flag_column,
    is_one_of,
    key_column,
    maybe_text_column,
    seconds_column,
    share_column,
    text_column,
    texts_column,
    time_column,
)

KINDS = (
    "request", "response", "view", "accept", "edit", "undo", "reject", "rephrase", "retry", "copy", "escalate",
    "abandon", "rating",
)  # fmt: skip
OPENERS = ("request", "rephrase", "retry")
NOT_SEEN_BELOW_S = 0.75
RESTATED = "restate"
"""how the cause of a label version begins in which only part of the labels are made anew"""
OUTCOMES = ("recovered", "escalated", "failed", "corrected", "clean_success", "unlabelled")


class Events(dy.Schema):
    """What people and the AI feature did: one row per event."""

    event_id = key_column("the event, unique in its session")
    occurred_at = time_column("when it happened (event time)")
    received_at = time_column("when it arrived", nullable=True)
    kind = text_column(f"one of {', '.join(KINDS)}", check=is_one_of(KINDS))
    session_id = key_column("what one person did in one go")
    user_id = maybe_text_column("the person")
    interaction_id = maybe_text_column("the AI response the event is about; on an opener, the answer to come")
    text = maybe_text_column("what was asked, answered, kept or said")
    value = dy.Float64(
        nullable=True,
        description="view: ms visible; edit, undo: share of the response that survived; rating: [0, 1]",
    )

    @dy.rule()
    def value_in_range(cls) -> pl.Expr:
        """A share or a rating lies in [0, 1], a time seen is not negative."""
        shares = pl.col("kind").is_in(["edit", "undo", "rating"])
        inside = pl.when(shares).then(pl.col("value").is_between(0, 1)).otherwise(pl.col("value") >= 0)
        judged = shares | (pl.col("kind") == "view")
        return ~judged | pl.col("value").is_null() | inside

    @dy.rule()
    def rating_has_value(cls) -> pl.Expr:
        """A rating without a value says nothing."""
        return (pl.col("kind") != "rating") | pl.col("value").is_not_null()


class Columns(dy.Schema):
    """The further columns of the log and the role each has: one row per column."""

    column = key_column("name in `events`")
    role = text_column("dimension (text) or measure (number)", check=is_one_of(("dimension", "measure")))
    incoming_name = text_column("name in the file; ours gets the suffix `_in` where it collides")
    since = time_column("the ingest that brought it")


class Quarantine(dy.Schema):
    """Rows that could not be used: one row per row and reason."""

    quarantine_id = key_column("hash of file, row and reason")
    file = text_column("where it came from")
    row = count_column("1-based row of data in the file; null for an event that was stored before", nullable=True)
    reason = text_column("what was wrong with it, without user text")
    column = maybe_text_column("the column at fault")
    event_id = maybe_text_column("the event, where it could be read")
    session_id = maybe_text_column("its session, where it could be read")
    interaction_id = maybe_text_column("its interaction, where it could be read")
    quarantined_at = time_column("clock of the ingest")


class DataHealth(dy.Schema):
    """How well the data arrives: one row per hour."""

    hour = dy.Datetime(time_unit="us", time_zone="UTC", primary_key=True, description="start of the hour, event time")
    n_events = count_column("events stored")
    n_sessions = count_column("sessions with an event")
    n_responses = count_column("AI responses")
    n_late = count_column("events about an interaction that was final when they arrived")
    lag_s = dy.Float64(nullable=True, description="median seconds from `occurred_at` to `received_at`")
    null_share = dy.Float64(nullable=True, min=0, max=1, description="share of dimension values not recorded")


class Interactions(dy.Schema):
    """One AI response shown to one person and what they did with it: one row per response."""

    interaction_id = key_column("the response")
    session_id = text_column("its session")
    session_part = count_column("0-based part of the session; a silence longer than `session_gap` starts a new one")
    turn = count_column(
        "0-based position of its request in the part; null where no request came before it", nullable=True
    )
    user_id = maybe_text_column("the person")
    feature = maybe_text_column("the AI feature")
    request_text = maybe_text_column("what was asked")
    response_text = maybe_text_column("what was answered")
    next_request_text = maybe_text_column("what the person asked or said next, inside the window")
    final_text = maybe_text_column("what the person made of it: the last text that was not undone")
    shown_at = time_column("when the response was shown")
    seen_s = seconds_column("how long it was visible; null when no view was recorded")
    accepted_after_s = seconds_column("from shown to the first accept that was no slip")
    undone_after_s = seconds_column("from the accept that was reverted to its undo; null when an accept stands")
    kept_share = share_column("share of the response's characters that survived the last edit in unchanged runs")
    rejected_after_s = seconds_column("from shown to the first reject")
    copied_after_s = seconds_column("from shown to the first copy")
    retried_after_s = seconds_column("from shown to the first retry")
    next_request_after_s = seconds_column("from shown to the next request, rephrase or retry of the part")
    rephrase_similarity = share_column("similarity of its request to the one that asked again")
    n_rephrasings = count_column("later attempts at the same request, inside the window")
    is_rephrased_explicitly = flag_column("whether the product itself recorded a rephrase of it")
    is_task_like = flag_column("whether the part held an act on any response before the window ended")
    escalated_after_s = seconds_column("from shown to the escalation it led to")
    n_turns_to_escalation = count_column("responses between it and that escalation: 0, 1 or 2", nullable=True)
    abandoned = flag_column("true when an abandon event says so; silence is null", nullable=True)
    rating = share_column("the last rating")
    outcome = maybe_text_column(f"one of {', '.join(OUTCOMES)}; null while open", check=is_one_of(OUTCOMES))
    evidence_event_ids = texts_column("the acts inside the window that say something about it, in time order")
    window_ends_at = time_column("end of the observation window")
    is_final = flag_column("whether the watermark has passed the end of the window")
    is_backfill = flag_column("whether its window had ended before the session was first seen")
    is_automated = flag_column("whether its part has over 10,000 events")


class Votes(dy.Schema):
    """What each labelling function says: one row per interaction, one nullable column per function."""

    interaction_id = key_column("the interaction")


class Labels(dy.Schema):
    """Final implicit labels, append-only: one row per interaction and label version."""

    interaction_id = key_column("the interaction")
    label_version = dy.Int64(primary_key=True, min=1, description="the label version that wrote it")
    score = share_column("behaviour score, for ranking; null when no function voted")
    p_good = share_column("calibrated probability that the response was good; null until reviews calibrate it")
    n_votes = count_column("labelling functions that voted")
    conflict = dy.Float64(
        nullable=True, min=0, max=0.5, description="share of the vote weight on the weaker side; 0 = unanimous"
    )
    reason = maybe_text_column("the labelling function with the strongest vote")
    evidence_event_ids = texts_column("the events behind the votes")
    final_at = time_column("when the label becomes final: the end of the window")
    session_id = text_column("its session")
    session_part = count_column("part of the session")
    user_id = maybe_text_column("the person")
    feature = maybe_text_column("the AI feature")
    shown_at = time_column("when the response was shown")
    outcome = maybe_text_column("what became of it; null while open", check=is_one_of(OUTCOMES))
    is_backfill = flag_column("whether its session was first seen after the window had ended")
    is_automated = flag_column("whether its part has over 10,000 events")


class LabelVersions(dy.Schema):
    """What made the labels of a version: one row per label version."""

    label_version = dy.Int64(primary_key=True, min=1, description="1, 2, 3 ...")
    since = time_column("clock of the run that started it")
    cause = text_column("first run, fit or restate, and why")
    rules = text_column("hash of the names, weights and expressions of the labelling functions")
    label_model = text_column("which label model")
    window_settings = text_column("observation window and session gap, as JSON")
