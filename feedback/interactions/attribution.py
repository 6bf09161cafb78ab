"""Which response an act is about."""

import polars as pl

from feedback.interactions.kinds import of_kind
from feedback.interactions.numbers import rows_upto
from feedback.interactions.responses import LOOK_BACK_TURNS

_ASKS_AGAIN = ("rephrase", "retry")
_NOT_ACTS = ("request", "response")


def attribute_acts(timeline: pl.DataFrame, parts: pl.DataFrame, responses: pl.DataFrame) -> pl.DataFrame:
    """Return one row per act that counts, in order: it is about a response and lies inside its window.

    An act that names a response is about that one, or about none when its part has no such response. An act
    that names none, and every rephrase or retry, is about the latest earlier response of its part. Either
    lies at most 200 turns back. Columns: the act's `pos`, `row` in the log, `kind`, `occurred_at`, `part`, and
    `nth` and `shown_at` of the response.
    """
    pos = timeline.select((~of_kind(*_NOT_ACTS)).arg_true()).to_series()
    columns = ("row", "kind", "occurred_at", "part", "interaction_id", "n_responses", "n_openers")
    acts = timeline.select(columns)[pos].with_columns(pos=pos).pipe(_find_response, responses)
    acts = acts.filter(pl.col("nth").is_not_null())
    about = acts.with_columns(
        shown_at=responses["shown_at"].gather(acts["nth"]),
        ends_at=responses["window_ends_at"].gather(acts["nth"]),
        turn=pl.col("n_openers").cast(pl.Int64) - 1 - parts["first_opener"].gather(acts["part"]).cast(pl.Int64),
        response_turn=responses["turn"].gather(acts["nth"]),
    )
    in_window = (pl.col("shown_at") <= pl.col("occurred_at")) & (pl.col("occurred_at") < pl.col("ends_at"))
    in_reach = pl.col("turn").clip(0) - pl.col("response_turn").fill_null(0) <= LOOK_BACK_TURNS
    return about.filter(in_window & in_reach).select("pos", "row", "kind", "occurred_at", "part", "nth", "shown_at")


def _find_response(acts: pl.DataFrame, responses: pl.DataFrame) -> pl.DataFrame:
    """Add `nth`: the response that the act names, or the latest earlier one of its part; null for none."""
    latest = acts.select(pl.when(pl.col("n_responses") > 0).then(pl.col("n_responses") - 1)).to_series()
    in_part = responses["part"].gather(latest) == acts["part"]
    acts = acts.with_columns(nth=pl.when(in_part).then(latest), latest_id=responses["interaction_id"].gather(latest))
    names_none = pl.col("interaction_id").is_null() | of_kind(*_ASKS_AGAIN)
    is_about_latest = names_none | (in_part & (pl.col("interaction_id") == pl.col("latest_id"))).fill_null(value=False)
    others = acts.select((~is_about_latest).arg_true()).to_series()
    if others.is_empty():
        return acts
    known = responses.select("part", "interaction_id", named=rows_upto(responses.height))
    named = acts.select("part", "interaction_id")[others].join(
        known, on=["part", "interaction_id"], how="left", maintain_order="left"
    )
    return acts.with_columns(nth=acts["nth"].scatter(others, named["named"]))
