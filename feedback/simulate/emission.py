"""From played turns to the log an application would have written, and to the truth behind it."""

from datetime import datetime

import numpy as np
import polars as pl

from feedback.schemas.behaviour import OPENERS
from feedback.simulate.catalogue import (
    FAULTS,
    FEATURES,
    INDEX_VERSIONS,
    INTENTS,
    LANGUAGES,
    MODELS,
    PLANS,
    PROMPT_VERSIONS,
    TENANTS,
    Rows,
)
from feedback.simulate.planted import INCIDENT_IDS
from feedback.simulate.turns import select_rows
from feedback.simulate.writing import write_answers, write_edits, write_questions, write_thanks

DIMENSIONS = {
    "feature": [feature.name for feature in FEATURES],
    "model": list(MODELS),
    "prompt_version": list(PROMPT_VERSIONS),
    "index_version": list(INDEX_VERSIONS),
    "intent": [intent.name for intent in INTENTS],
    "language": list(LANGUAGES),
    "tenant": [tenant.name for tenant in TENANTS],
    "plan": list(PLANS),
}
MEASURES = ("latency_ms", "cost_usd", "confidence")
KNOWN_TO_CLIENT = ("feature", "tenant")
KNOWN_AT_REQUEST = (*KNOWN_TO_CLIENT, "language", "plan")
IDENTIFIED_SHARE = {"opener": 0.7, "copy": 0.65, "escalate": 0.4, "abandon": 0.5, "thank": 0.0, "rate": 0.95}
"""how often an event carries the id of its interaction; not listed: always"""
_KIND_OF_ACT = {"accept_again": "accept", "thank": "request", "rate": "rating"}
_ACTS = ("accept", "undo", "accept_again", "edit", "copy", "reject", "escalate", "abandon", "rate", "thank")


def log_events(turns: Rows, *, starts_at: datetime, end: float, rng: np.random.Generator) -> pl.DataFrame:
    """Return one row per event before `end`, by time, with ids; `turns` are in order of their questions."""
    names = name_turns(turns)
    answers = write_answers(turns)
    parts = [
        _log_openers(turns, rng),
        _log_part("response", np.arange(len(answers)), turns["shown"], text=answers),
        _log_views(turns),
        *(_log_acts(act, turns, answers=answers, rng=rng) for act in _ACTS),
    ]
    moments = pl.concat(parts).filter(pl.col("at") < end).sort("at", "turn", "rank", maintain_order=True)
    turn = moments["turn"].to_numpy()
    event_id = pl.format("e{}", pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(8))
    return moments.select(
        event_id.alias("event_id"),
        to_time(pl.col("at"), starts_at).alias("occurred_at"),
        "kind",
        names["session_id"].gather(turn),
        names["user_id"].gather(turn),
        pl.when("is_identified").then(names["interaction_id"].gather(turn)).alias("interaction_id"),
        "text",
        "value",
        *_dimension_columns(names, moments["kind"], pl.Series(turn), is_thanks=moments["is_thanks"]),
        *_measure_columns(turns, moments["kind"], turn),
    )


def name_turns(turns: Rows) -> pl.DataFrame:
    """Return one row per turn with its ids and the names of its dimensions; null means not recorded."""
    frame = pl.DataFrame({name: turns[name] for name in ("session", "user", "is_anonymous", *DIMENSIONS)})
    user = pl.format("u{}", pl.col("user").cast(pl.String).str.zfill(6))
    return frame.select(
        pl.format("i{}", pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(8)).alias("interaction_id"),
        pl.format("s{}", pl.col("session").cast(pl.String).str.zfill(7)).alias("session_id"),
        pl.when(~pl.col("is_anonymous")).then(user).alias("user_id"),
        *(name_positions(turns[name], values).alias(name) for name, values in DIMENSIONS.items()),
    )


def truth_table(turns: Rows, *, starts_at: datetime) -> pl.DataFrame:
    """Return one row per interaction, by id: the true quality of the response and the incident it fell under."""
    shown = pl.DataFrame({"at": turns["shown"]}).select(to_time(pl.col("at"), starts_at).alias("shown_at"))
    names = name_turns(turns)
    return pl.concat([names.drop("user_id"), shown], how="horizontal").with_columns(
        pl.Series("attempt", turns["attempt"]),
        name_positions(turns["fault"], list(FAULTS)).alias("fault"),
        pl.Series("p_good", np.round(turns["p_good"], 4)),
        pl.Series("is_good", turns["is_good"]),
        name_positions(turns["incident"], list(INCIDENT_IDS)).alias("incident_id"),
    )


def name_positions(numbers: np.ndarray, names: list[str]) -> pl.Series:
    """Return the names at those positions; null at -1.

    Examples
    --------
    >>> name_positions(np.array([1, -1]), ["en", "de"]).to_list()
    ['de', None]
    """
    return pl.Series([*names, None], dtype=pl.String).gather(numbers)


def to_time(seconds: pl.Expr, starts_at: datetime) -> pl.Expr:
    """Return the times that many seconds after the start, to the millisecond."""
    since = pl.duration(milliseconds=(seconds * 1000).round().cast(pl.Int64), time_unit="us")
    return pl.lit(starts_at, dtype=pl.Datetime("us", "UTC")) + since


def _log_part(
    kind: str | pl.Series,
    turn: np.ndarray,
    at: np.ndarray,
    *,
    text: pl.Series | None = None,
    value: np.ndarray | None = None,
    is_identified: np.ndarray | None = None,
    is_thanks: bool = False,
) -> pl.DataFrame:
    """Return the events of one kind: which turn, when, and what they carry; `rank` keeps causes before effects."""
    n = len(turn)
    return pl.DataFrame(
        {"turn": turn, "at": np.round(at, 3)}, schema={"turn": pl.Int64, "at": pl.Float64}
    ).with_columns(
        pl.lit(kind, dtype=pl.String).alias("kind"),
        pl.lit(text, dtype=pl.String).alias("text"),
        pl.lit(None if value is None else pl.Series(value), dtype=pl.Float64).alias("value"),
        pl.Series("is_identified", np.ones(n, dtype=bool) if is_identified is None else is_identified),
        pl.lit(is_thanks).alias("is_thanks"),
        pl.lit(_ACTS.index("thank") if is_thanks else 0).alias("rank"),
    )


def _log_openers(turns: Rows, rng: np.random.Generator) -> pl.DataFrame:
    kinds = name_positions(turns["opener"], list(OPENERS))
    named = rng.random(len(kinds)) < IDENTIFIED_SHARE["opener"]
    return _log_part(kinds, np.arange(len(kinds)), turns["clock"], text=write_questions(turns), is_identified=named)


def _log_views(turns: Rows) -> pl.DataFrame:
    rows = np.flatnonzero(turns["is_view_logged"])
    seen = turns["seen_ms"][rows]
    return _log_part("view", rows, turns["shown"][rows] + seen / 1000, value=seen)


def _log_acts(act: str, turns: Rows, *, answers: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """Return the events of one act, from the turns where it happened."""
    rows = np.flatnonzero(~np.isnan(turns[f"{act}_s"]))
    acted = select_rows(turns, rows)
    texts = {"edit": lambda: write_edits(acted, answers.gather(rows)), "thank": lambda: write_thanks(acted)}
    return _log_part(
        _KIND_OF_ACT.get(act, act),
        rows,
        acted["shown"] + acted[f"{act}_s"],
        text=texts[act]() if act in texts else None,
        value=acted["rating"] if act == "rate" else None,
        is_identified=rng.random(len(rows)) < IDENTIFIED_SHARE.get(act, 1.0),
        is_thanks=act == "thank",
    )


def _dimension_columns(
    names: pl.DataFrame, kind: pl.Series, turn: pl.Series, *, is_thanks: pl.Series
) -> list[pl.Series]:
    """Return the dimensions as each event records them: all on a response, some on a question, few on an act."""
    is_response = kind == "response"
    is_opener = kind.is_in(list(OPENERS)) & ~is_thanks
    known = dict.fromkeys(DIMENSIONS, is_response)
    known |= dict.fromkeys(KNOWN_AT_REQUEST, is_response | is_opener)
    known |= dict.fromkeys(KNOWN_TO_CLIENT, turn >= 0)
    return [names[name].gather(turn.set(~known[name], None)).alias(name) for name in DIMENSIONS]


def _measure_columns(turns: Rows, kind: pl.Series, turn: np.ndarray) -> list[pl.Series]:
    """Return the measures, on responses only."""
    is_response = (kind == "response").to_numpy()
    columns = []
    for name, digits in zip(MEASURES, (0, 6, 3), strict=True):
        numbers = np.where(is_response, np.round(turns[name][turn], digits), np.nan)
        columns.append(pl.Series(name, numbers, dtype=pl.Float64).fill_nan(None))
    return columns
