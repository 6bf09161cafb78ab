"""One row per response: what was asked, what was answered, and how long it can be judged."""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from feedback.errors import SettingsError
from feedback.interactions.kinds import of_kind
from feedback.interactions.numbers import first_of, rows_upto

LOOK_BACK_TURNS = 200
AUTOMATED_ABOVE = 10_000
TASK_ACTS = ("accept", "edit", "undo", "reject", "copy")

Window = timedelta | Mapping[str, timedelta]


def list_responses(
    timeline: pl.DataFrame,
    parts: pl.DataFrame,
    openers: pl.DataFrame,
    log: pl.DataFrame,
    *,
    observation_window: Window,
) -> pl.DataFrame:
    """Return one row per response, in the order of the timeline; the row number is that of the response, `nth`.

    Columns: `pos`, `row` in the log, `part`, `interaction_id`, `opener` and `request_row` (the opener that asked
    for it and its row in the log, null where none did), `n_openers` before it over all sessions, `turn`,
    `next_opener` (inside the window),
    `next_request_after_s`, `feature`, `shown_at`, `window_ends_at`, `is_task_like`, `is_automated`,
    `session_part`, `is_repeated` (an earlier part had shown it already: acts may be about it, but it is no
    interaction of its own).
    """
    pos = timeline["is_response"].arg_true()
    responses = timeline.select("row", "part", "interaction_id", "n_openers", shown_at="occurred_at")[pos]
    responses = responses.with_columns(pos=pos).pipe(_find_request, openers)
    responses = responses.with_columns(
        request_row=openers["row"].gather(responses["opener"]),
        turn=openers["turn"].gather(responses["opener"]),
        session_part=parts["session_part"].gather(responses["part"]),
        is_automated=(parts["n_events"] > AUTOMATED_ABOVE).gather(responses["part"]),
        first_act_at=_first_task_acts(timeline, parts).gather(responses["part"]),
        is_repeated=_is_repeated(responses["interaction_id"]),
    )
    feature = carry_over(log["feature"], responses["row"], responses["request_row"])
    return (
        responses.with_columns(feature=feature)
        .with_columns(window_ends_at=pl.col("shown_at") + window_length(observation_window))
        .pipe(_find_next_request, openers)
        .with_columns(is_task_like=(pl.col("first_act_at") < pl.col("window_ends_at")).fill_null(value=False))
        .drop("first_act_at")
    )


def carry_over(column: pl.Series, rows: pl.Series, request_rows: pl.Series) -> pl.Series:
    """Return what the log has in a column for each response, else for its request.

    `rows` and `request_rows` are rows of the log, those of requests null where there is none.
    """
    own = column.gather(rows)
    return pl.select(pl.coalesce(own, column.gather(request_rows))).to_series() if own.null_count() else own


def window_length(observation_window: Window) -> pl.Expr:
    """Return the observation window as a duration, by `feature` where one is given per feature.

    A mapping needs the key `default`, which serves features it does not name.

    Raises
    ------
    SettingsError
        When a mapping lacks `default`, or a window is not positive.
    """
    windows = observation_window if isinstance(observation_window, Mapping) else {"default": observation_window}
    if "default" not in windows:
        raise SettingsError("observation windows per feature need one named 'default'")
    if min(windows.values()) <= timedelta(0):
        raise SettingsError("an observation window must be longer than zero")
    named = {feature: window for feature, window in windows.items() if feature != "default"}
    length = pl.lit(windows["default"])
    for feature, window in named.items():
        length = pl.when(pl.col("feature") == feature).then(pl.lit(window)).otherwise(length)
    return length


def within_reach(turn: str, earlier_turn: str) -> pl.Expr:
    """Return whether one may look back from a turn to an earlier one of its part."""
    return pl.col(turn).fill_null(0) - pl.col(earlier_turn).fill_null(0) <= LOOK_BACK_TURNS


def _find_request(responses: pl.DataFrame, openers: pl.DataFrame) -> pl.DataFrame:
    """Add `opener`: the first opener of the part that names the response, else the latest earlier one."""
    latest = responses.select(pl.when(pl.col("n_openers") > 0).then(pl.col("n_openers") - 1)).to_series()
    in_part = openers["part"].gather(latest) == responses["part"]
    found = responses.with_columns(opener=pl.when(in_part).then(latest))
    named = _find_named(found, openers)
    return found.with_columns(opener=found["opener"].scatter(named["nth"], named["named"])) if named.height else found


def _find_named(responses: pl.DataFrame, openers: pl.DataFrame) -> pl.DataFrame:
    """Return one row per response (`nth`) that is named first by another opener than the latest: `named`."""
    latest, names = responses["opener"], openers["interaction_id"]
    is_first = names.hash().is_first_distinct()
    by_latest = ((names.gather(latest) == responses["interaction_id"]) & is_first.gather(latest)).fill_null(value=False)
    known = responses.select("part", "interaction_id", "opener", response_pos="pos", nth=rows_upto(responses.height))
    asking = known.filter(~by_latest)
    is_left = names.is_not_null().scatter(latest.filter(by_latest), values=False)
    left = openers.select("part", "interaction_id", "pos", named_turn="turn", named=rows_upto(openers.height))
    first = left.filter(is_left).unique(["part", "interaction_id"], keep="first", maintain_order=True)
    found = asking.join(first, on=["part", "interaction_id"]).filter(pl.col("pos") < pl.col("response_pos"))
    return found.with_columns(turn=openers["turn"].gather(found["opener"])).filter(within_reach("turn", "named_turn"))


def _find_next_request(responses: pl.DataFrame, openers: pl.DataFrame) -> pl.DataFrame:
    """Add `next_opener`, the next one of the part inside the window, and `next_request_after_s`."""
    following = responses.select(pl.when(pl.col("n_openers") < openers.height).then("n_openers")).to_series()
    asked_at, part = openers["asked_at"].gather(following), openers["part"].gather(following)
    is_next = (part == pl.col("part")) & (asked_at < pl.col("window_ends_at"))
    after_s = (asked_at - pl.col("shown_at")).dt.total_microseconds() * 1e-6
    return responses.with_columns(
        next_opener=pl.when(is_next).then(following), next_request_after_s=pl.when(is_next).then(after_s)
    )


def _is_repeated(names: pl.Series) -> pl.Series:
    """Return whether an earlier row has the same name: names are compared only where their hashes are equal."""
    numbers = names.hash()
    if numbers.n_unique() == len(numbers):
        return pl.repeat(value=False, n=len(names), eager=True)
    twice = numbers.is_duplicated()
    return twice.scatter(twice.arg_true(), ~names.filter(twice).is_first_distinct())


def _first_task_acts(timeline: pl.DataFrame, parts: pl.DataFrame) -> pl.Series:
    acts = timeline.filter(of_kind(*TASK_ACTS)).select("part", "occurred_at")
    return acts["occurred_at"].gather(first_of(acts["part"], parts.height))
