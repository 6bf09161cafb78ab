"""What people write and read in each turn: questions and rewordings, answers good and bad, and what is kept of them."""

import numpy as np
import polars as pl

from feedback.simulate.catalogue import FAULTS, FEATURES, INTENTS, LANGUAGES, Rows, position
from feedback.simulate.templates import ANSWERS, ASKS, FLAWED, PHRASES, choose_templates, fill_templates

SEARCH, CHAT = position(FEATURES, "search_answers"), position(FEATURES, "chat_support")
CODE = position(FEATURES, "code_completion")
GREETING_PERCENT = 35
DETAIL_PERCENT = (55, 25)
"""share of the chat questions with a sentence more: when asked again, and the first time"""
LOWER_PERCENT = np.array([35, 12, 0, 0])
TYPO_PERCENT = np.array([9, 8, 3, 0])
"""share of the questions, by feature"""
WRONG_SHIFT = 3
"""how far off the words of a wrong detail are; fewer than any slot has words"""
CODE_TAILS = ["\n", "  # checked", "\n    # see the style guide"]
_WRONG_DETAIL, _WRONG_CONTENT, _OFF_TOPIC, _WRONG_LANGUAGE = (FAULTS.index(fault) for fault in FAULTS)
_OTHER_LANGUAGE = np.array([LANGUAGES.index(name) for name in ("fr", "en", "en", "en")])


def _list_neighbours() -> np.ndarray:
    """Return, for each intent, the next one of the same feature: what an off-topic answer is about."""
    same = [[n for n, other in enumerate(INTENTS) if other.feature == intent.feature] for intent in INTENTS]
    return np.array([numbers[(numbers.index(n) + 1) % len(numbers)] for n, numbers in enumerate(same)])


_NEIGHBOURS = _list_neighbours()


def write_questions(turns: Rows) -> pl.Series:
    """Return what was asked: in chat with a greeting, a complaint or a detail, everywhere with typos and haste."""
    intent, language, style = turns["intent"], turns["language"], turns["style"]
    numbers = choose_templates(ASKS, intent=intent, language=language, variant=turns["wording"])
    is_chat, complains = turns["feature"] == CHAT, turns["is_complaint"]
    greets = is_chat & (turns["attempt"] == 0) & (style % 100 < GREETING_PERCENT)
    adds = is_chat & (style // 1_000 % 100 < np.where(turns["attempt"] > 0, *DETAIL_PERCENT))
    frame = pl.DataFrame(
        {
            "before": _phrase_where(greets, "openings", language, style // 100),
            "complaint": _phrase_where(complains, "complaints", language, style // 10_000),
            "core": fill_templates(numbers, turns["subject"]),
            "after": _phrase_where(adds, "closings", language, style // 100_000),
            "is_lower": style // 1_000_000 % 100 < LOWER_PERCENT[turns["feature"]],
            "has_typo": style // 10_000_000 % 100 < TYPO_PERCENT[turns["feature"]],
            "where": style // 7,
        }
    )
    return frame.select(_roughen(pl.concat_str("before", "complaint", "core", "after"))).to_series()


def write_thanks(turns: Rows) -> pl.Series:
    """Return what people say who got what they wanted."""
    return _phrase_where(np.ones(len(turns["style"]), dtype=bool), "thanks", turns["language"], turns["style"])


def write_answers(turns: Rows) -> pl.Series:
    """Return what was answered; a fault shows as wrong details, wrong content, another topic or language."""
    fault, language, subject = turns["fault"], turns["language"], turns["subject"]
    numbers = choose_templates(
        np.where(fault == _WRONG_CONTENT, FLAWED, ANSWERS),
        intent=np.where(fault == _OFF_TOPIC, _NEIGHBOURS[turns["intent"]], turns["intent"]),
        language=np.where(fault == _WRONG_LANGUAGE, _OTHER_LANGUAGE[language], language),
        variant=turns["variant"],
    )
    return fill_templates(numbers, subject, shifts=np.where(fault == _WRONG_DETAIL, WRONG_SHIFT, 0))


def write_edits(turns: Rows, answers: pl.Series) -> pl.Series:
    """Return what people made of an answer: put right where it was bad, a few words changed where it was good."""
    numbers = choose_templates(ANSWERS, intent=turns["intent"], language=turns["language"], variant=turns["variant"])
    is_code = turns["feature"] == CODE
    frame = pl.DataFrame(
        {
            "answer": answers,
            "right": fill_templates(numbers, turns["subject"]),
            "tail": _pick(CODE_TAILS, turns["style"]),
            "farewell": _phrase_where(~is_code, "farewells", turns["language"], turns["style"] // 100),
            "is_code": is_code,
            "is_good": turns["is_good"],
            "signs_anew": turns["style"] % 2 == 0,
        }
    )
    unsigned = pl.col("answer").str.replace(r"\n\n[^\n]*$", "")
    letter = pl.when("signs_anew").then(unsigned).otherwise("answer") + pl.col("farewell")
    touched = pl.when("is_code").then(pl.col("answer") + pl.col("tail")).otherwise(letter)
    return frame.select(pl.when("is_good").then(touched).otherwise("right")).to_series()


def _roughen(text: pl.Expr) -> pl.Expr:
    """Return the text as typed in haste: all lower case without final punctuation, two letters swapped."""
    hasty = text.str.to_lowercase().str.replace(r"\s?[.?!]+$", "")
    typed = pl.when("is_lower").then(hasty).otherwise(text)
    at = 1 + pl.col("where") % (typed.str.len_chars() - 2)
    pair = typed.str.slice(at, 2)
    swapped = pl.concat_str(typed.str.slice(0, at), pair.str.reverse(), typed.str.slice(at + 2))
    are_letters = pair.str.contains(r"^\p{Ll}{2}$")
    return pl.when(pl.col("has_typo") & are_letters).then(swapped).otherwise(typed)


def _phrase_where(mask: np.ndarray, kind: str, language: np.ndarray, number: np.ndarray) -> pl.Series:
    """Return a phrase of that kind in each row's language where the mask says so, else an empty text."""
    n = len(PHRASES[LANGUAGES[0]][kind])
    words = ["", *(phrase for name in LANGUAGES for phrase in PHRASES[name][kind])]
    return _pick(words, np.where(mask, 1 + language * n + number % n, 0))


def _pick(words: list[str], number: np.ndarray) -> pl.Series:
    return pl.Series(words).gather(number % len(words))
