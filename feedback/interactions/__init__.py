"""From events to interactions: what each AI response led the person to do.

`timeline` orders the events and cuts them into parts and turns; `responses` lists what was shown;
`attribution` finds the response each act is about; `acts`, `edits` (with `undos`), `attempts` (with
`similarity`), `chains` and `escalations` sum them up; `evidence` keeps which events those were; `outcomes`
says what became of it.

Events, openers and responses are known by their row numbers all the way (`numbers`), and text stays where it is
in the log until the end: that is what makes it fast.
"""

from datetime import datetime, timedelta
from typing import TypeVar, cast

import polars as pl
import polars.selectors as cs

from feedback.interactions.acts import summarise_acts
from feedback.interactions.attempts import find_attempts
from feedback.interactions.attribution import attribute_acts
from feedback.interactions.chains import summarise_attempts
from feedback.interactions.edits import list_returns, list_steps, list_takes, summarise_edits
from feedback.interactions.escalations import blame_responses, summarise_escalations
from feedback.interactions.evidence import collect_evidence, list_evidence
from feedback.interactions.kinds import seconds
from feedback.interactions.outcomes import decide_outcome, judge_chains
from feedback.interactions.responses import Window, carry_over, list_responses
from feedback.interactions.timeline import (
    SET_APART,
    list_openers,
    list_parts,
    order_events,
    put_in_order_of_time,
    set_further_apart,
)
from feedback.schemas import TABLES
from feedback.schemas.order import order_by_time

OBSERVATION_WINDOW = timedelta(minutes=30)
SESSION_GAP = timedelta(hours=12)
_ROWS = ("row", "request_row", "opener", "next_opener")
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


def derive_interactions(
    events: Frame,
    *,
    observation_window: Window = OBSERVATION_WINDOW,
    session_gap: timedelta = SESSION_GAP,
    watermark: datetime | None = None,
    previous_watermark: datetime | None = None,
) -> Frame:
    """Return one row per AI response with what the person did about it (table `interactions`).

    Parameters
    ----------
    events
        Table `events`, one row per event, in any order, without duplicates, each `interaction_id` in one
        session only. Further columns are dimensions (text) and measures (numbers).
    observation_window
        How long after it was shown a response can be judged: one length, or one per `feature` with a
        `default`.
    session_gap
        A silence longer than this starts a new part of the session.
    watermark
        Event time up to which all events have arrived; windows that ended by then are final. None: no
        window is.
    previous_watermark
        The watermark before these events arrived; windows that had ended by then are marked as backfill.

    Returns
    -------
    Frame
        One row per response, sorted by `shown_at` and `interaction_id`. Times of acts are seconds since
        the response was shown (`undone_after_s`: since the accept it reverts). Null means not observed.

    Raises
    ------
    SettingsError
        When a window is not positive or a mapping of windows has no `default`.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = [datetime(2026, 1, 5, 9, 0, second, tzinfo=UTC) for second in (0, 2, 12)]
    >>> events = pl.DataFrame(
    ...     {
    ...         "event_id": ["e1", "e2", "e3"],
    ...         "occurred_at": at,
    ...         "received_at": at,
    ...         "kind": ["request", "response", "copy"],
    ...         "session_id": ["s", "s", "s"],
    ...         "user_id": ["u", None, None],
    ...         "interaction_id": ["i", "i", None],
    ...         "text": ["How long is the warranty?", "Two years.", None],
    ...         "value": [None, None, None],
    ...     },
    ...     schema_overrides={"value": pl.Float64},
    ... )
    >>> found = derive_interactions(events, watermark=datetime(2026, 1, 6, tzinfo=UTC))
    >>> found.select("interaction_id", "copied_after_s", "outcome", "is_final").row(0)
    ('i', 10.0, 'clean_success', True)
    """
    further = _further_columns(events)
    log = put_in_order_of_time(set_further_apart(events.lazy(), further).collect(engine="in-memory"))
    timeline = order_events(log, session_gap=session_gap)
    parts = list_parts(timeline)
    openers = list_openers(timeline, parts, log)
    responses = list_responses(timeline, parts, openers, log, observation_window=observation_window)
    acts = attribute_acts(timeline, parts, responses)
    steps = list_steps(acts, log, n_responses=responses.height)
    done = summarise_acts(acts, log["value"], n_responses=responses.height)
    edited = summarise_edits(steps, responses, log["text"])
    attempts = find_attempts(openers, responses, list_takes(acts, steps), list_returns(steps))
    blamed = blame_responses(acts, responses)
    asked_again = summarise_attempts(attempts, openers, responses)
    called = summarise_escalations(blamed, n_responses=responses.height)
    summed_up = pl.concat([responses, done, edited, asked_again, called], how="horizontal")
    interactions = summed_up.with_columns(
        *_maturity(watermark, previous_watermark),
        has_recovered=judge_chains(summed_up, n_openers=openers.height),
        accepted_after_s=seconds(pl.col("accepted_at"), pl.col("shown_at")),
    ).with_columns(decide_outcome())
    evidence = list_evidence(acts, attempts, blamed, openers, responses)
    finished = _finish(interactions, evidence, openers, timeline["row"], log, further)
    return cast(Frame, finished if isinstance(events, pl.DataFrame) else finished.lazy())


def _finish(
    interactions: pl.DataFrame,
    evidence: pl.DataFrame,
    openers: pl.DataFrame,
    rows: pl.Series,
    log: pl.DataFrame,
    further: list[str],
) -> pl.DataFrame:
    """Return the table `interactions` in its order, with the texts and further columns of the log."""
    shown = (~interactions["is_repeated"]).arg_true()
    nth = shown.gather(order_by_time(*(interactions[name].gather(shown) for name in ("shown_at", "interaction_id"))))
    declared = TABLES["interactions"].columns
    ordered = interactions.select(cs.by_name(*declared, *_ROWS, require_all=False))[nth]
    own = ordered["row"]
    carried = ("user_id", *(SET_APART + name for name in further))
    known = ordered.with_columns(
        session_id=log["session_id"].gather(own),
        request_text=openers["asked"].gather(ordered["opener"]),
        response_text=log["text"].gather(own),
        next_request_text=openers["text"].gather(ordered["next_opener"]),
        evidence_event_ids=collect_evidence(evidence, nth, interactions.height, log["event_id"], rows),
        **{name: carry_over(log[name], own, ordered["request_row"]) for name in carried},
    )
    return known.select(
        *(pl.col(name).cast(dtype) for name, dtype in declared.items()),
        *(pl.col(SET_APART + name).alias(name) for name in further),
    )


def _further_columns(events: pl.DataFrame | pl.LazyFrame) -> list[str]:
    declared = {*TABLES["events"].columns, *TABLES["interactions"].columns}
    return sorted(name for name in events.lazy().collect_schema() if name not in declared)


def _maturity(watermark: datetime | None, previous_watermark: datetime | None) -> list[pl.Expr]:
    def ended_by(time: datetime | None) -> pl.Expr:
        return (
            pl.lit(value=False) if time is None else pl.col("window_ends_at") <= pl.lit(time, pl.Datetime("us", "UTC"))
        )

    return [ended_by(watermark).alias("is_final"), ended_by(previous_watermark).alias("is_backfill")]
