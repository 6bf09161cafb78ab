"""The words by which names of fields and of events are understood."""

import re

# Per field the names that mean it, the surest first.
FIELD_WORDS: dict[str, tuple[str, ...]] = {
    "event_name": ("event_name", "event_type", "event", "action", "kind", "name", "type"),
    "event_id": ("event_id", "message_id", "insert_id", "uuid", "span_id", "record_id", "id"),
    "session_id": (
        "session_id",
        "conversation_id",
        "thread_id",
        "chat_id",
        "domain_sessionid",
        "session",
        "conversation",
        "trace_id",
        "anonymous_id",
    ),
    "user_id": (
        "user_id",
        "distinct_id",
        "account_id",
        "member_id",
        "domain_userid",
        "anonymous_id",
        "device_id",
        "user",
    ),
    "interaction_id": (
        "interaction_id",
        "answer_id",
        "response_id",
        "completion_id",
        "generation_id",
        "suggestion_id",
        "reply_id",
        "output_id",
        "request_id",
    ),
    "occurred_at": (
        "occurred_at",
        "timestamp",
        "event_time",
        "derived_tstamp",
        "original_timestamp",
        "created_at",
        "time",
        "ts",
        "event_timestamp",
        "start_time",
        "date",
        "datetime",
    ),
    "received_at": (
        "received_at",
        "server_received_time",
        "collector_tstamp",
        "ingested_at",
        "loaded_at",
        "server_upload_time",
        "sent_at",
    ),
    "text": (
        "text",
        "answer",
        "response",
        "completion",
        "output",
        "content",
        "message",
        "body",
        "prompt",
        "question",
        "query",
        "input",
    ),
    "value": ("rating", "stars", "score", "thumb", "thumbs", "vote", "value"),
    "feature": ("feature", "surface", "use_case", "app_id", "component"),
    "model": ("model", "model_name", "model_id", "engine"),
    "prompt_version": ("prompt_version", "prompt_id", "template_version"),
    "intent": ("intent", "topic", "category"),
    "language": ("language", "locale", "lang"),
    "tenant": ("tenant", "organization_id", "org_id", "workspace_id", "customer_id", "plan"),
    "latency_ms": ("latency_ms", "duration_ms", "latency", "response_time_ms"),
    "cost_usd": ("cost_usd", "cost", "total_cost"),
    "n_input_tokens": ("input_tokens", "prompt_tokens", "n_input_tokens"),
    "n_output_tokens": ("output_tokens", "completion_tokens", "n_output_tokens"),
}

# The first kind one of whose beginnings a word of the name has.
_KIND_WORDS = (
    ("undo", ("undo", "undid", "revert", "restore")),
    ("reject", ("reject", "dismiss", "discard", "declin", "ignor")),
    ("retry", ("retry", "retri", "regenerat", "rerun")),
    ("rephrase", ("rephras", "reword")),
    ("copy", ("copy", "copi")),
    ("rating", ("rating", "rate", "thumb", "feedback", "star", "vote", "csat")),
    ("edit", ("edit", "modif", "rewrit", "correct")),
    ("accept", ("accept", "insert", "appli", "apply", "used", "keep", "kept")),
    ("escalate", ("escalat", "handoff", "handover", "human", "agent", "support", "ticket")),
    ("abandon", ("abandon", "leave", "left", "close", "exit")),
    ("request", ("request", "prompt", "question", "ask", "query", "submit", "sent")),
    ("response", ("response", "respond", "answer", "generat", "complet", "suggest", "repl", "output", "shown")),
    ("view", ("view", "impression", "seen", "display")),
)
_NOT_OURS = ("page", "screen", "login", "signup", "signed", "identify", "checkout", "order", "purchase", "button")


def split_words(name: str) -> str:
    """Return a name in lower case with underscores between its words.

    Examples
    --------
    >>> split_words("anonymousId"), split_words("$insert_id"), split_words("context.sessionId")
    ('anonymous_id', 'insert_id', 'context_session_id')
    """
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return "_".join(re.findall(r"[a-z0-9]+", spaced.lower()))


def guess_kind(name: str) -> str | None:
    """Return the kind that the name of an event suggests; null when it suggests none.

    Examples
    --------
    >>> guess_kind("AI Answer Shown"), guess_kind("answer_thumbs_up"), guess_kind("Page Viewed")
    ('response', 'rating', None)
    """
    words = split_words(name).split("_")
    if any(word.startswith(other) for word in words for other in _NOT_OURS):
        return None
    for kind, beginnings in _KIND_WORDS:
        if any(word.startswith(beginnings) for word in words):
            return kind
    return None
