"""What a score, a label or a yes and no of some tool is worth as a rating in [0, 1], and which are no rating."""

import re
from typing import NamedTuple

from feedback.sources.foreign_fields import as_number, is_empty

_GOOD_LABELS = """
good great yes true up thumbs_up thumbsup thumb_up like liked positive pass passed correct accept accepted helpful
satisfied relevant useful right 👍
"""
_BAD_LABELS = """
bad poor no false down thumbs_down thumbsdown thumb_down dislike disliked negative fail failed incorrect reject
rejected unhelpful not_helpful dissatisfied irrelevant useless wrong 👎
"""
_GOOD, _BAD = frozenset(_GOOD_LABELS.split()), frozenset(_BAD_LABELS.split())
_OF_PEOPLE = re.compile(
    r"feedback|thumb|rating|rate$|^user|user_|_user|like|star|csat|nps|satisf|helpful|vote|review", re.IGNORECASE
)
_BETTER_LOW = re.compile(
    r"halluc|toxic|harm|unsafe|error|incorrect|bias|refus|jailbreak|pii|spam|dislike|latenc|cost", re.IGNORECASE
)
_CORRECTION = re.compile(
    r"^(correction|output|(expected|correct|corrected|ideal|reference|gold)_?(response|output|answer|text|completion)"
    r"|ground_?truth|answer|response)$",
    re.IGNORECASE,
)
SAY_HOW = "[sources.scales] can name its worst and best value"
_PRINTABLE = re.compile(r"^[\w .:/$-]{1,40}$", re.ASCII)


class Range(NamedTuple):
    """The worst and the best value a score can have; the worst may be the greater number."""

    worst: float
    best: float


class Rating(NamedTuple):
    """A rating in [0, 1]; or, where `value` is null, why there is none."""

    value: float | None
    reason: str | None = None


def rate(score: object, label: object = None, *, bounds: Range | None = None) -> Rating:
    """Return a score scaled into [0, 1] by its bounds, else a label that is known to be good or bad.

    Without bounds a score has to lie in [0, 1] already: nobody can tell 4 of 5 from 4 of 10.

    Examples
    --------
    >>> rate(4, bounds=Range(1, 5)).value, rate(True).value, rate(None, "thumbs-down").value
    (0.75, 1.0, 0.0)
    >>> rate(4).reason
    'its score lies outside 0 to 1; [sources.scales] can name its worst and best value'
    """
    if isinstance(score, bool):
        return Rating(float(score))
    number = as_number(score)
    if number is None:
        return _rate_label(score if isinstance(score, str) and not is_empty(score) else label)
    if bounds is None:
        inside = 0 <= number <= 1
        return Rating(number) if inside else Rating(None, f"its score lies outside 0 to 1; {SAY_HOW}")
    if bounds.worst == bounds.best or not min(bounds) <= number <= max(bounds):
        return Rating(None, "its score lies outside the range it is said to have")
    return Rating(abs((number - bounds.worst) / (bounds.best - bounds.worst)))


def is_rating_of_people(name: str) -> bool:
    """Return whether a score is called as what people press: feedback, thumbs, rating, stars ...

    Examples
    --------
    >>> is_rating_of_people("user-feedback"), is_rating_of_people("bleu")
    (True, False)
    """
    return bool(_OF_PEOPLE.search(name)) and not is_better_low(name)


def is_better_low(name: str) -> bool:
    """Return whether more of it is worse: toxicity, hallucination, latency ..."""
    return bool(_BETTER_LOW.search(name))


def is_correction(name: str) -> bool:
    """Return whether it is called as a better answer would be: correction, expected_response, ground_truth ..."""
    return bool(_CORRECTION.match(name.strip().replace("-", "_").replace(" ", "_")))


def show_name(name: object) -> str:
    """Return the name of a score for a reason; nothing where it could hold what somebody said."""
    return f" '{name}'" if isinstance(name, str) and _PRINTABLE.match(name) else ""


def _rate_label(label: object) -> Rating:
    if not isinstance(label, str) or is_empty(label):
        return Rating(None, "it has neither a score nor a label")
    word = re.sub(r"[\s-]+", "_", label.strip().lower())
    if word in _GOOD or word in _BAD:
        return Rating(float(word in _GOOD))
    return Rating(None, "its label is not known to be good or bad")
