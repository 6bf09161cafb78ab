"""Examples without personal data and secrets, as far as rules can tell; what they cannot is said in the report."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from feedback.export.findings import REGIONS, Finder, Finding
from feedback.export.json_text import dump_json
from feedback.export.pseudonyms import Pseudonyms
from feedback.export.rows import Row, to_examples, to_rows

NOT_CAUGHT = (
    "names of people where no language model is installed; postal addresses; dates of birth; numbers of customers, "
    f"contracts, passports and taxes; phone numbers without a country code outside {', '.join(REGIONS)}; addresses "
    "written out (ann at example dot org); what is split over several texts or spelled so as to evade a pattern"
)
_TEXTS = ("input", "observed_output", "expected", "rejected_output", "segment")
_PEOPLE = ("reviewer", "reviewers", "by")
_LINKS = ("_id", "_ids", "events", "rules")
_NAMED_AT_THE_END = re.compile(r"(?<=\bby ).+\Z", re.DOTALL)


@dataclass(frozen=True)
class Redacted:
    """Examples after redaction, and a report of it for the manifest.

    `examples` has one row per example. `report` counts the distinct values per kind, and says by what they were
    found, what their pseudonyms are, and what cannot be caught.
    """

    examples: pl.DataFrame
    report: dict[str, Any]


def redact_examples(examples: pl.DataFrame, finder: Finder, *, salt: str | None = None) -> Redacted:
    """Return the examples with pseudonyms in place of e-mail addresses, numbers, secrets, names and reviewers.

    The texts, the tags, the reason, the segment and the values in `provenance` are redacted; ids that link back to
    the log (`*_id`, events) lose e-mail addresses only. One value has one pseudonym in the whole set. A redacted
    example says so in its provenance (`redacted: true`).

    Parameters
    ----------
    examples
        One row per example, with the columns of `EXAMPLES`.
    finder
        Finds what is to be redacted.
    salt
        Makes the pseudonyms the same in every set with this salt. None: they are numbered.
    """
    rows = to_rows(examples.sort("example_id"))
    redaction = _Redaction(finder, Pseudonyms(salt), _reviewers_of(row["provenance"] for row in rows))
    redacted = to_examples(redaction.redact(row) for row in rows)
    return Redacted(redacted, _report(finder, redaction.names, salt))


class _Redaction:
    """One pass over a set: what finds, the pseudonyms given so far, and the reviewers there are."""

    def __init__(self, finder: Finder, names: Pseudonyms, reviewers: set[str]) -> None:
        self.names = names
        self._finder = finder
        named = "|".join(map(re.escape, sorted(reviewers, key=len, reverse=True)))
        self._reviewer = re.compile(rf"(?<!\w)(?:{named})(?!\w)") if named else None

    def redact(self, row: Row) -> Row:
        """Return an example after redaction."""
        redacted = {
            **row,
            **{name: self._redact_value(row[name]) for name in _TEXTS},
            "tags": self._redact_value(row["tags"]),
            "reason": self._redact_entry("reason", row["reason"]),
            "provenance": self._redact_json(row["provenance"]),
        }
        return {**redacted, "provenance": _mark(redacted["provenance"])} if redacted != row else row

    def _redact_json(self, text: str) -> str:
        value = _parse(text)
        if value is None:
            return self._redact_text(text)
        redacted = self._redact_value(value)
        return text if redacted == value else dump_json(redacted)

    def _redact_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._redact_text(key): self._redact_entry(key, held) for key, held in value.items()}
        if isinstance(value, list):
            return [self._redact_value(held) for held in value]
        return self._redact_text(value) if isinstance(value, str) else value

    def _redact_entry(self, key: str, value: Any) -> Any:
        if isinstance(value, list) and all(isinstance(held, str) for held in value):
            return [self._redact_entry(key, held) for held in value]
        if not isinstance(value, str):
            return self._redact_value(value)
        if key in _PEOPLE:
            return self.names.name("REVIEWER", value)
        if key.endswith(_LINKS):
            return self._replace(value, self._finder.find_emails(value))
        if key.endswith("_from"):
            value = _NAMED_AT_THE_END.sub(self._name_reviewer, value)
        return self._redact_text(self._reviewer.sub(self._name_reviewer, value) if self._reviewer else value)

    def _name_reviewer(self, found: re.Match[str]) -> str:
        return self.names.name("REVIEWER", found[0])

    def _redact_text(self, text: str) -> str:
        return self._replace(text, self._finder.find(text))

    def _replace(self, text: str, findings: list[Finding]) -> str:
        parts, end = [], 0
        for found in findings:
            parts += [text[end : found.start], self.names.name(found.entity, text[found.start : found.end])]
            end = found.end
        return "".join((*parts, text[end:]))


def _reviewers_of(provenances: Iterable[str]) -> set[str]:
    """Return the people that provenances name."""
    found: set[str] = set()
    for provenance in provenances:
        value = _parse(provenance)
        for key in _PEOPLE if isinstance(value, dict) else ():
            held = value.get(key)
            found |= {name for name in (held if isinstance(held, list) else [held]) if isinstance(name, str) and name}
    return found


def _mark(provenance: str) -> str:
    value = _parse(provenance)
    return dump_json({**value, "redacted": True}) if isinstance(value, dict) else provenance


def _parse(text: str) -> Any:
    """Return the value of a JSON text, null where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _report(finder: Finder, names: Pseudonyms, salt: str | None) -> dict[str, Any]:
    models = ", ".join(finder.models.values())
    return {
        "by": finder.version,
        "n_distinct_values": dict(sorted(names.n_values.items())),
        "pseudonyms": "numbered in order of appearance" if salt is None else "keyed hash of the value (HMAC-SHA-256)",
        "names": f"looked for with {models}" if models else "not looked for: no spaCy model is installed",
        "not_caught": NOT_CAUGHT,
    }
