"""What people decide: append-only, current state is a fold."""

import dataframely as dy

from feedback.schemas.column_types import (
    is_one_of,
    key_column,
    maybe_text_column,
    share_column,
    text_column,
    texts_column,
    time_column,
)

VERDICTS = ("good", "bad", "unsure", "unusable")


class Reviews(dy.Schema):
    """What people judged: one row per verdict."""

    review_id = key_column("hash of the content")
    interaction_id = maybe_text_column("the response; null for a whole session")
    session_id = text_column("its session")
    level = text_column("response or session", check=is_one_of(("response", "session")))
    verdict = text_column(f"one of {', '.join(VERDICTS)}", check=is_one_of(VERDICTS))
    score = share_column("a graded verdict, 1 = good")
    reviewer = text_column("who")
    reviewed_at = time_column("when")
    draw_id = maybe_text_column("the draw that proposed it")
    inclusion_probability = dy.Float64(nullable=True, min_exclusive=0, max=1, description="probability of being drawn")
    stream = text_column("rate, mining or import", check=is_one_of(("rate", "mining", "import")))
    corrected_text = maybe_text_column("what the answer should have been")
    tags = texts_column("free labels")
    note = maybe_text_column("a remark")
    supersedes = maybe_text_column("the review it replaces")
    label_version_seen = dy.Int64(nullable=True, description="labels current when it was judged")


class Reservations(dy.Schema):
    """Who is looking at what: one row per reservation."""

    reservation_id = key_column("the reservation")
    interaction_id = text_column("the item")
    reviewer = text_column("who")
    reserved_at = time_column("when")
    expires_at = time_column("when it lapses")


class IncidentEvents(dy.Schema):
    """Steps in the life of an incident: one row per step."""

    incident_event_id = key_column("the step")
    incident_id = text_column("the incident")
    alarm_id = maybe_text_column("the alarm that caused it")
    state = text_column("open, acknowledged, resolved or false_alarm")
    by = text_column("who")
    at = time_column("when")
    owner = maybe_text_column("who owns it now")
    severity = maybe_text_column("how bad")
    note = maybe_text_column("a remark")


class GoldenEvents(dy.Schema):
    """Changes to the golden set: one row per example added, retired or corrected."""

    golden_event_id = key_column("the change")
    example_id = text_column("hash of the content")
    action = text_column("added, retired or corrected", check=is_one_of(("added", "retired", "corrected")))
    by = text_column("who")
    at = time_column("when")
    why = text_column("reason")
    input = text_column("what was asked")
    observed_output = maybe_text_column("what was answered")
    expected = maybe_text_column("what a person said it should be")
    label = text_column("good or bad", check=is_one_of(("good", "bad")))
    label_source = text_column("review, behaviour or import")
    split = maybe_text_column("part of the golden set")
    provenance = text_column("events, labels, rules, reviewer and run, as JSON")
