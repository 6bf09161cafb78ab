"""Which kinds are found to go wrong, and which of them count as known."""

import numpy as np
import polars as pl

from feedback.candidates.bad_kinds import SURE, find_bad_kinds
from feedback.text_space.patterns import Patterns, word_patterns

RNG = np.random.default_rng(0)
REFUND = ["refund", "money", "receipt", "charge", "bank", "card"]
TRAVEL = ["train", "ticket", "seat", "platform", "luggage", "delay"]
FILLER = [f"{first}{last}" for first in "bdfgklmnprst" for last in ("ado", "eka", "iru", "osi", "ume", "aly")]


def texts_of(words: list[str], n: int) -> list[str]:
    return [" ".join([*RNG.choice(words, 3, replace=False), *RNG.choice(FILLER, 5)]) for _ in range(n)]


ASKED = pl.Series([*texts_of(REFUND, 40), *texts_of(TRAVEL, 40), *texts_of(FILLER, 160)])
PATTERNS = word_patterns([ASKED])
BADNESS = np.where(np.arange(240) < 40, 0.9, 0.2) + RNG.uniform(-0.1, 0.1, 240)
ANY = np.ones(240, bool)


def known_of(patterns: Patterns, asked: str) -> np.ndarray:
    return np.asarray(patterns.find_in([pl.Series([asked])]).sum(axis=0)).ravel() > 0


def test_words_that_come_together_are_one_kind():
    kinds, rest = find_bad_kinds(PATTERNS, BADNESS, most=1, pickable=ANY)
    assert kinds[0].item < 40
    assert kinds[0].sureness > SURE
    assert rest[:40].sum() <= 3
    assert rest[40:].sum() > 150


def test_a_kind_is_found_once_though_many_words_tell_it():
    kinds, _ = find_bad_kinds(PATTERNS, BADNESS, most=9, pickable=ANY, at_least=SURE)
    assert len(kinds) == 1


def test_words_of_their_own_count_only_far_beyond_chance():
    kinds, _ = find_bad_kinds(PATTERNS, RNG.permutation(BADNESS), most=9, pickable=ANY, at_least=SURE)
    assert kinds == []


def test_a_kind_is_known_by_two_of_its_words_and_not_by_one():
    groups = slice(PATTERNS.n_groups)
    bad = PATTERNS.add_up((np.arange(240) < 40).astype(float))[groups] > 30
    assert bad.any()
    assert known_of(PATTERNS, "refund money")[groups][bad].any()
    assert not known_of(PATTERNS, "refund train")[groups].any()


def test_what_is_not_allowed_is_no_kind_but_what_else_goes_wrong_is():
    badness = np.where((np.arange(240) >= 40) & (np.arange(240) < 80), 0.7, BADNESS)
    known = known_of(PATTERNS, " ".join(REFUND))
    kinds, _ = find_bad_kinds(PATTERNS, badness, most=1, pickable=ANY, allowed=~known)
    assert 40 <= kinds[0].item < 80


def test_no_scores_give_no_kinds():
    kinds, rest = find_bad_kinds(PATTERNS, np.full(240, np.nan), most=3, pickable=ANY)
    assert (kinds, rest.all()) == ([], True)
