"""What the names and values of a team's own telemetry mean: kinds of events, and ratings on any scale."""

import re
from collections.abc import Mapping

from feedback.errors import SettingsError
from feedback.schemas.behaviour import KINDS
from feedback.settings import Naming
from feedback.sources.verdict_values import Range, Rating, is_rating_of_people, rate

_SUBJECTS = frozenset(
    {"answer", "response", "suggestion", "completion", "generation", "message", "reply", "draft", "summary", "output"}
)
_ACTS = {
    "accepted": "accept", "applied": "accept", "inserted": "accept", "used": "accept",
    "rejected": "reject", "dismissed": "reject", "declined": "reject", "discarded": "reject",
    "copied": "copy", "edited": "edit", "undone": "undo", "reverted": "undo",
    "retried": "retry", "regenerated": "retry", "rephrased": "rephrase",
    "escalated": "escalate", "abandoned": "abandon", "viewed": "view", "rated": "rating",
}  # fmt: skip


def find_kind(name: str, naming: Naming) -> str | None:
    """Return the kind of event a name stands for; null when it says nothing to us.

    `feedback.toml` comes first; then `feedback.` with one of our kinds; then what was done to an answer, such as
    `suggestion accepted` or `ai_response_copied`.

    Raises
    ------
    SettingsError
        When `feedback.toml` gives it a kind that does not exist.

    Examples
    --------
    >>> find_kind("feedback.undo", Naming()), find_kind("ai-response copied", Naming()), find_kind("click", Naming())
    ('undo', 'copy', None)
    >>> find_kind("click", Naming(events={"click": "accept"}))
    'accept'
    """
    if name in naming.events:
        return _check_kind(name, naming.events[name])
    words = _words(name)
    if len(words) == 2 and words[0] == "feedback" and words[1] in KINDS:
        return words[1]
    if 2 <= len(words) <= 4 and words[-2] in _SUBJECTS:
        return _ACTS.get(words[-1])
    return None


def is_by_people(name: str, naming: Naming) -> bool:
    """Return whether a score of that name was given by a person: it says so, or `feedback.toml` has its scale.

    Examples
    --------
    >>> is_by_people("user_feedback", Naming()), is_by_people("faithfulness", Naming())
    (True, False)
    """
    return name in naming.scales or is_rating_of_people(name)


def read_rating(name: str, score: object, naming: Naming, *, label: object = None) -> Rating:
    """Return a rating in [0, 1], on the scale that `feedback.toml` gives for its name.

    Examples
    --------
    >>> read_rating("stars", "4", Naming(scales={"stars": (1, 5)})).value, read_rating("thumbs", "up", Naming()).value
    (0.75, 1.0)
    >>> read_rating("survey", 2, Naming(scales={"survey": (2, 1)})).value
    0.0
    """
    scale = naming.scales.get(name)
    return rate(score, label, bounds=None if scale is None else Range(*scale))


def rename(attributes: Mapping[str, object], naming: Naming) -> dict[str, object]:
    """Return the values of the attributes that `feedback.toml` gives a column, by the name of that column.

    Examples
    --------
    >>> rename({"app.tenant": "acme", "x": 1}, Naming(columns={"app.tenant": "tenant"}))
    {'tenant': 'acme'}
    """
    return {column: attributes[name] for name, column in naming.columns.items() if name in attributes}


def _check_kind(name: str, kind: str) -> str:
    if kind not in KINDS:
        raise SettingsError(f"sources: events: {name} means {kind!r}, which is no kind; those are {', '.join(KINDS)}")
    return kind


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", name.lower()[:200])
