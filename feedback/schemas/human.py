"""What people decide: append-only, current state is a fold."""

import dataframely as dy

from feedback.schemas.column_types import (
    count_column,
    flag_column,
    is_one_of,
    key_column,
    maybe_text_column,
    share_column,
    text_column,
    texts_column,
    time_column,
)

VERDICTS = ("good", "bad", "unsure", "unusable")
INCIDENT_ACTIONS = (
    "opened", "joined", "linked", "acknowledged", "assigned", "noted", "resolved", "false_alarm", "reopened",
    "notified", "not_notified",
)  # fmt: skip
AUDIT_ACTIONS = (
    "looked", "downloaded", "exported", "backed_up", "accessed", "forgot", "retained", "restated", "restored",
)  # fmt: skip


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
    """Steps in the life of an incident: one row per step.

    What a step does not change is null. `opened`, `joined` and `linked` carry the alarm, and what explains the
    incident from then on; `notified` and `not_notified` the message and where it went.
    """

    incident_event_id = key_column("hash of the content; a step taken twice is one")
    incident_id = text_column("the incident")
    action = text_column(f"one of {', '.join(INCIDENT_ACTIONS)}", check=is_one_of(INCIDENT_ACTIONS))
    by = text_column("who; `feedback` for what a run did")
    at = time_column("when")
    alarm_id = maybe_text_column("the alarm that opened or joined it")
    label_version = dy.Int64(nullable=True, min=1, description="of that alarm")
    segment = maybe_text_column("the narrowest segment that explains it")
    metric = maybe_text_column("what moved in it")
    kind = maybe_text_column("quality, mix, signal, volume, missing data; or rule: it is below what feedback.toml says")
    onset_at = time_column("since when", nullable=True)
    detected_at = time_column("event time at which the alarm was raised, or the rule broken", nullable=True)
    owner = maybe_text_column("who owns it from now on")
    severity = maybe_text_column("how bad: low, medium, high or critical")
    runbook = maybe_text_column("where it says what to do")
    rule = maybe_text_column("name of the rule of feedback.toml that is broken, or that routes it")
    key = maybe_text_column("of a message: the same however often it is sent")
    target = maybe_text_column("hash of where the message went")
    note = maybe_text_column("a remark")


class GoldenEvents(dy.Schema):
    """Changes to the golden set: one row per example added, retired or corrected, with all of it as it then was."""

    golden_event_id = key_column("hash of the row")
    example_id = text_column("hash of the request and the response")
    action = text_column("added, retired or corrected", check=is_one_of(("added", "retired", "corrected")))
    by = text_column("who")
    at = time_column("when")
    why = text_column("reason of this change")
    input = text_column("what was asked")
    observed_output = maybe_text_column("what was answered")
    expected = maybe_text_column("what a person said it should be")
    label = text_column("good or bad", check=is_one_of(("good", "bad")))
    label_source = text_column("review, behaviour or import", check=is_one_of(("review", "behaviour", "import")))
    split = maybe_text_column("train, dev or test; null: left out of splits", check=is_one_of(("train", "dev", "test")))
    split_reason = maybe_text_column("why it is left out of splits")
    reason = maybe_text_column("why it is worth having: what proposed it")
    confidence = share_column("`p_good` when it was added")
    segment = maybe_text_column("`dimension = value` joined by ` & `")
    rejected_output = maybe_text_column("a response that `expected`, else the observed one, is better than")
    tags = texts_column("free labels of its reviews")
    groups = texts_column("what keeps examples on one side: session, near-duplicates of a user, text cluster")
    provenance = text_column("interaction, events, labels, rules, reviewers and run, as JSON")


class GoldenRefusals(dy.Schema):
    """Proposals of a golden check that people refused, or reopened: one row per proposal and finding."""

    golden_refusal_id = key_column("hash of the row")
    decision = text_column("refused or reopened; the latest holds", check=is_one_of(("refused", "reopened")))
    action = text_column("what was proposed: add, refresh or retire", check=is_one_of(("add", "refresh", "retire")))
    example_id = maybe_text_column("the example; null where a segment lacks some")
    segment = maybe_text_column("the segment that lacks examples; null for an example")
    finding = text_column("what it was proposed for, such as `old`; `uncovered` for a segment")
    by = text_column("who")
    at = time_column("when")
    why = maybe_text_column("a remark")
    proposal = text_column("the reason that the proposal gave")


class GoldenVersions(dy.Schema):
    """Cuts through the golden set, which never change: one row per version."""

    version_id = key_column("hash of the row")
    version = dy.Int64(min=1, description="1, 2, 3 ...")
    created_at = time_column("when")
    by = text_column("who")
    note = maybe_text_column("a remark")
    n = count_column("examples in it")
    content_hash = text_column("hash of its examples")
    golden_event_ids = texts_column("the change that holds for every example there was, retired ones too")
    n_forgotten = count_column("examples it lost since, with the people they were of; null for none", nullable=True)


class EvalResults(dy.Schema):
    """How examples fared in evaluations that were read back: one row per evaluation, example and repetition."""

    eval_result_id = key_column("hash of the evaluation, the example and the repetition")
    eval_run = text_column("the evaluation: its own id, else the hash of its file")
    example_id = text_column("the example")
    repetition = count_column("1 = first time in this evaluation")
    passed = flag_column("whether it passed; null where the evaluation could not say", nullable=True)
    score = dy.Float64(nullable=True, description="what the evaluation scored it, as it came")
    model = maybe_text_column("the model under test")
    evaluated_at = time_column("when it ran; the time it was read in where it does not say")
    read_at = time_column("when it was read in")
    by = text_column("who read it in")
    format = text_column("inspect_ai, promptfoo or csv")


class Audit(dy.Schema):
    """Who got at what people wrote, or changed what is kept of it: one row per deed.

    `looked` is written once per person, interaction (or session, or golden example) and visit of the app.
    """

    audit_id = key_column("hash of the content")
    at = time_column("when")
    by = text_column("who: signed in to the app, or the account of the operating system on the command line")
    action = text_column(f"one of {', '.join(AUDIT_ACTIONS)}", check=is_one_of(AUDIT_ACTIONS))
    about = maybe_text_column("id of what it was about: an interaction, session, example, golden version, run; no text")
    note = maybe_text_column("where, and how much: the page, the table and its rows, the target of an export")
