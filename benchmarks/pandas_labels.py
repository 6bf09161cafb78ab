"""The same labels in pandas: what a careful analyst would write, and a second reading of the rules.

Nothing here is taken from how `feedback` derives its labels; only weights and the patterns of two labelling
functions are shared, since they are data. The style is the one that is fast in pandas: text becomes integers
once, the log is sorted once, what a response knows stands in a frame indexed by the number of the response
(`nth`), times are whole microseconds, and texts are compared only for pairs that pass every cheaper test.
"""

# What pandas declares of its own types is too wide for these rules to say anything.
# pyright: reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false
# pyright: reportReturnType=false, reportIndexIssue=false, reportOperatorIssue=false, reportAssignmentType=false

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz, process, utils
from rapidfuzz.distance import Indel

from benchmarks.pandas_votes import cast_votes, score_votes
from feedback.labelling.words import _COMPLAINTS, _THANKS

COLUMNS = ("event_id", "occurred_at", "kind", "session_id", "interaction_id", "text", "value")
OPENERS = ("request", "rephrase", "retry")
TASK_ACTS = ("accept", "edit", "undo", "reject", "copy")
SECOND = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOOK_BACK_TURNS, COMPARED_TURNS = 200, 5
SAME_REQUEST = 60
COMPARED_CHARACTERS, SURVIVING_RUN = 20_000, 4
BLANKS = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
Window = timedelta | Mapping[str, timedelta]


def pandas_labels(
    events: pd.DataFrame,
    weights: Mapping[str, float],
    *,
    observation_window: Window = timedelta(minutes=30),
    session_gap: timedelta = timedelta(hours=12),
    watermark: datetime | None = None,
) -> pd.DataFrame:
    """Return one row per response: `interaction_id`, `score`, `n_votes`, `conflict`, `reason` and its votes.

    `events` has the columns `COLUMNS`, and `feature` where windows are given per feature, in any order and
    without duplicates. `weights` has the weight of each labelling function, in log-odds, in the order in which
    ties are decided. The votes are one float column per labelling function, NaN where it abstains; `score` and
    `conflict` are NaN and `reason` is null where nothing voted.
    """
    who, names = pd.factorize(events["interaction_id"])
    log = _order_log(events, who, _microseconds(session_gap))
    responses = _list_responses(log, events, observation_window)
    acts = _attribute_acts(log, responses, events["value"])
    openers = log[log["is_opener"]].reset_index(names="pos").set_index("opener")
    is_final = watermark is not None and responses["ends_at"] <= _microseconds(watermark - EPOCH)
    facts = responses[["is_task_like"]].assign(is_final=is_final)
    facts = _add_simple_acts(facts, acts, responses)
    steps = _match_undos(acts[acts["kind"].isin(["accept", "edit", "undo"])])
    facts = _add_edits(facts, steps, responses, events["text"])
    facts = _add_next_request(facts, openers, responses, events["text"])
    takes, returns = _list_takes(acts, steps), steps[steps["leaves_nothing"] & ~steps["is_slip"]]
    links = _similar_links(openers, responses, events["text"], takes, returns)
    facts = _add_attempts(facts, pd.concat([_explicit_links(openers, responses), links]), openers, responses)
    votes = cast_votes(facts)[list(weights)]
    labels = pd.concat([responses["who"], score_votes(votes, pd.Series(weights)), votes], axis=1)
    labels = labels.drop_duplicates("who").reset_index(drop=True)
    labels.insert(0, "interaction_id", names.take(labels.pop("who")))
    return labels


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _order_log(events: pd.DataFrame, who: np.ndarray, session_gap: int) -> pd.DataFrame:
    """Return the events by session, time and id, as integers; `row` leads back to texts and values."""
    at = events["occurred_at"].dt.as_unit("us").astype("int64").to_numpy()
    session = pd.factorize(events["session_id"])[0]
    # Ids only decide ties, so only those of tied events are sorted.
    tied = pd.DataFrame({"session": session, "at": at}).duplicated(keep=False).to_numpy()
    tie = np.zeros(len(events), dtype=np.int64)
    tie[tied] = pd.factorize(events["event_id"].array[tied], sort=True)[0]
    row = np.lexsort((tie, at, session))
    log = pd.DataFrame({"row": row, "at": at[row], "session": session[row], "who": who[row]})
    log["kind"] = events["kind"].astype("category").array.take(row)
    is_new_part = (log["session"].diff() != 0) | (log["at"].diff() > session_gap)
    return _number_turns(log.assign(part=is_new_part.cumsum() - 1).drop(columns="session"))


def _number_turns(log: pd.DataFrame) -> pd.DataFrame:
    """Add which events open a turn or show a response, and the numbers of those up to each event.

    `opener` and `nth` count over all sessions, `turn` and `response_of_part` in the part; -1 before the first.
    """
    is_response = (log["kind"] == "response") & (log["who"] >= 0)
    is_response[is_response] = ~log.loc[is_response, ["part", "who"]].duplicated()
    is_opener = log["kind"].isin(OPENERS)
    log = log.assign(is_opener=is_opener, opener=is_opener.cumsum() - 1, nth=is_response.cumsum() - 1)
    in_part = pd.DataFrame({"turn": is_opener, "response_of_part": is_response}).groupby(log["part"]).cumsum() - 1
    return log.assign(is_response=is_response, **in_part)


def _list_responses(log: pd.DataFrame, events: pd.DataFrame, observation_window: Window) -> pd.DataFrame:
    """Return one row per response: what it is, its turn, when it can be judged, whether people act there."""
    openers = log[log["is_opener"] & (log["who"] >= 0)].drop_duplicates(["part", "who"])
    named = openers[["part", "who", "turn", "opener"]].assign(pos=openers.index)
    responses = log[log["is_response"]].reset_index(names="pos").drop(columns=["kind", "is_opener", "is_response"])
    named = responses[["part", "who"]].merge(named, on=["part", "who"], how="left")
    is_named = (named["pos"] < responses["pos"]) & (responses["turn"] - named["turn"] <= LOOK_BACK_TURNS)
    responses["next_opener"] = responses["opener"] + 1
    asked_last = responses["opener"].where(responses["turn"] >= 0, -1)
    responses["opener"] = asked_last.mask(is_named, named["opener"]).astype("int64")
    responses["turn"] = responses["turn"].mask(is_named, named["turn"]).astype("int64")
    responses["ends_at"] = responses["at"] + _window_lengths(responses, log, events, observation_window)
    first_act_at = log[log["kind"].isin(TASK_ACTS)].drop_duplicates("part").set_index("part")["at"]
    responses["is_task_like"] = responses["part"].map(first_act_at) < responses["ends_at"]
    return responses


def _window_lengths(
    responses: pd.DataFrame, log: pd.DataFrame, events: pd.DataFrame, observation_window: Window
) -> pd.Series | int:
    """Return how long each response can be judged, by its feature or else that of its request."""
    if isinstance(observation_window, timedelta):
        return _microseconds(observation_window)
    lengths = {feature: _microseconds(window) for feature, window in observation_window.items()}
    asked = log.loc[log["is_opener"], ["opener", "row"]].set_index("opener")["row"]
    request = responses["opener"].map(asked)
    own, of_request = (events["feature"].reindex(rows).reset_index(drop=True) for rows in (responses["row"], request))
    return own.fillna(of_request).map(lengths).fillna(lengths["default"]).astype("int64")


def _attribute_acts(log: pd.DataFrame, responses: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
    """Return the acts that count, in order: `nth` is the response each is about."""
    acts = log[~log["kind"].isin(["request", "response"])]
    to_latest = (acts["who"] < 0) | acts["kind"].isin(["rephrase", "retry"])
    by_name = acts[["part", "who"]].merge(responses[["part", "who", "nth"]], on=["part", "who"], how="left")["nth"]
    latest = acts["nth"].where(acts["response_of_part"] >= 0)
    acts = acts.assign(nth=latest.where(to_latest, by_name.to_numpy())).dropna(subset="nth").astype({"nth": "int64"})
    about = responses.loc[acts["nth"], ["at", "ends_at", "turn"]].set_axis(acts.index)
    in_window = (about["at"] <= acts["at"]) & (acts["at"] < about["ends_at"])
    in_reach = acts["turn"].clip(lower=0) - about["turn"].clip(lower=0) <= LOOK_BACK_TURNS
    acts = acts.assign(shown_at=about["at"], value=values.to_numpy()[acts["row"]])
    return acts[in_window & in_reach]


def _add_simple_acts(facts: pd.DataFrame, acts: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Add whether each response was rejected, copied, retried or left, how long it was seen, how it was rated."""
    by_kind = {kind: acts[acts["kind"] == kind] for kind in ("reject", "retry", "abandon", "copy", "view", "rating")}
    return facts.assign(
        rejected=facts.index.isin(by_kind["reject"]["nth"]),
        retried=facts.index.isin(by_kind["retry"]["nth"]),
        abandoned=facts.index.isin(by_kind["abandon"]["nth"]),
        copied_at=_first_at(by_kind["copy"]),
        seen_ms=by_kind["view"].groupby("nth")["value"].sum(min_count=1),
        rating=by_kind["rating"].drop_duplicates("nth", keep="last").set_index("nth")["value"],
        turns_to_call=_count_turns_to_call(acts[acts["kind"] == "escalate"], responses),
    )


def _first_at(acts: pd.DataFrame) -> pd.Series:
    return acts.drop_duplicates("nth").set_index("nth")["at"]


def _count_turns_to_call(calls: pd.DataFrame, responses: pd.DataFrame) -> pd.Series:
    """Return how many responses before its nearest call for a human each one was: 0, 1 or 2."""
    blamed = pd.concat([calls.assign(nth=calls["nth"] - back, back=back) for back in range(3)])
    blamed = blamed.merge(responses[["nth", "part", "at", "ends_at"]], on=["nth", "part"], suffixes=("", "_shown"))
    blamed = blamed[(blamed["at_shown"] <= blamed["at"]) & (blamed["at"] < blamed["ends_at"])]
    return blamed.groupby("nth")["back"].min()


def _match_undos(steps: pd.DataFrame) -> pd.DataFrame:
    """Add what each undo took back, or which undo took a step back: a stack per response, by its height."""
    steps = steps.assign(is_undo=steps["kind"] == "undo")
    stacks = steps[steps["nth"].isin(steps.loc[steps["is_undo"], "nth"])]
    nth, is_undo = stacks["nth"], stacks["is_undo"]
    height = pd.Series(np.where(is_undo, -1, 1), index=stacks.index).groupby(nth).cumsum()
    depth = height - height.groupby(nth).cummin().clip(upper=0)
    level = depth.mask(is_undo, depth.groupby(nth).shift(fill_value=0))
    same_level = stacks.assign(is_accept=stacks["kind"] == "accept").groupby([nth, level])
    earlier, later = (same_level[["at", "is_accept"]].shift(by) for by in (1, -1))
    partner = earlier.where(is_undo, later)[level > 0]
    steps = steps.assign(partner_at=partner["at"], leaves_nothing=is_undo & (depth == 0))
    took_back_edit = partner["is_accept"].eq(False).reindex(steps.index, fill_value=False)
    return steps.assign(
        is_slip=(steps["partner_at"] - steps["at"]).abs() < SECOND,
        stands=~steps["is_undo"] & steps["partner_at"].isna(),
        leaves_nothing=steps["leaves_nothing"].eq(True),
        reverts_response=steps["is_undo"] & ~took_back_edit,
    )


def _add_edits(facts: pd.DataFrame, steps: pd.DataFrame, responses: pd.DataFrame, text: pd.Series) -> pd.DataFrame:
    """Add when each response was taken over or undone, and which share of it survived."""
    is_accept, counts = steps["kind"] == "accept", ~steps["is_slip"]
    last_undo = steps[steps["reverts_response"] & counts].drop_duplicates("nth", keep="last").set_index("nth")
    undone_after = last_undo["at"] - last_undo["partner_at"].fillna(last_undo["shown_at"])
    still_accepted = facts.index.isin(steps.loc[is_accept & steps["stands"], "nth"])
    return facts.assign(
        accepted_after_s=(_first_at(steps[is_accept & counts]) - responses["at"]) / SECOND,
        undone_after_s=(undone_after / SECOND).reindex(facts.index).mask(still_accepted),
        kept_share=_measure_kept(steps, responses, text),
    )


def _list_takes(acts: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Return when each response was copied, or accepted or edited and that could no longer be a slip."""
    kept = steps.loc[~steps["is_undo"] & ~steps["is_slip"], ["nth", "at"]]
    return pd.concat([kept.assign(at=kept["at"] + SECOND), acts.loc[acts["kind"] == "copy", ["nth", "at"]]])


def _measure_kept(steps: pd.DataFrame, responses: pd.DataFrame, text: pd.Series) -> pd.Series:
    """Return the share of each response that its last edit kept: as stated, else measured on the texts."""
    has_value = steps["value"].notna()
    has_word = has_value | text.notna().to_numpy()[steps["row"]]
    says = ((steps["kind"] == "edit") & steps["stands"] & has_word) | (steps["is_undo"] & ~steps["is_slip"] & has_value)
    last = steps[says].drop_duplicates("nth", keep="last").set_index("nth")
    silent = last.index[last["value"].isna()]
    before, after = text.iloc[responses.loc[silent, "row"]], text.iloc[last.loc[silent, "row"]]
    pairs = pd.DataFrame({"before": before.array, "after": after.array}, index=silent).dropna()
    measured = pd.Series(map(_surviving_share, pairs["before"], pairs["after"]), pairs.index, dtype=float)
    return last["value"].fillna(measured)


def _surviving_share(before: str, after: str) -> float:
    if not before:
        return float(not after)
    before, after = before[:COMPARED_CHARACTERS], after[:COMPARED_CHARACTERS]
    blocks = Indel.opcodes(before, after).as_matching_blocks()
    return sum(block.size for block in blocks if block.size >= min(SURVIVING_RUN, len(before))) / len(before)


def _add_next_request(
    facts: pd.DataFrame, openers: pd.DataFrame, responses: pd.DataFrame, text: pd.Series
) -> pd.DataFrame:
    """Add when the person asked or spoke next, inside the window, and whether it was to complain or to thank."""
    following = openers.reindex(responses["next_opener"]).set_axis(responses.index)
    following = following[(following["part"] == responses["part"]) & (following["at"] < responses["ends_at"])]
    kind, sayings = pd.factorize(text.iloc[following["row"].astype("int64")])
    said = pd.Series(sayings)
    opening = said.str.slice(0, 160)
    complains = _says(opening, _COMPLAINTS)
    asks = said.str.contains("?", regex=False)
    thanks = ((said.str.len() <= 60) & _says(opening, _THANKS) & ~asks & ~complains).to_numpy(dtype=bool)
    spoke = kind >= 0
    return facts.assign(
        next_request_after_s=(following["at"] - responses["at"]) / SECOND,
        complained=facts.index.isin(following.index[spoke][complains[kind[spoke]]]),
        thanked=facts.index.isin(following.index[spoke][thanks[kind[spoke]]]),
    )


def _says(opening: pd.Series, patterns: tuple[str, ...]) -> np.ndarray:
    """Return which texts match in lower case, read as ASCII but for blanks: pyarrow does, pandas would not."""
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    joined = joined.replace(r"\W", "[^a-z]").replace(r"\s", f"[{BLANKS}]")
    found = pc.match_substring_regex(pa.array(opening.str.lower(), pa.string()), joined)
    return found.to_numpy(zero_copy_only=False).astype(bool)


def _add_attempts(
    facts: pd.DataFrame, links: pd.DataFrame, openers: pd.DataFrame, responses: pd.DataFrame
) -> pd.DataFrame:
    """Add how often each request was asked again, and whether the product itself recorded a rephrase."""
    return facts.assign(
        n_rephrasings=_count_rephrasings(links, openers, responses).reindex(facts.index, fill_value=0),
        is_rephrased_explicitly=facts.index.isin(links.loc[links["kind"] == "rephrase", "nth"]),
    )


def _explicit_links(openers: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Return the rephrases and retries: each asks the latest earlier response of its part again."""
    asking = openers[(openers["kind"] != "request") & (openers["response_of_part"] >= 0)]
    asked = responses.loc[asking["nth"], ["ends_at", "turn", "opener"]].set_axis(asking.index)
    in_reach = asking["turn"].clip(lower=0) - asked["turn"].clip(lower=0) <= LOOK_BACK_TURNS
    return asking.assign(asked_opener=asked["opener"])[(asking["at"] < asked["ends_at"]) & in_reach]


def _similar_links(
    openers: pd.DataFrame, responses: pd.DataFrame, text: pd.Series, takes: pd.DataFrame, returns: pd.DataFrame
) -> pd.DataFrame:
    """Return the requests that ask much the same as one of the five turns before, which was not taken over then."""
    alike = _keep_alike(_pair_up(openers, responses, text), text).sort_values("pos")
    latest = responses[["pos", "opener", "nth", "ends_at"]]
    pairs = pd.merge_asof(alike, latest, on="pos", left_by="asked_opener", right_by="opener", suffixes=("", "_asked"))
    pairs = pairs[pairs["at"] < pairs["ends_at"]]
    nearest = pairs.sort_values("asked_opener").drop_duplicates("asking_opener", keep="last")
    nearest = nearest.set_index("asking_opener").astype({"nth": "int64"})
    asked = nearest.rename_axis("asking_opener").reset_index().sort_values("at", kind="stable")
    for times, name in ((takes, "taken_at"), (returns, "returned_at")):
        known = times[["nth", "at"]].sort_values("at").assign(**{name: lambda known: known["at"]})
        asked = pd.merge_asof(asked, known, on="at", by="nth", allow_exact_matches=times is takes)
    stands = asked["taken_at"].notna() & ~(asked["returned_at"] >= asked["taken_at"])
    return asked[~stands].set_index("asking_opener")


def _pair_up(openers: pd.DataFrame, responses: pd.DataFrame, text: pd.Series) -> pd.DataFrame:
    """Return requests beside an earlier opener of their part whose answer could still be judged by then."""
    said = openers["row"].where(text.notna().to_numpy()[openers["row"]])
    # A retry without words repeats those before it.
    said = said.where(openers["kind"] != "retry", said.groupby(openers["part"]).ffill()).dropna().astype("int64")
    spoken = openers.loc[said.index, ["pos", "part", "at", "kind"]].assign(row=said)
    asking = spoken[spoken["kind"] == "request"].rename_axis("asking_opener").reset_index()
    ends_at = responses.groupby("opener")["ends_at"].max()
    earlier = spoken[["part", "row"]].join(ends_at, how="inner").add_suffix("_asked")
    pairs = []
    for lag in range(1, COMPARED_TURNS + 1):
        found = asking.assign(asked_opener=asking["asking_opener"] - lag)
        found = found.merge(earlier, left_on="asked_opener", right_index=True)
        pairs.append(found[(found["part"] == found["part_asked"]) & (found["at"] < found["ends_at_asked"])])
    return pd.concat(pairs)[["asking_opener", "asked_opener", "pos", "at", "kind", "row", "row_asked"]]


def _keep_alike(pairs: pd.DataFrame, text: pd.Series) -> pd.DataFrame:
    """Return the pairs whose words are much the same and which do not name different things by number."""
    said, sayings = pd.factorize(text.iloc[np.concatenate([pairs["row"], pairs["row_asked"]])])
    words = pd.Series([utils.default_process(saying) for saying in sayings], dtype=object)
    pairs = pairs.assign(said=said[: len(pairs)], said_before=said[len(pairs) :])
    texts, texts_before = (words.take(pairs[side]).tolist() for side in ("said", "said_before"))
    alike = process.cpdist(texts, texts_before, scorer=fuzz.token_set_ratio, score_cutoff=SAME_REQUEST) >= SAME_REQUEST
    pairs = pairs[alike].reset_index(drop=True)
    has_number = words.str.contains(r"\d").to_numpy(dtype=bool)
    numbered = pairs[has_number[pairs["said"]] & has_number[pairs["said_before"]]]
    named, named_before = (_numbers_in(words.take(numbered[side]), numbered) for side in ("said", "said_before"))
    shared = named.merge(named_before, on=["pair", "number"])["pair"]
    return pairs[~pairs.index.isin(numbered.index) | pairs.index.isin(shared)]


def _numbers_in(words: pd.Series, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return one row per word with a digit in it: `number`, and which of the pairs (`pair`) says it."""
    numbers = words.set_axis(pairs.index).str.findall(r"\S*\d\S*").explode()
    return numbers.rename_axis("pair").reset_index(name="number")


def _count_rephrasings(links: pd.DataFrame, openers: pd.DataFrame, responses: pd.DataFrame) -> pd.Series:
    """Return how many later attempts at its request, retries left out, came inside the window of a response."""
    first = openers.index.to_numpy(copy=True)
    in_turn = links[links["asked_opener"] >= 0]
    first[in_turn.index] = in_turn["asked_opener"]
    while (first != first[first]).any():
        first = first[first]
    counts = pd.Series(0, index=openers.index)
    counts[links.index[links["kind"] != "retry"]] = 1
    chains = openers.loc[np.isin(first, first[in_turn.index]), ["at", "pos"]].assign(
        chain=lambda chains: first[chains.index]
    )
    chains["rank"] = counts[chains.index].groupby(chains["chain"]).cumsum()
    direct = links[links["kind"] != "retry"].groupby("nth").size()
    asked = responses.loc[links["nth"].unique(), ["nth", "opener", "ends_at", "pos"]].query("opener >= 0")
    asked = asked.join(chains["chain"], on="opener").sort_values("pos")
    # What was asked before the response was shown does not count against it.
    asked = pd.merge_asof(asked, chains[["pos", "chain", "rank"]], on="pos", by="chain").sort_values("ends_at")
    later = chains[["at", "chain", "rank"]].rename(columns={"at": "ends_at", "rank": "last_rank"})
    later = later.sort_values("ends_at", kind="stable")
    last = pd.merge_asof(asked, later, on="ends_at", by="chain", allow_exact_matches=False).set_index("nth")
    return (last["last_rank"] - last["rank"]).combine_first(direct)
