"""Templates of questions and answers, and how their slots (order number, product, column ...) are filled.

A *subject* is the number behind one question: it fixes every slot, so that question, rewording and answer speak of
the same order, and another number gives an answer about the wrong one.
"""

import re
import tomllib
from importlib import resources
from typing import NamedTuple

import numpy as np
import polars as pl

from feedback.simulate.catalogue import FEATURES, INTENTS, LANGUAGES

POOLS = ("asks", "answers", "flawed")
ASKS, ANSWERS, FLAWED = range(3)


class Template(NamedTuple):
    """A text with `{slot}`s, and the position in `LANGUAGES` of the language it is in."""

    text: str
    language: int


def _read_texts(name: str) -> dict:
    return tomllib.loads((resources.files("feedback.simulate.texts") / f"{name}.toml").read_text("utf-8"))


def _list_templates() -> tuple[list[Template], np.ndarray, np.ndarray]:
    """Return all templates, and by pool, intent and language where their run of templates starts and how long it is."""
    templates: list[Template] = []
    shape = (len(POOLS), len(INTENTS), len(LANGUAGES))
    starts, counts = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    files = {feature.name: _read_texts(feature.name) for feature in FEATURES}
    for where in np.ndindex(shape):
        pool, intent, language = where
        by_language = files[INTENTS[intent].feature][INTENTS[intent].name]
        texts = (by_language.get("any", {}) | by_language[LANGUAGES[language]])[POOLS[pool]]
        starts[where], counts[where] = len(templates), len(texts)
        templates += [Template(text, language) for text in texts]
    return templates, starts, counts


PHRASES = _read_texts("phrases")
TEMPLATES, _STARTS, _COUNTS = _list_templates()
_ANY = PHRASES["any"]
_SHARED = {
    "item": _ANY["items"],
    "city": _ANY["cities"],
    "name": _ANY["names"],
    "error": _ANY["errors"],
    "func": _ANY["functions"],
    "table": _ANY["tables"],
    "column": _ANY["columns"],
}
_STRIDES = {
    "item": 1, "city": 17, "name": 5, "error": 11, "func": 3, "table": 7, "column": 23, "month": 13, "day": 19,
    "topic": 29, "amount": 31,
}  # fmt: skip
"""what a subject is divided by before the remainder picks a word, so that slots vary independently"""
_PRICES = [(9 + 7 * n, (0, 49, 90, 95)[n % 4]) for n in range(60)]


def _list_words(language: str) -> dict[str, pl.Series]:
    """Return the words of every slot in one language."""
    own = PHRASES[language]
    amounts = [own["amount"].format(whole=whole, cents=f"{cents:02}") for whole, cents in _PRICES]
    words = {"month": own["months"], "day": own["weekdays"], "topic": own["topics"], "amount": amounts}
    return {slot: pl.Series(list(values), dtype=pl.String) for slot, values in (_SHARED | words).items()}


_WORDS = [_list_words(language) for language in LANGUAGES]
_SLOT = re.compile(r"\{(order|" + "|".join(_STRIDES) + r")\}")


def choose_templates(
    pool: int | np.ndarray, *, intent: np.ndarray, language: np.ndarray, variant: np.ndarray
) -> np.ndarray:
    """Return the number of a template of that pool, intent and language; neighbouring variants differ.

    Examples
    --------
    >>> first = choose_templates(ASKS, intent=np.array([4]), language=np.array([0]), variant=np.array([0]))
    >>> TEMPLATES[first[0]].text
    'I want my money back for order {order}. The {item} is not what I expected.'
    """
    where = (pool, intent, language)
    return _STARTS[where] + variant % _COUNTS[where]


def fill_templates(numbers: np.ndarray, subjects: np.ndarray, *, shifts: np.ndarray | None = None) -> pl.Series:
    """Return one text per pair of template and subject; a shift other than 0 puts other words into every slot.

    Examples
    --------
    >>> numbers = choose_templates(ASKS, intent=np.array([5]), language=np.array([1]), variant=np.array([0]))
    >>> fill_templates(numbers, np.array([42])).to_list()
    ['Wo ist meine Bestellung 10000042?']
    >>> fill_templates(numbers, np.array([42]), shifts=np.array([1])).to_list()
    ['Wo ist meine Bestellung 21234609?']
    """
    if len(numbers) == 0:
        return pl.Series([], dtype=pl.String)
    moved = np.zeros_like(subjects) if shifts is None else shifts
    order = np.argsort(numbers, kind="stable")
    used, starts = np.unique(numbers[order], return_index=True)
    pieces = [
        _fill(TEMPLATES[number], subjects[rows], moved[rows])
        for number, rows in zip(used, np.split(order, starts[1:]), strict=True)
    ]
    where = np.empty(len(order), dtype=np.int64)
    where[order] = np.arange(len(order))
    return pl.concat(pieces).gather(where)


def _fill(template: Template, subjects: np.ndarray, shifts: np.ndarray) -> pl.Series:
    """Return the template filled once per subject."""
    parts = _SLOT.split(template.text)
    columns = {slot: _slot_words(slot, template.language, subjects, shifts) for slot in parts[1::2]}
    pieces = [pl.col(part) if n % 2 else pl.lit(part) for n, part in enumerate(parts)]
    return pl.DataFrame(columns).select(pl.concat_str(*pieces)).to_series()


def _slot_words(slot: str, language: int, subjects: np.ndarray, shifts: np.ndarray) -> pl.Series:
    """Return the word each subject puts into a slot; order numbers have eight digits."""
    if slot == "order":
        return pl.Series(10_000_000 + (subjects + 11_234_567 * shifts) % 89_999_999).cast(pl.String)
    words = _WORDS[language][slot]
    return words.gather((subjects // _STRIDES[slot] + shifts) % len(words))
