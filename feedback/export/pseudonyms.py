"""Names that stand for what was redacted: the same value, the same name."""

import hashlib
import hmac
import re
from collections import Counter
from dataclasses import dataclass, field

_NOT_DIGITS = re.compile(r"\D+")
_GAPS = re.compile(r"[\s-]+")
_OF_NUMBERS = ("PHONE_NUMBER",)
_OF_GROUPS = ("IBAN_CODE", "CREDIT_CARD")


@dataclass
class Pseudonyms:
    """The pseudonyms of one set, such as `<EMAIL_ADDRESS_1>`.

    Without a salt they are numbered in the order in which the values are met, so that nothing can be read from them.
    With a salt they are keyed hashes (HMAC-SHA-256), the same in every set with that salt; whoever has the salt can
    test a guess.

    Examples
    --------
    >>> names = Pseudonyms()
    >>> names.name("EMAIL_ADDRESS", "Ann@x.org"), names.name("EMAIL_ADDRESS", "ann@x.org")
    ('<EMAIL_ADDRESS_1>', '<EMAIL_ADDRESS_1>')
    >>> Pseudonyms(salt="s").name("EMAIL_ADDRESS", "ann@x.org")
    '<EMAIL_ADDRESS_...>'
    """

    salt: str | None = None
    n_values: Counter[str] = field(default_factory=Counter)
    _known: dict[tuple[str, str], str] = field(default_factory=dict)

    def name(self, entity: str, value: str) -> str:
        """Return the pseudonym of a value."""
        key = (entity, _normalise(entity, value))
        if key not in self._known:
            self.n_values[entity] += 1
            self._known[key] = f"<{entity}_{self._mark(*key)}>"
        return self._known[key]

    def _mark(self, entity: str, value: str) -> str:
        if self.salt is None:
            return str(self.n_values[entity])
        return hmac.new(self.salt.encode(), f"{entity}\0{value}".encode(), hashlib.sha256).hexdigest()[:16]


def _normalise(entity: str, value: str) -> str:
    """Return what two spellings of one value have in common."""
    if entity in _OF_NUMBERS:
        return _NOT_DIGITS.sub("", value)
    return (_GAPS.sub("", value) if entity in _OF_GROUPS else value).casefold()
