"""Where personal data and secrets stand in a text, by the rules of Presidio; nothing is ever downloaded."""

from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback.errors import MissingExtraError
from feedback.export.secret_patterns import SECRET_PATTERNS

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer  # pyright: ignore[reportMissingImports]

REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "AT", "CH", "SE", "BR", "IN", "JP", "AU")
# A pattern that meets a text too long for it gives up, and a find would be lost: so texts are read in parts, which
# overlap by more than the longest find.
_PART, _OVERLAP = 20_000, 4_000
_WEAKEST = 0.2


class Finding(NamedTuple):
    """A stretch of a text and what it is, such as `EMAIL_ADDRESS`."""

    start: int
    end: int
    entity: str


class Finder:
    """Finds e-mail addresses, phone numbers, IBANs, cards, IP addresses, secrets, and names where a model can.

    Parameters
    ----------
    models
        spaCy models for names, by language code: the name of an installed one, or its folder. None: names are not
        looked for.
    """

    def __init__(self, models: dict[str, str] | None = None) -> None:
        check_installed()
        self.models = dict(models or {})
        self._recognizers = _make_recognizers()
        self._language: Any = _load_models(self.models) if self.models else None

    @property
    def version(self) -> str:
        """Which Presidio it is."""
        return f"presidio-analyzer {version('presidio-analyzer')}"

    def find(self, text: str) -> list[Finding]:
        """Return what was found, in the order of the text; stretches do not overlap, and cover all that was found."""
        return merge_findings(self._find_anything(text))

    def find_emails(self, text: str) -> list[Finding]:
        """Return the e-mail addresses only."""
        return merge_findings(found for found in self._find_anything(text) if found.entity == "EMAIL_ADDRESS")

    def _find_anything(self, text: str) -> Iterator[Finding]:
        for start in range(0, max(len(text) - _OVERLAP, 1), _PART - _OVERLAP):
            for found in self._find_in_part(text[start : start + _PART]):
                yield Finding(start + found.start, start + found.end, found.entity)

    def _find_in_part(self, part: str) -> Iterator[Finding]:
        for recognizer in self._recognizers:
            for found in recognizer.analyze(part, recognizer.supported_entities, None) or ():  # pyright: ignore[reportArgumentType]
                if found.score >= _WEAKEST:
                    yield Finding(found.start, found.end, found.entity_type)
        for language in self.models if self._language else ():
            for name in self._language.process_text(part, language).entities:
                if name.label_ in ("PERSON", "PER"):
                    yield Finding(name.start_char, name.end_char, "PERSON")


def check_installed() -> None:
    """Return nothing when Presidio is installed.

    Raises
    ------
    MissingExtraError
        When it is not.
    """
    if find_spec("presidio_analyzer") is None:
        raise MissingExtraError(
            "redaction needs presidio-analyzer, which is not installed: pip install 'feedback[pii]', "
            "or pass --no-redact to export the texts as they are"
        )


def find_models() -> dict[str, str]:
    """Return the installed spaCy models by language code; the first by name where a language has several."""
    names = sorted((point.name for point in entry_points(group="spacy_models")), reverse=True)
    return {name.split("_")[0]: name for name in names}


def merge_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return stretches that do not overlap and cover every finding; of two that overlap the longer one names both.

    Examples
    --------
    >>> merge_findings([Finding(2, 9, "PHONE_NUMBER"), Finding(0, 8, "IBAN_CODE"), Finding(20, 22, "PERSON")])
    [Finding(start=0, end=9, entity='IBAN_CODE'), Finding(start=20, end=22, entity='PERSON')]
    """
    merged: list[Finding] = []
    longest = 0
    for found in sorted(findings, key=lambda found: (found.start, -found.end, found.entity)):
        length = found.end - found.start
        if not merged or found.start >= merged[-1].end:
            merged.append(found)
            longest = length
            continue
        last = merged[-1]
        entity = found.entity if length > longest else last.entity
        merged[-1] = Finding(last.start, max(last.end, found.end), entity)
        longest = max(longest, length)
    return merged


def _make_recognizers() -> "list[EntityRecognizer]":
    from presidio_analyzer import Pattern, PatternRecognizer  # pyright: ignore[reportMissingImports]
    from presidio_analyzer.predefined_recognizers import (  # pyright: ignore[reportMissingImports]
        CreditCardRecognizer,
        EmailRecognizer,
        IbanRecognizer,
        IpRecognizer,
        PhoneRecognizer,
    )

    secrets = [Pattern(name, pattern, 0.9) for name, pattern in SECRET_PATTERNS.items()]
    return [
        # The patterns only: the recognizer itself would fetch the list of top-level domains.
        PatternRecognizer("EMAIL_ADDRESS", patterns=EmailRecognizer.PATTERNS),
        PatternRecognizer("SECRET", patterns=secrets),
        CreditCardRecognizer(),
        IbanRecognizer(),
        IpRecognizer(),
        PhoneRecognizer(supported_regions=REGIONS),
    ]


def _load_models(models: dict[str, str]) -> Any:
    from presidio_analyzer.nlp_engine import SpacyNlpEngine  # pyright: ignore[reportMissingImports]

    engine = SpacyNlpEngine([{"lang_code": code, "model_name": name} for code, name in models.items()])
    engine.load()
    return engine
