"""Telling people of incidents, through apprise."""

import logging
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from feedback.errors import SettingsError
from feedback.incidents.steps import message_key

if TYPE_CHECKING:
    from apprise import Apprise

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
"""between two attempts: twice as long each time, and never longer"""
KIND_WORDS = {
    "quality": "answers got worse",
    "mix": "the traffic mix changed",
    "signal": "a signal changed its meaning",
    "volume": "traffic changed",
    "missing data": "data is missing",
    "rule": "below what feedback.toml allows",
}
_ENVIRONMENT = "env:"
# These take further fields and headers in their URL; a receiver can drop repeats without reading the text.
_TAKE_FIELDS = ("json://", "jsons://", "form://", "forms://")
_UNSAFE = re.compile(r"[^\w .,:;=&/()+%#'-]|:(?=//)")
_LONGEST = 120
# What went wrong is written down as a step; apprise's own lines would land on the terminal.
logging.getLogger("apprise").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Target:
    """Where messages go. The name tells it from others, and gives away nothing of the URL."""

    name: str
    url: str


@dataclass(frozen=True)
class Message:
    """What is sent; the key is the same however often that happens."""

    key: str
    title: str
    body: str


def find_targets(urls: Sequence[str], environment: Mapping[str, str]) -> list[Target]:
    """Return where messages go, with URLs from the environment put in.

    Parameters
    ----------
    urls
        As `[notify]` has them: apprise URLs, or `env:NAME`.
    environment
        Variables by name.

    Raises
    ------
    SettingsError
        When a variable is not set, or a URL is none that apprise knows. The URL itself is not repeated.

    Examples
    --------
    >>> [target.name for target in find_targets(["env:HOOK"], {"HOOK": "json://localhost/hook"})]
    ['...']
    >>> find_targets(["env:HOOK"], {})
    Traceback (most recent call last):
    feedback.errors.SettingsError: notify: the environment variable HOOK is not set; it should hold an apprise URL
    """
    return [Target(sha256(written.encode()).hexdigest()[:8], _resolve(written, environment)) for written in urls]


def compose_message(incident: Mapping) -> Message:
    """Return what to say of an incident: of a row of `fold_incidents`, never a text of a user.

    Values of dimensions are cut, and what a chat might take for a mention, a link or markup is replaced by `?`.

    Examples
    --------
    >>> row = {"incident_id": "i1", "severity": "high", "kind": "quality", "segment": "tenant = <!here>",
    ...        "metric": "score", "n_alarms": 1, "onset_at": None, "detected_at": None, "owner": "ann",
    ...        "runbook": None, "rule": None}
    >>> message = compose_message(row)
    >>> message.title, message.key
    ('high: answers got worse in tenant = ??here?', 'feedback-i1-opened')
    """
    segment = "all traffic" if incident["segment"] in (None, "all") else _harmless(incident["segment"])
    what = KIND_WORDS.get(incident["kind"] or "", "something changed")
    key = message_key(incident["incident_id"])
    facts = {
        "Segment": segment,
        "What moved": _harmless(incident["metric"] or "unknown"),
        "Since about": _moment(incident["onset_at"]),
        "Detected": _moment(incident["detected_at"]),
        "Rule": incident["rule"] and _harmless(incident["rule"]),
        "Owner": incident["owner"],
        "Runbook": incident["runbook"],
        "Acknowledge": f"feedback incidents acknowledge {incident['incident_id']}",
        "Key": key,
    }
    lines = [f"{name}: {value}" for name, value in facts.items() if value]
    return Message(key, f"{incident['severity'] or 'unrated'}: {what} in {segment}", "\n".join(lines))


def send_message(target: Target, message: Message) -> bool:
    """Return whether the message got there. Waits for the receiver as long as its URL says, four seconds by default.

    `json://` and `form://` receivers get the key as the field `key` and the header `Idempotency-Key` too.
    """
    sender = _make_sender(_with_key(target.url, message.key))
    if sender is None:
        return False
    return bool(sender.notify(body=message.body, title=message.title, notify_type="warning", body_format="text"))


def is_due(attempts: Sequence[datetime], *, clock: datetime) -> bool:
    """Return whether to try again after these failed attempts: after one minute, two, four ... up to six hours.

    Examples
    --------
    >>> noon = datetime.fromisoformat("2026-01-05T12:00+00:00")
    >>> is_due([], clock=noon), is_due([noon], clock=noon), is_due([noon], clock=noon + timedelta(minutes=1))
    (True, False, True)
    """
    if not attempts:
        return True
    wait = min(FIRST_WAIT * 2 ** min(len(attempts) - 1, 20), LONGEST_WAIT)
    return clock >= max(attempts) + wait


def _resolve(written: str, environment: Mapping[str, str]) -> str:
    if not written.startswith(_ENVIRONMENT):
        url, where = written, "a url in feedback.toml"
    else:
        name = written.removeprefix(_ENVIRONMENT)
        url, where = environment.get(name, ""), f"the environment variable {name}"
        if not url:
            raise SettingsError(f"notify: {where} is not set; it should hold an apprise URL")
    if _make_sender(url) is None:
        raise SettingsError(f"notify: {where} is no URL that apprise knows; write for instance json://host:8080/path")
    return url


def _make_sender(url: str) -> "Apprise | None":
    """Return what sends to a URL; null when apprise does not know it."""
    with warnings.catch_warnings():
        # Loading its services, apprise looks for a module that Python 3.13 no longer has.
        warnings.simplefilter("ignore", DeprecationWarning)
        # It takes a second or two to load, and most commands tell nobody.
        from apprise import Apprise

        sender = Apprise()
        return sender if sender.add(url) else None


def _with_key(url: str, key: str) -> str:
    if not url.startswith(_TAKE_FIELDS):
        return url
    return f"{url}{'&' if '?' in url else '?'}:key={quote(key)}&+Idempotency-Key={quote(key)}"


def _harmless(text: str) -> str:
    plain = _UNSAFE.sub("?", text)
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


def _moment(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d %H:%M} UTC"
