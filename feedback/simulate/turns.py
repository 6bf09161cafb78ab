"""Sessions played forward: question, answer, reaction, next question, until everybody has left.

All sessions advance together, one turn per step, so a step costs a few array operations however many there are.
"""

import numpy as np

from feedback.schemas.behaviour import OPENERS
from feedback.simulate.behaviour import look, react
from feedback.simulate.catalogue import FEATURES, HOUR, INTENTS, Rows, attribute, draw_from, position
from feedback.simulate.planted import Schedule, incident_of
from feedback.simulate.quality import answer_turns

SUBJECTS = 1 << 30
RESUMED_SHARE = 0.012
"""share of the pauses between two questions that last until the next day"""
COMPLAINT_SHARE = 0.35
OPENER_SHARES = np.array([[0.30, 0.50, 0.20], [1.0, 0.0, 0.0], [0.05, 0.30, 0.65], [0.0, 0.0, 1.0]])
"""how people ask again, by feature, in the order of `OPENERS`; chat has no button for it"""
REQUEST, RETRY = OPENERS.index("request"), OPENERS.index("retry")
_INTENT_SHARES = np.array(
    [[intent.share if intent.feature == feature.name else 0.0 for intent in INTENTS] for feature in FEATURES]
)


def play_turns(sessions: Rows, *, schedule: Schedule, rng: np.random.Generator) -> Rows:
    """Return one row per interaction, in no useful order; what was shown after the end of the log is left out."""
    state = _open_tasks(sessions, rng=rng)
    played: list[Rows] = []
    while len(state["session"]):
        turn = look(answer_turns(state, schedule=schedule, rng=rng), rng)
        turn = react(turn, schedule=schedule, rng=rng)
        played.append(turn | {"incident": incident_of(turn, schedule)})
        state = _advance(turn, fields=list(state), schedule=schedule, rng=rng)
    turns = {name: np.concatenate([turn[name] for turn in played]) for name in played[0]}
    return select_rows(turns, turns["shown"] < schedule.end)


def select_rows(rows: Rows, keep: np.ndarray) -> Rows:
    """Return the rows that `keep` marks or numbers."""
    return {name: column[keep] for name, column in rows.items()}


def _open_tasks(rows: Rows, *, rng: np.random.Generator) -> Rows:
    """Return the sessions at the start of their first question."""
    n = len(rows["session"])
    return rows | {
        "step": np.zeros(n, dtype=np.int64),
        "intent": draw_from(_INTENT_SHARES[rows["feature"]], rng),
        "subject": rng.integers(0, SUBJECTS, n),
        "difficulty": rng.normal(0, 1, n),
        "attempt": np.zeros(n, dtype=np.int64),
        "opener": np.full(n, REQUEST),
        "wording": rng.integers(0, 1 << 20, n),
        "style": rng.integers(0, SUBJECTS, n),
        "is_complaint": np.zeros(n, dtype=bool),
    }


def _advance(turn: Rows, *, fields: list[str], schedule: Schedule, rng: np.random.Generator) -> Rows:
    """Return the sessions that go on, each at its next question: the same one again, or another."""
    goes_on = turn["again"] | (~turn["ends"] & (turn["n_tasks"] > 1))
    clock = turn["shown"] + turn["done_s"] + _pauses(turn, rng)
    kept = select_rows(turn | {"clock": np.round(clock, 3)}, goes_on & (clock < schedule.end))
    fresh = _open_tasks({name: kept[name] for name in fields}, rng=rng)
    repeat = _ask_again(kept, rng=rng)
    again = kept["again"]
    same_subject = rng.random(len(again)) < attribute(FEATURES, "same_subject")[kept["feature"]]
    following = {name: np.where(again, repeat[name], fresh[name]) for name in fields}
    carries_on = same_subject & (fresh["intent"] != kept["intent"])
    return following | {
        "subject": np.where(again | carries_on, kept["subject"], fresh["subject"]),
        "n_tasks": kept["n_tasks"] - ~again,
        "step": kept["step"] + 1,
    }


def _ask_again(turn: Rows, *, rng: np.random.Generator) -> Rows:
    """Return the turns with the question put again: reworded, or unchanged by a press of the retry button."""
    n = len(turn["session"])
    opener = draw_from(OPENER_SHARES[turn["feature"]], rng)
    is_retry = opener == RETRY
    complains = (turn["feature"] == position(FEATURES, "chat_support")) & ~turn["is_good"]
    return turn | {
        "attempt": turn["attempt"] + 1,
        "opener": opener,
        "wording": turn["wording"] + ~is_retry,
        "style": np.where(is_retry, turn["style"], rng.integers(0, SUBJECTS, n)),
        "is_complaint": complains & (rng.random(n) < COMPLAINT_SHARE),
    }


def _pauses(turn: Rows, rng: np.random.Generator) -> np.ndarray:
    """Return the seconds before the next question: short when it is the same again, rarely overnight."""
    n = len(turn["session"])
    median = np.where(turn["again"], 9.0, attribute(FEATURES, "gap_s")[turn["feature"]])
    overnight = ~turn["again"] & (rng.random(n) < RESUMED_SHARE)
    return np.where(overnight, rng.uniform(12.5, 20, n) * HOUR, median * rng.lognormal(0, 0.7, n) + 1.0)
