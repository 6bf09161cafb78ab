"""Logs with planted failure modes, for `candidates.py`. Fixed before any method was tuned on them.

Texts are bags of invented words: a vocabulary that everybody uses, one of each topic, and one of each failure mode.
A mode lives inside a topic; what gives it away is that some of its words, in the request or in the answer, are
its own. Most responses of a mode are bad, as are some of all others. People repeat themselves, word for word or
nearly. The score knows the truth only as well as its AUC says, and is null where nobody voted.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import stats

Array = np.ndarray
N_MODES = 20
N_GOLDEN_MODES = 8
# What was looked at while the method was made, and what nobody had looked at before it was done.
TUNING_SEEDS = range(2000, 2020)
REPORTED_SEEDS = range(1020, 1040)
_LENGTH = 5
_FURTHER_WORDS = 8.0
_N_COMMON, _N_TOPIC_WORDS, _N_MODE_WORDS = 3_000, 40, 6
_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]


@dataclass(frozen=True)
class Scene:
    """What is planted, and how hard it is to see.

    `marked` is the share of words of a text of a mode that are the mode's own; `in_answer` the share of modes
    that show in the answer only; `copied` the share of rows that repeat an earlier one of the same person.
    `loudness` is how much modes differ in how plainly people show that they are bad.
    """

    name: str
    n: int = 20_000
    n_topics: int = 60
    mode_share: float = 0.18
    marked: float = 0.30
    in_answer: float = 0.0
    auc: float = 0.85
    unscored: float = 0.30
    copied: float = 0.15
    bad_in_mode: float = 0.85
    bad_elsewhere: float = 0.06
    loudness: float = 0.8


SCENES = (
    Scene("words of their own"),
    Scene("few words of their own", marked=0.18),
    Scene("weak scores", auc=0.75, unscored=0.45),
    Scene("many copies", copied=0.45),
    Scene("half show in the answer", in_answer=0.5),
    Scene("few bad, much else bad", mode_share=0.12, bad_in_mode=0.7, bad_elsewhere=0.12),
)


def scene_of(seed: int) -> Scene:
    """Return the scene of a seed: they take turns."""
    return SCENES[seed % len(SCENES)]


@dataclass(frozen=True)
class World:
    """A log, its truth, and a golden set that knows some modes.

    `labels` has `interaction_id`, `session_id`, `user_id`, `score`, `p_good` (null), `request_text`,
    `response_text`; `mode` (-1: none), `is_bad` and `original` (row that it repeats, else its own) go row by row.
    """

    labels: pl.DataFrame
    mode: Array
    is_bad: Array
    original: Array
    golden: pl.DataFrame
    golden_modes: Array


def build(scene: Scene, seed: int) -> World:
    """Return the world of a seed; the same for everybody."""
    rng = np.random.default_rng([seed, scene.n, *scene.name.encode()])
    mode = _modes(scene, scene.n, rng)
    original = _originals(scene, rng)
    mode = mode[original]
    home = rng.integers(scene.n_topics, size=N_MODES)
    topic = np.where(mode >= 0, home[mode], rng.choice(scene.n_topics, p=_falling(scene.n_topics), size=scene.n))
    topic = topic[original]
    is_bad = rng.random(scene.n) < np.where(mode >= 0, scene.bad_in_mode, scene.bad_elsewhere)
    is_bad = np.where(rng.random(scene.n) < 0.8, is_bad[original], is_bad)
    words = _vocabulary(scene, rng)
    shows_in_answer = np.arange(N_MODES) < round(scene.in_answer * N_MODES)
    asked, answered = (
        _texts(scene, topic, np.where((mode >= 0) & (shows_in_answer[mode] == where), mode, -1), words, rng)
        for where in (False, True)
    )
    request = [_repeat(asked[source], source != row, rng) for row, source in enumerate(original)]
    response = [" ".join(answered[source]) for source in original]
    person = rng.integers(scene.n // 5, size=scene.n)[original]
    labels = pl.DataFrame(
        {
            "interaction_id": [f"i{row:06d}" for row in range(scene.n)],
            "session_id": [f"s{row // 2:06d}" for row in range(scene.n)],
            "user_id": [f"u{one:05d}" for one in person],
            "score": pl.Series(_scores(scene, mode, is_bad, rng)).fill_nan(None),
            "p_good": pl.Series([None] * scene.n, dtype=pl.Float64),
            "request_text": request,
            "response_text": response,
        }
    )
    known = rng.choice(N_MODES, N_GOLDEN_MODES, replace=False)
    golden = _golden(scene, home, known, shows_in_answer, words, rng)
    return World(labels, mode, is_bad, original, golden, known)


def _falling(n: int, power: float = 0.7) -> Array:
    share = 1 / np.arange(1, n + 1) ** power
    return share / share.sum()


def _modes(scene: Scene, n: int, rng: np.random.Generator) -> Array:
    """Return the mode of each row, some twenty times as frequent as others."""
    share = scene.mode_share * _falling(N_MODES, 1.0)
    return rng.choice(np.arange(-1, N_MODES), p=[1 - share.sum(), *share], size=n)


def _originals(scene: Scene, rng: np.random.Generator) -> Array:
    """Return the row each row repeats: a few rows are repeated often, most never."""
    original = np.arange(scene.n)
    copies = rng.random(scene.n) < scene.copied
    sources = np.flatnonzero(~copies)
    popularity = rng.pareto(1.2, len(sources)) + 0.1
    original[copies] = rng.choice(sources, p=popularity / popularity.sum(), size=int(copies.sum()))
    return original


def _vocabulary(scene: Scene, rng: np.random.Generator) -> dict[str, list[list[str]]]:
    n_words = _N_COMMON + scene.n_topics * _N_TOPIC_WORDS + N_MODES * 2 * _N_MODE_WORDS
    lengths = rng.integers(2, 5, n_words)
    spelled = ["".join(rng.choice(_SYLLABLES, length)) for length in lengths]
    cut = _N_COMMON + scene.n_topics * _N_TOPIC_WORDS
    topics = [spelled[start : start + _N_TOPIC_WORDS] for start in range(_N_COMMON, cut, _N_TOPIC_WORDS)]
    modes = [spelled[start : start + _N_MODE_WORDS] for start in range(cut, n_words, _N_MODE_WORDS)]
    return {"common": [spelled[:_N_COMMON]], "topics": topics, "modes": modes}


def _texts(
    scene: Scene, topic: Array, mode: Array, words: dict[str, list[list[str]]], rng: np.random.Generator
) -> list[list[str]]:
    """Return the words of a text for each row: 40 % of its topic, `marked` of its mode, the rest anybody's."""
    lengths = _LENGTH + rng.poisson(_FURTHER_WORDS, len(topic))
    row = np.repeat(np.arange(len(topic)), lengths)
    kind = rng.random(len(row))
    common = rng.choice(_N_COMMON, p=_falling(_N_COMMON), size=len(row))
    of_topic = rng.choice(_N_TOPIC_WORDS, p=_falling(_N_TOPIC_WORDS), size=len(row))
    of_mode = rng.integers(_N_MODE_WORDS, size=len(row))
    texts: list[list[str]] = [[] for _ in range(len(topic))]
    for at, what, one, two, three in zip(row, kind, common, of_topic, of_mode, strict=True):
        if mode[at] >= 0 and what < scene.marked:
            texts[at].append(words["modes"][mode[at]][three])
        elif what > 0.6:
            texts[at].append(words["topics"][topic[at]][two])
        else:
            texts[at].append(words["common"][0][one])
    return texts


def _repeat(said: list[str], is_copy: bool, rng: np.random.Generator) -> str:
    """Return the text; of a copy every second as it was, the others with a word less, twice or in capitals."""
    if not is_copy or rng.random() < 0.5:
        return " ".join(said)
    place = int(rng.integers(len(said)))
    changed = ([], [said[place]] * 2, [said[place].upper()])[int(rng.integers(3))]
    return " ".join([*said[:place], *changed, *said[place + 1 :]])


def _scores(scene: Scene, mode: Array, is_bad: Array, rng: np.random.Generator) -> Array:
    distance = np.sqrt(2) * stats.norm.ppf(scene.auc)
    loudness = np.where(mode >= 0, scene.loudness * rng.normal(size=N_MODES)[mode], 0.0)
    drawn = rng.normal(np.where(is_bad, -distance / 2 - loudness, distance / 2))
    score = 1 / (1 + np.exp(-1.5 * drawn - 0.5))
    silent = rng.random(len(is_bad)) < scene.unscored * np.where(is_bad, 0.8, 1.05)
    return np.where(silent, np.nan, score)


def _golden(
    scene: Scene, home: Array, known: Array, shows_in_answer: Array, words: dict, rng: np.random.Generator
) -> pl.DataFrame:
    """Return three examples of each known mode and thirty of ordinary traffic."""
    mode = np.concatenate([np.repeat(known, 3), np.full(30, -1)])
    topic = np.where(mode >= 0, home[mode], rng.integers(scene.n_topics, size=len(mode)))
    asked, answered = (
        _texts(scene, topic, np.where((mode >= 0) & (shows_in_answer[mode] == where), mode, -1), words, rng)
        for where in (False, True)
    )
    return pl.DataFrame(
        {"input": [" ".join(one) for one in asked], "observed_output": [" ".join(one) for one in answered]}
    )
