"""One row per response: what was asked, what was answered, and how long it can be judged."""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from feedback.errors import SettingsError
from feedback.interactions.timeline import SET_APART

LOOK_BACK_TURNS = 200
AUTOMATED_ABOVE = 10_000
_OF_REQUEST = "request: "
TASK_ACTS = ("accept", "edit", "undo", "reject", "copy")

Window = timedelta | Mapping[str, timedelta]


def list_responses(timeline: pl.LazyFrame, *, observation_window: Window) -> pl.LazyFrame:
    """Return one row per response, in the order of the timeline.

    Columns: `pos`, `part`, `nth` (row number among responses), ids, `turn`, `request_text`,
    `response_text`, `next_request_text`, `shown_at`, `window_ends_at`, `next_request_after_s`,
    `is_task_like`, `is_automated`, `is_repeated` (an earlier part had shown it already: acts may be
    about it, but it is no interaction of its own), and the dimensions and measures: the response's value,
    else its request's.
    """
    carried = _carried_columns(timeline)
    responses = timeline.filter("is_response")
    requests = _list_requests(timeline, carried)
    return (
        responses.pipe(_find_request, timeline)
        .join(requests, left_on="request_pos", right_on="pos", how="left")
        .join(_next_requests(timeline), left_on="next_opener", right_on="pos", how="left")
        .join(_summarise_parts(timeline), on="part", how="left")
        .with_columns(pl.coalesce(name, _OF_REQUEST + name).alias(name) for name in carried)
        .with_columns(shown_at=pl.col("occurred_at"), response_text=pl.col("text"))
        .with_columns(window_ends_at=pl.col("shown_at") + window_length(observation_window))
        .with_columns(_next_inside_window(), is_task_like=_is_task_like())
        .sort("pos")
        .with_row_index("nth")
        .with_columns(pl.col("nth").cast(pl.Int64), is_repeated=~pl.col("interaction_id").is_first_distinct())
        .select(
            "nth", "pos", "part", "interaction_id", "session_id", "session_part", "turn", "request_text",
            "response_text", "next_request_text", "next_request_after_s", "next_request_event_id",
            "next_opener",
            "shown_at", "window_ends_at", "is_task_like", "is_automated", "is_repeated", *carried,
        )
    )  # fmt: skip


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


def _carried_columns(timeline: pl.LazyFrame) -> list[str]:
    """Return what a response takes from its request where it has no value of its own."""
    further = (name for name in timeline.collect_schema().names() if name.startswith(SET_APART))
    return ["user_id", "feature", *further]


def _list_requests(timeline: pl.LazyFrame, carried: list[str]) -> pl.LazyFrame:
    """Return one row per opener with what it asked; a retry without words repeats the words before it."""
    spoken = pl.col("text").forward_fill().over("part")
    repeats = (pl.col("kind") == "retry") & pl.col("text").is_null()
    return timeline.filter("is_opener").select(
        "pos",
        pl.when(repeats).then(spoken).otherwise("text").alias("request_text"),
        pl.col(carried).name.prefix(_OF_REQUEST),
    )


def _find_request(responses: pl.LazyFrame, timeline: pl.LazyFrame) -> pl.LazyFrame:
    """Add `request_pos`: the first opener of the part that names the response, else the latest earlier one."""
    named = (
        timeline.filter(pl.col("is_opener") & pl.col("interaction_id").is_not_null())
        .unique(["part", "interaction_id"], keep="first", maintain_order=True)
        .select("part", "interaction_id", named_pos="pos", named_turn="turn")
    )
    joined = responses.join(named, on=["part", "interaction_id"], how="left")
    is_named = (pl.col("named_pos") < pl.col("pos")) & within_reach("turn", "named_turn")
    return joined.with_columns(
        request_pos=pl.when(is_named).then("named_pos").otherwise("last_opener"),
        turn=pl.when(is_named).then("named_turn").otherwise("turn"),
    )


def _next_requests(timeline: pl.LazyFrame) -> pl.LazyFrame:
    return timeline.filter("is_opener").select(
        "pos", next_request_at="occurred_at", next_request_text="text", next_request_event_id="event_id"
    )


def _next_inside_window() -> list[pl.Expr]:
    inside = pl.col("next_request_at") < pl.col("window_ends_at")
    after = pl.col("next_request_at") - pl.col("shown_at")
    return [
        pl.when(inside).then(after.dt.total_microseconds() / 1e6).alias("next_request_after_s"),
        pl.when(inside).then("next_request_text").alias("next_request_text"),
        pl.when(inside).then("next_request_event_id").alias("next_request_event_id"),
    ]


def _summarise_parts(timeline: pl.LazyFrame) -> pl.LazyFrame:
    is_task_act = pl.col("kind").is_in(list(TASK_ACTS))
    return timeline.group_by("part").agg(
        is_automated=pl.len() > AUTOMATED_ABOVE, first_act_at=pl.col("occurred_at").filter(is_task_act).min()
    )


def _is_task_like() -> pl.Expr:
    return (pl.col("first_act_at") < pl.col("window_ends_at")).fill_null(value=False)
