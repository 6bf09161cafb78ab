"""The events that say something about a response."""

import numpy as np
import polars as pl

from feedback.interactions.kinds import of_kind
from feedback.interactions.numbers import first_of


def list_evidence(
    acts: pl.DataFrame,
    attempts: pl.DataFrame,
    blamed: pl.DataFrame,
    openers: pl.DataFrame,
    responses: pl.DataFrame,
) -> pl.DataFrame:
    """Return one row per response (`nth`) and event (`pos`) that says something about it, in no order.

    Evidence is every act about the response but views, every later attempt at its request, a call for a
    human it shares the blame for, and what the person asked or said next, all inside its window.
    """
    nth = responses["next_opener"].is_not_null().arg_true()
    said_next = pl.DataFrame({"nth": nth, "pos": openers["pos"].gather(responses["next_opener"].gather(nth))})
    told = (acts.filter(~of_kind("view")), attempts.filter("is_same"), blamed, said_next)
    return pl.concat([frame.select("nth", "pos") for frame in told])


def collect_evidence(
    evidence: pl.DataFrame, nth: pl.Series, n_responses: int, event_ids: pl.Series, rows: pl.Series
) -> pl.Series:
    """Return the ids of the events of each response, each once, in time order; an empty list where there are none.

    `nth` has the responses in the order of the result, `rows` the row in the log of each event of the timeline,
    and `event_ids` the ids of the log.
    """
    place = first_of(nth, n_responses).gather(evidence["nth"])
    told = evidence.select("pos").with_columns(place=place).drop_nulls("place")
    key = pl.Series((told["place"].to_numpy().astype(np.uint64) << np.uint64(32)) | told["pos"].to_numpy()).sort()
    key = key.filter(key.ne_missing(key.shift())).to_numpy()
    place, pos = pl.Series((key >> np.uint64(32)).astype(np.uint32)), pl.Series(key.astype(np.uint32))
    told = pl.DataFrame({"place": place, "event_id": event_ids.gather(rows.gather(pos))}).set_sorted("place")
    lists = told.group_by("place", maintain_order=True).agg("event_id")
    found = lists["event_id"].gather(first_of(lists["place"], len(nth)))
    return pl.select(pl.coalesce(found, pl.lit(pl.Series([[]], dtype=pl.List(pl.String))))).to_series()
