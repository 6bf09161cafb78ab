"""From events to interactions: what each AI response led the person to do.

`timeline` orders the events and cuts them into parts and turns; `responses` lists what was shown;
`attribution` finds the response each act is about; `acts`, `edits`, `rephrasing` and `escalations` sum
them up; `evidence` keeps which events those were; `outcomes` says what became of it.
"""

from datetime import datetime, timedelta
from typing import TypeVar, cast

import polars as pl

from feedback.interactions.acts import summarise_acts
from feedback.interactions.attribution import attribute_acts, seconds
from feedback.interactions.edits import summarise_edits, when_taken_over
from feedback.interactions.escalations import blame_responses, summarise_escalations
from feedback.interactions.evidence import collect_evidence
from feedback.interactions.outcomes import decide_outcome, judge_chains
from feedback.interactions.rephrasing import find_attempts, summarise_attempts
from feedback.interactions.responses import Window, list_responses
from feedback.interactions.timeline import SET_APART, order_events, set_further_apart
from feedback.schemas import TABLES

OBSERVATION_WINDOW = timedelta(minutes=30)
SESSION_GAP = timedelta(hours=12)
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
    timeline = _settle(order_events(set_further_apart(events.lazy(), further), session_gap=session_gap))
    responses = _settle(list_responses(timeline, observation_window=observation_window))
    acts = _settle(attribute_acts(timeline, responses))
    done, edited = _settle(summarise_acts(acts)), _settle(summarise_edits(acts, responses))
    attempts = _settle(find_attempts(timeline, responses, when_taken_over(done, edited)))
    blamed = blame_responses(acts, responses)
    summaries = (
        done,
        edited,
        summarise_attempts(attempts, timeline, responses),
        summarise_escalations(blamed),
        collect_evidence(acts, attempts, blamed, responses),
    )
    interactions = responses
    for summary in summaries:
        interactions = interactions.join(summary, on="nth", how="left")
    interactions = (
        judge_chains(interactions)
        .with_columns(*_known_defaults(), *_maturity(watermark, previous_watermark))
        .with_columns(decide_outcome())
    )
    declared = TABLES["interactions"].columns
    finished = (
        interactions.filter(~pl.col("is_repeated"))
        .select(
            *(pl.col(name).cast(dtype) for name, dtype in declared.items()),
            *(pl.col(SET_APART + name).alias(name) for name in further),
        )
        .sort("shown_at", "interaction_id")
    )
    return cast(Frame, finished.collect(engine="in-memory") if isinstance(events, pl.DataFrame) else finished)


def _settle(frame: pl.LazyFrame) -> pl.LazyFrame:
    # Frames that several summaries read. Left lazy, every summary would work them out anew.
    return frame.collect(engine="in-memory").lazy()


def _further_columns(events: pl.DataFrame | pl.LazyFrame) -> list[str]:
    declared = {*TABLES["events"].columns, *TABLES["interactions"].columns}
    return sorted(name for name in events.lazy().collect_schema() if name not in declared)


def _known_defaults() -> list[pl.Expr]:
    names = ("is_accepted", "is_edited", "is_rephrased_explicitly")
    no_events = pl.lit(pl.Series([[]], dtype=pl.List(pl.String)))
    return [pl.col(name).fill_null(value=False) for name in names] + [
        pl.col("n_rephrasings").fill_null(0),
        pl.coalesce("evidence_event_ids", no_events).alias("evidence_event_ids"),
        seconds(pl.col("accepted_at"), pl.col("shown_at")).alias("accepted_after_s"),
    ]


def _maturity(watermark: datetime | None, previous_watermark: datetime | None) -> list[pl.Expr]:
    def ended_by(time: datetime | None) -> pl.Expr:
        return (
            pl.lit(value=False) if time is None else pl.col("window_ends_at") <= pl.lit(time, pl.Datetime("us", "UTC"))
        )

    return [ended_by(watermark).alias("is_final"), ended_by(previous_watermark).alias("is_backfill")]
