"""The human side of a turn: what people do with an answer, which depends on its quality, the feature and on them.

Most answers get no reaction or an ambiguous one. Times are seconds after the answer was shown; NaN means that
the act did not happen.
"""

import numpy as np

from feedback.simulate.catalogue import FEATURES, Rows, attribute
from feedback.simulate.planted import Schedule, copy_factor

NEVER = (0.0, 0.0)
HABITS = {
    # act: chance after a (bad, good) answer, in the order of FEATURES: search, chat, e-mail, code
    "accept": ((0.10, 0.42), NEVER, (0.26, 0.80), (0.14, 0.64)),
    "copy": ((0.05, 0.30), (0.06, 0.42), NEVER, NEVER),
    "undo": (NEVER, NEVER, (0.40, 0.010), (0.50, 0.012)),
    "edit": (NEVER, NEVER, (0.85, 0.42), (0.60, 0.20)),
    "reject": (NEVER, NEVER, (0.40, 0.05), (0.50, 0.10)),
    "again": ((0.58, 0.06), (0.50, 0.07), (0.50, 0.06), (0.18, 0.03)),
    "escalate": (NEVER, (0.45, 0.02), NEVER, NEVER),
    "thank": (NEVER, (0.02, 0.30), NEVER, NEVER),
    "abandon": ((0.35, 0.03), (0.25, 0.02), (0.20, 0.02), NEVER),
    "rate": ((0.055, 0.018), (0.065, 0.019), (0.050, 0.016), (0.032, 0.011)),
}
_CHANCES = {act: np.array(chances) for act, chances in HABITS.items()}
ENGAGED = np.array([0.70, 0.72, 0.85, 0.82])
"""share of the answers a person of average activity reacts to at all"""
DELAYS = {
    # act: median seconds, in the order of FEATURES
    "accept": (7.0, 10.0, 24.0, 1.9),
    "copy": (9.0, 12.0, 25.0, 4.0),
    "undo": (8.0, 8.0, 11.0, 5.0),
    "edit": (30.0, 30.0, 55.0, 14.0),
    "reject": (8.0, 10.0, 18.0, 1.5),
    "escalate": (30.0, 32.0, 40.0, 20.0),
    "abandon": (45.0, 70.0, 90.0, 20.0),
    "thank": (15.0, 20.0, 30.0, 10.0),
    "rate": (14.0, 25.0, 45.0, 6.0),
}
_MEDIANS = {act: np.array(medians) for act, medians in DELAYS.items()}
SLIP_SHARE = 0.035
UNSEEN_MS = 750.0
VIEW_LOGGED = np.array([0.75, 0.55, 0.60, 1.0])
STARS = np.array([False, True, True, False])
"""which features ask for one to five stars instead of a thumb"""


def react(turn: Rows, *, schedule: Schedule, rng: np.random.Generator) -> Rows:
    """Return the turns with what people did: one `<act>_s` column per act, the rating, and what they do next.

    `again` says whether they put the question again, `ends` whether they leave, `done_s` when they are finished
    with the answer.
    """
    acts = _choose_acts(turn, schedule=schedule, rng=rng)
    times = _time_acts(turn, acts=acts, rng=rng)
    read = np.minimum(turn["seen_ms"] / 1000, 120)
    finished = np.fmax.reduce([read, *times.values()])
    return (
        turn
        | times
        | {
            "rating": _draw_ratings(turn, rng),
            "is_view_logged": rng.random(len(read)) < VIEW_LOGGED[turn["feature"]],
            "again": acts["again"],
            "ends": acts["escalate"] | acts["abandon"],
            "done_s": finished,
        }
    )


def look(turn: Rows, rng: np.random.Generator) -> Rows:
    """Return the turns with `seen_ms`, how long each answer was on screen; a few are gone before anyone read them."""
    n = len(turn["shown"])
    median = attribute(FEATURES, "seen_ms")[turn["feature"]]
    is_glance = rng.random(n) < np.where(median < 5_000, 0.05, 0.012)
    seen = np.where(is_glance, rng.uniform(90, UNSEEN_MS - 1, n), median * rng.lognormal(0, 0.6, n) + UNSEEN_MS)
    return turn | {"seen_ms": np.round(seen)}


def _chance(act: str, turn: Rows) -> np.ndarray:
    return _CHANCES[act][turn["feature"], turn["is_good"].astype(np.int64)]


def _choose_acts(turn: Rows, *, schedule: Schedule, rng: np.random.Generator) -> Rows:
    """Return which acts happen. Heavy users accept more readily and correct less."""
    heavy = turn["is_heavy"]

    def happens(chance: np.ndarray) -> np.ndarray:
        return rng.random(len(chance)) < chance

    engaged = (turn["seen_ms"] >= UNSEEN_MS) & happens(ENGAGED[turn["feature"]] * turn["activity"] * (1 - 0.12 * heavy))
    accept = engaged & happens(np.where(heavy, _chance("accept", turn) ** 0.75, _chance("accept", turn)))
    copy = engaged & happens(_chance("copy", turn) * copy_factor(turn, schedule))
    slip = accept & happens(np.full(len(heavy), SLIP_SHARE))
    again_accepted = slip & turn["is_good"] & happens(np.full(len(heavy), 0.6))
    kept = accept & (~slip | again_accepted)
    undo = accept & ~slip & happens(_chance("undo", turn))
    edit = kept & ~undo & happens(_chance("edit", turn) * (1 - 0.4 * heavy))
    reject = engaged & ~accept & happens(_chance("reject", turn))
    content = (kept & ~undo) | copy
    again = engaged & happens(_chance("again", turn) * np.where(content, 0.12, 1.0)) & (turn["attempt"] < 3)
    escalate = engaged & ~again & ~content & happens(_chance("escalate", turn))
    thank = engaged & ~again & ~escalate & happens(_chance("thank", turn))
    abandon = ~again & ~escalate & ~thank & ~content & ~reject & happens(_chance("abandon", turn))
    return {
        "accept": accept, "copy": copy, "slip": slip, "accept_again": again_accepted, "undo": undo, "edit": edit,
        "reject": reject, "again": again, "escalate": escalate, "thank": thank, "abandon": abandon,
        "rate": happens(_chance("rate", turn) * (1 - 0.3 * heavy)),
    }  # fmt: skip


def _time_acts(turn: Rows, *, acts: Rows, rng: np.random.Generator) -> Rows:
    """Return when each act happened; an undo or edit follows its accept, a slip is undone within a second."""
    n = len(turn["shown"])
    drawn = {act: median[turn["feature"]] * rng.lognormal(0, 0.6, n) + 0.4 for act, median in _MEDIANS.items()}
    accept = drawn["accept"]
    undo = np.where(acts["slip"], rng.uniform(0.15, 0.9, n), np.clip(drawn["undo"], 1.3, 30))
    accept_again = accept + undo + rng.uniform(1.5, 6, n)
    began = np.where(acts["accept_again"], accept_again, accept)
    at = {
        "accept": accept,
        "undo": accept + undo,
        "accept_again": accept_again,
        "edit": began + drawn["edit"],
        "copy": drawn["copy"],
        "reject": drawn["reject"],
        "thank": np.fmax(drawn["thank"], drawn["copy"] + 2),
        "escalate": drawn["escalate"],
        "abandon": drawn["abandon"],
        "rate": began + drawn["rate"],
    }
    happened = acts | {"undo": acts["undo"] | acts["slip"]}
    return {f"{act}_s": np.where(happened[act], seconds, np.nan) for act, seconds in at.items()}


def _draw_ratings(turn: Rows, rng: np.random.Generator) -> np.ndarray:
    """Return the rating each answer would get, in [0, 1]: extreme, and harsher than the answer deserves."""
    n = len(turn["shown"])
    pleased = rng.random(n) < np.where(turn["is_good"], 0.84, 0.10)
    milder = STARS[turn["feature"]] & (rng.random(n) < 0.35)
    return np.where(pleased, np.where(milder, 0.75, 1.0), np.where(milder, 0.25, 0.0))
