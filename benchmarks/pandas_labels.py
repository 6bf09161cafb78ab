"""The same labels in pandas: what a careful analyst would write, and a second reading of the rules.

Nothing here is taken from how `feedback` derives its labels; only the word lists of two labelling functions
are imported, since they are data. The style is the one that is fast in pandas: text becomes integers once, the
log is sorted once, neighbours are found by running maxima, per-response facts live in arrays indexed by the
number of the response (`nth`), and texts are compared only for pairs that pass every cheaper test.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process, utils
from rapidfuzz.distance import Indel

from feedback.labelling.words import _COMPLAINTS, _THANKS

COLUMNS = ("event_id", "occurred_at", "kind", "session_id", "interaction_id", "text", "value")
OPENERS = ("request", "rephrase", "retry")
TASK_ACTS = ("accept", "edit", "undo", "reject", "copy")
SECOND = 1_000_000  # times are whole microseconds
NEVER = np.iinfo(np.int64).max
LOOK_BACK_TURNS, COMPARED_TURNS = 200, 5
SAME_REQUEST = 60.0
MOSTLY_UNCHANGED = 0.67
GOOD = {"accepted_and_kept": 1.5, "accepted_and_moved_on": 0.5, "edited_lightly": 1.0, "copied": 0.8,
        "rated_up": 1.5, "thanked": 1.0}  # fmt: skip
BAD = {"undone_soon": 2.0, "undone_later": 1.2, "edited_heavily": 1.0, "rephrased": 0.6, "rephrased_repeatedly": 0.8,
       "retried": 1.2, "rejected": 1.5, "escalated": 2.0, "abandoned": 0.7, "rated_down": 1.5,
       "complained": 1.5}  # fmt: skip
ORDER = (
    "accepted_and_kept", "accepted_and_moved_on", "undone_soon", "undone_later", "edited_heavily", "edited_lightly",
    "rephrased", "rephrased_repeatedly", "retried", "copied", "rejected", "escalated", "abandoned", "rated_up",
    "rated_down", "complained", "thanked",
)  # fmt: skip


def pandas_labels(
    events: pd.DataFrame,
    *,
    observation_window: timedelta | Mapping[str, timedelta] = timedelta(minutes=30),
    session_gap: timedelta = timedelta(hours=12),
    watermark: datetime | None = None,
) -> pd.DataFrame:
    """Return one row per response: `interaction_id`, `score`, `n_votes`, `conflict`, `reason` and its votes.

    `events` has the columns `COLUMNS`, and `feature` where windows are given per feature, in any order and
    without duplicates. The votes are one float column per labelling function, NaN where it abstains. `score`
    and `conflict` are NaN and `reason` is null where nothing voted.
    """
    log = _order_log(events, session_gap)
    responses = _list_responses(log, events, observation_window)
    acts = _attribute_acts(log, responses, events)
    facts = _add_simple_acts(pd.DataFrame(index=responses.index), acts)
    facts = _add_edits(facts, acts, responses, events["text"])
    facts = _add_next_request(facts, log, responses)
    facts = _add_attempts(facts, log, responses, events["text"])
    is_final = watermark is not None and responses["ends_at"].to_numpy() <= _microseconds(watermark)
    votes = _cast_votes(facts, responses, events["text"], is_final)
    names = pd.factorize(events["interaction_id"])[1]
    labels = pd.concat([responses["who"].rename("interaction_id"), _score(votes), votes], axis=1)
    labels = labels.drop_duplicates("interaction_id")
    return labels.assign(interaction_id=names.take(labels["interaction_id"].to_numpy())).reset_index(drop=True)


def _order_log(events: pd.DataFrame, session_gap: timedelta) -> pd.DataFrame:
    """Return the events by session, time and id, as integers; `row` leads back to the text and the value."""
    at = events["occurred_at"].dt.as_unit("us").astype("int64").to_numpy()
    session = pd.factorize(events["session_id"])[0]
    # Ids decide ties only, so only those of tied events are sorted.
    tied = pd.DataFrame({"session": session, "at": at}).duplicated(keep=False).to_numpy()
    tie = np.zeros(len(events), dtype=np.int64)
    tie[tied] = pd.factorize(events["event_id"].array[tied], sort=True)[0]
    row = np.lexsort((tie, at, session))
    at, session = at[row], session[row]
    is_new = np.ones(len(row), dtype=bool)
    is_new[1:] = (np.diff(session) != 0) | (np.diff(at) > session_gap // timedelta(microseconds=1))
    log = pd.DataFrame({"row": row, "at": at, "part": np.cumsum(is_new)})
    log["kind"] = pd.Categorical(events["kind"]).take(row)
    log["who"] = pd.factorize(events["interaction_id"])[0][row]
    return _add_neighbours(log, np.flatnonzero(is_new))


def _add_neighbours(log: pd.DataFrame, starts: np.ndarray) -> pd.DataFrame:
    """Add `turn` (-1 before the first opener), `opener` and `nth`: the latest opener and response up to here.

    Openers and responses are numbered over all sessions; one of an earlier part does not count and is -1.
    """
    is_opener = log["kind"].isin(OPENERS).to_numpy()
    is_response = ((log["kind"] == "response") & (log["who"] >= 0)).to_numpy()
    shown = log.loc[is_response, ["part", "who"]]
    is_response[np.flatnonzero(is_response)[shown.duplicated().to_numpy()]] = False
    of_part = log["part"].to_numpy() - 1
    for name, flag in (("opener", is_opener), ("nth", is_response)):
        number = np.cumsum(flag) - 1
        before = (number - flag)[starts][of_part]
        log[name] = np.where(number > before, number, -1)
        log["turn" if flag is is_opener else "n_before"] = number - before - 1
    return log.drop(columns="n_before").assign(is_opener=is_opener, is_response=is_response)


def _list_responses(
    log: pd.DataFrame, events: pd.DataFrame, observation_window: timedelta | Mapping[str, timedelta]
) -> pd.DataFrame:
    """Return one row per response: `who`, `part`, `at`, `ends_at`, `turn`, `row`, `pos`, `is_task_like`."""
    log = log.assign(pos=np.arange(len(log)))
    responses = log[log["is_response"]].reset_index(drop=True)
    openers = log[log["is_opener"]]
    named = openers[openers["who"] >= 0].drop_duplicates(["part", "who"])[["part", "who", "pos", "turn", "opener"]]
    named = responses[["part", "who"]].merge(named, on=["part", "who"], how="left")
    is_named = (named["pos"] < responses["pos"]) & (responses["turn"] - named["turn"] <= LOOK_BACK_TURNS)
    for column in ("turn", "opener"):
        responses[column] = np.where(is_named, named[column], responses[column]).astype("int64")
    responses["ends_at"] = responses["at"] + _window_lengths(responses, openers, events, observation_window)
    acted = log[log["kind"].isin(TASK_ACTS)].drop_duplicates("part").set_index("part")["at"]
    responses["is_task_like"] = responses["part"].map(acted) < responses["ends_at"]
    return responses.drop(columns=["kind", "is_opener", "is_response"])


def _window_lengths(
    responses: pd.DataFrame,
    openers: pd.DataFrame,
    events: pd.DataFrame,
    observation_window: timedelta | Mapping[str, timedelta],
) -> np.ndarray | int:
    """Return the window of each response by its feature, or else that of its request."""
    if isinstance(observation_window, timedelta):
        return observation_window // timedelta(microseconds=1)
    lengths = {feature: window // timedelta(microseconds=1) for feature, window in observation_window.items()}
    feature = events["feature"]
    own = feature.take(responses["row"]).reset_index(drop=True)
    asked = feature.take(openers["row"]).set_axis(range(len(openers))).reindex(responses["opener"])
    return own.fillna(asked.reset_index(drop=True)).map(lengths).fillna(lengths["default"]).to_numpy("int64")


def _attribute_acts(log: pd.DataFrame, responses: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return the acts that count, in order, each with `nth` of the response it is about and when that was shown."""
    acts = log[~log["kind"].isin(["request", "response"])]
    to_latest = (acts["who"] < 0) | acts["kind"].isin(["rephrase", "retry"])
    names = pd.MultiIndex.from_frame(responses[["part", "who"]]).get_indexer(
        pd.MultiIndex.from_frame(acts.loc[~to_latest, ["part", "who"]])
    )
    nth = acts["nth"].to_numpy(copy=True)
    nth[~to_latest.to_numpy()] = names
    acts = acts.assign(nth=nth)[nth >= 0]
    about = responses.take(acts["nth"])
    shown_at, ends_at = about["at"].to_numpy(), about["ends_at"].to_numpy()
    in_reach = acts["turn"].clip(0) - about["turn"].clip(0).to_numpy() <= LOOK_BACK_TURNS
    acts = acts.assign(shown_at=shown_at, value=events["value"].to_numpy()[acts["row"]])
    return acts[(shown_at <= acts["at"]) & (acts["at"] < ends_at) & in_reach]


def _add_simple_acts(facts: pd.DataFrame, acts: pd.DataFrame) -> pd.DataFrame:
    """Add whether each response was rejected, copied, retried or abandoned, for how long seen, how rated."""
    by_kind = dict(list(acts.groupby("kind", observed=True)))
    none = acts.iloc[:0]
    for name, kind in (("rejected", "reject"), ("retried", "retry"), ("abandoned", "abandon")):
        facts[name] = facts.index.isin(by_kind.get(kind, none)["nth"])
    facts["copied_at"] = by_kind.get("copy", none).groupby("nth")["at"].min()
    facts["seen_ms"] = by_kind.get("view", none).groupby("nth")["value"].sum(min_count=1)
    facts["rating"] = by_kind.get("rating", none).groupby("nth")["value"].last()
    return facts.assign(n_turns_to_escalation=np.nan).pipe(_blame, by_kind.get("escalate", none))
