"""The AI side of a turn: how good the answer truly is, what is wrong with a bad one, and what it cost."""

import numpy as np

from feedback.simulate.catalogue import (
    BASE_LOG_ODDS,
    FAULTS,
    FEATURES,
    INTENTS,
    LANGUAGE_LOG_ODDS,
    MODEL_LOG_ODDS,
    TENANTS,
    Rows,
    attribute,
    draw_from,
    position,
)
from feedback.simulate.planted import Schedule, lost_log_odds, prompt_version

NONE = -1
ATTEMPT_LOG_ODDS = 0.35
"""what a better worded question gains per attempt"""
USUAL_FAULTS = np.array([0.45, 0.25, 0.17, 0.13])
INCIDENT_FAULTS = np.array([0.08, 0.86, 0.04, 0.02])
"""an old policy or a stale index: nearly every bad answer says something that used to be true"""
CODE = position(FEATURES, "code_completion")
USD_PER_SECOND = np.array([0.0031, 0.0009])
"""by model"""


def answer_turns(turn: Rows, *, schedule: Schedule, rng: np.random.Generator) -> Rows:
    """Return the turns with their answers: true quality, fault, time shown, cost and the model's own confidence.

    `fault` is -1 where the answer is good; `confidence` is NaN where the feature logs none.
    """
    n = len(turn["clock"])
    lost = lost_log_odds(turn, schedule)
    log_odds = _usual_log_odds(turn) + lost
    p_good = 1 / (1 + np.exp(-log_odds))
    is_good = rng.random(n) < p_good
    latency = _latency_ms(turn, rng)
    confidence = 1 / (1 + np.exp(-(0.4 + 0.8 * log_odds + rng.normal(0, 0.9, n))))
    return turn | {
        "prompt_version": prompt_version(turn, schedule),
        "p_good": p_good,
        "is_good": is_good,
        "fault": np.where(is_good, NONE, _draw_faults(turn, lost=lost, rng=rng)),
        "variant": rng.integers(0, 1 << 20, n),
        "latency_ms": latency,
        "shown": turn["clock"] + latency / 1000,
        "cost_usd": latency / 1000 * USD_PER_SECOND[turn["model"]] * rng.uniform(0.8, 1.2, n),
        "confidence": np.where(attribute(FEATURES, "logs_confidence")[turn["feature"]], confidence, np.nan),
    }


def _usual_log_odds(turn: Rows) -> np.ndarray:
    """Return the log-odds of a good response while nothing is wrong."""
    return (
        BASE_LOG_ODDS
        + attribute(INTENTS, "log_odds")[turn["intent"]]
        + attribute(TENANTS, "log_odds")[turn["tenant"]]
        + LANGUAGE_LOG_ODDS[turn["language"]]
        + MODEL_LOG_ODDS[turn["model"]]
        + ATTEMPT_LOG_ODDS * turn["attempt"]
        - 0.7 * turn["difficulty"]
    )


def _draw_faults(turn: Rows, *, lost: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what would be wrong with each answer if it were bad; code has no language to get wrong."""
    shares = np.where((lost < -0.3)[:, None], INCIDENT_FAULTS, USUAL_FAULTS)
    shares[turn["feature"] == CODE, FAULTS.index("wrong_language")] = 0
    return draw_from(shares, rng)


def _latency_ms(turn: Rows, rng: np.random.Generator) -> np.ndarray:
    """Return the time to answer in whole milliseconds; the small model takes about half as long."""
    median = attribute(FEATURES, "latency_ms")[turn["feature"]] * np.where(turn["model"] == 1, 0.55, 1.0)
    return np.maximum(np.round(median * rng.lognormal(0, 0.45, len(median))), 40.0)
