"""The invented company: its AI features, what people want of them, who its customers are, and how hard each is.

Every dimension is a tuple of names; the simulation works with positions in these tuples. `log_odds` moves the
true probability that a response is good: +0.5 is about +8 points near 0.75, -1 about -20.
"""

from typing import NamedTuple

import numpy as np

Rows = dict[str, np.ndarray]
"""Columns of equal length by name: the form rows take while they are being simulated."""

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


class Feature(NamedTuple):
    """An AI feature of the product."""

    name: str
    share: float
    """share of the sessions on a working day"""
    weekend_share: float
    """the same at the weekend, before scaling to 1"""
    n_tasks: float
    """mean number of questions in a session"""
    latency_ms: float
    """median time to answer"""
    seen_ms: float
    """median time the answer is on screen"""
    gap_s: float
    """median pause before the next question"""
    same_subject: float
    """probability that the next question is about the same order, product or table"""
    prompt_version: str
    logs_confidence: bool


class Intent(NamedTuple):
    """What a person wants of a feature."""

    name: str
    feature: str
    share: float
    log_odds: float


class Tenant(NamedTuple):
    """A customer company and its people."""

    name: str
    share: float
    plan: str
    languages: tuple[float, float, float, float]
    """shares of `LANGUAGES` among its people"""
    index_version: str
    log_odds: float


FEATURES = (
    Feature("search_answers", 0.30, 0.34, 1.8, 900, 9_000, 40, 0.25, "search-v7", True),
    Feature("chat_support", 0.40, 0.48, 1.8, 1_900, 14_000, 45, 0.60, "chat-v14", True),
    Feature("email_drafts", 0.18, 0.06, 1.6, 3_200, 22_000, 90, 0.10, "mail-v3", False),
    Feature("code_completion", 0.13, 0.06, 4.0, 350, 2_600, 25, 0.70, "code-v21", True),
)
INTENTS = (
    Intent("invoice_download", "search_answers", 0.30, 0.3),
    Intent("delivery_time", "search_answers", 0.28, 0.2),
    Intent("warranty", "search_answers", 0.22, 0.0),
    Intent("account_access", "search_answers", 0.20, -0.3),
    Intent("refund", "chat_support", 0.42, 0.1),
    Intent("order_status", "chat_support", 0.25, 0.3),
    Intent("technical_issue", "chat_support", 0.20, -0.4),
    Intent("cancel_subscription", "chat_support", 0.13, 0.1),
    Intent("apology", "email_drafts", 0.35, 0.4),
    Intent("follow_up", "email_drafts", 0.35, 0.2),
    Intent("meeting", "email_drafts", 0.30, 0.1),
    Intent("write_function", "code_completion", 0.45, 0.1),
    Intent("sql_query", "code_completion", 0.30, -0.1),
    Intent("unit_test", "code_completion", 0.25, -0.2),
)
TENANTS = (
    Tenant("arbor-retail", 0.20, "enterprise", (0.50, 0.30, 0.05, 0.15), "idx-2026-08", 0.1),
    Tenant("blaufeld", 0.17, "enterprise", (0.20, 0.75, 0.00, 0.05), "idx-2026-08", 0.1),
    Tenant("casa-lumen", 0.13, "pro", (0.20, 0.00, 0.75, 0.05), "idx-2026-03", 0.0),
    Tenant("dune-supply", 0.12, "pro", (0.85, 0.10, 0.05, 0.00), "idx-2026-03", 0.1),
    Tenant("eastgate", 0.12, "free", (0.55, 0.25, 0.10, 0.10), "idx-2026-03", 0.0),
    Tenant("fjordkraft", 0.10, "pro", (0.40, 0.60, 0.00, 0.00), "idx-2026-08", 0.0),
    Tenant("galerie-sud", 0.08, "free", (0.15, 0.00, 0.05, 0.80), "idx-2026-08", 0.0),
    Tenant("harbor-labs", 0.08, "enterprise", (0.60, 0.00, 0.25, 0.15), "idx-2026-08", -1.3),
)
LANGUAGES = ("en", "de", "es", "fr")
MODELS = ("aria-2", "aria-2-mini")
PLANS = ("free", "pro", "enterprise")
PROMPT_VERSIONS = (*(feature.prompt_version for feature in FEATURES), "chat-v15", "search-v8")
INDEX_VERSIONS = ("idx-2026-03", "idx-2026-08")
FAULTS = ("wrong_detail", "wrong_content", "off_topic", "wrong_language")

BASE_LOG_ODDS = 1.85
LANGUAGE_LOG_ODDS = np.array([0.1, 0.0, -0.1, -0.1])
MODEL_LOG_ODDS = np.array([0.0, -0.3])
MINI_SHARE = np.array([0.8, 0.35, 0.1])
"""share of `aria-2-mini` by plan, in the order of `PLANS`"""


def position(names: tuple[NamedTuple, ...], name: str) -> int:
    """Return where the entry of that name stands.

    Examples
    --------
    >>> position(INTENTS, "refund")
    4
    """
    return [entry[0] for entry in names].index(name)


def attribute(entries: tuple[NamedTuple, ...], name: str) -> np.ndarray:
    """Return one attribute of every entry, in their order.

    Examples
    --------
    >>> attribute(FEATURES, "latency_ms").tolist()
    [900, 1900, 3200, 350]
    """
    return np.array([getattr(entry, name) for entry in entries])


def draw_from(shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return one drawn position per row of `shares`, whose rows need not add up to 1.

    Examples
    --------
    >>> draw_from(np.array([[0.0, 1.0], [3.0, 0.0]]), np.random.default_rng(0)).tolist()
    [1, 0]
    """
    steps = np.cumsum(shares, axis=1)
    at = rng.random(len(shares)) * steps[:, -1]
    return (at[:, None] >= steps).sum(axis=1)
