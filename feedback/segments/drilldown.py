"""One segment up close: its trend and onset, what people did differently, what they asked about, and examples."""

from typing import NamedTuple

import polars as pl

from feedback.segments.coding import Definition, holds
from feedback.segments.rows import require_columns
from feedback.segments.signals import moved_signals
from feedback.segments.terms import over_represented_terms
from feedback.segments.trend import Onset, daily_trend, estimate_onset

MOST_EXAMPLES = 10
# A response is a bad one for telling what bad requests are about when it is more likely bad than good.
BAD_BELOW = 0.5
_EXAMPLE = ("interaction_id", "session_id", "user_id", "shown_at", "n_votes", "conflict", "reason", "outcome")


class Details(NamedTuple):
    """What there is to say about a segment; each frame is documented where it is made."""

    trend: pl.DataFrame
    onset: Onset | None
    signals: pl.DataFrame
    terms: pl.DataFrame
    examples: pl.DataFrame


def explain_segment(
    before: pl.DataFrame,
    after: pl.DataFrame,
    definition: Definition,
    *,
    value: str,
    votes: pl.DataFrame,
    interactions: pl.DataFrame,
    history: pl.DataFrame | None = None,
    time_zone: str = "UTC",
) -> Details:
    """Return a segment up close.

    Parameters
    ----------
    before, after
        Table `labels` of either window.
    definition
        Of the segment, as `find_degraded` returns it.
    value
        Column in [0, 1], `p_good` or `score`.
    votes
        Table `votes`.
    interactions
        Table `interactions`: `interaction_id`, `request_text`.
    history
        Table `labels` of the time between and around both windows, for trend and onset; none: these two alone.
    time_zone
        Zone whose midnights part the days.

    Returns
    -------
    Details
        `trend` from `daily_trend`, `onset` from `estimate_onset` (of the history, in the order of time),
        `signals` from `moved_signals`, `terms` from `over_represented_terms` (bad requests after against the
        others after), `examples` from `telling_examples`.

    Raises
    ------
    SchemaError
        When a column is missing.
    """
    one, other = (labels.filter(holds(definition)) for labels in (before, after))
    both = pl.concat([one, other], how="diagonal_relaxed").unique("interaction_id", keep="first", maintain_order=True)
    shown = both if history is None else history.filter(holds(definition))
    return Details(
        daily_trend(shown, value=value, time_zone=time_zone),
        estimate_onset(shown, value=value),
        moved_signals(one, other, votes),
        over_represented_terms(_requests(other, interactions, value)),
        telling_examples(other, value=value),
    )


def telling_examples(labels: pl.DataFrame, *, value: str, most: int = MOST_EXAMPLES) -> pl.DataFrame:
    """Return the interactions that show best what went wrong: clearly bad, with most to show for it.

    Parameters
    ----------
    labels
        Table `labels` of the segment.
    value
        Column in [0, 1], `p_good` or `score`.
    most
        How many; one per person.

    Returns
    -------
    pl.DataFrame
        One row per interaction, the lowest value first; of equal ones, that with most votes, least conflict, and
        first by id: its ids, `shown_at`, the value, `n_votes`, `conflict`, `reason`, `outcome` and
        `evidence_event_ids`.

    Raises
    ------
    SchemaError
        When a column is missing.

    Examples
    --------
    >>> from feedback.schemas import empty_table
    >>> telling_examples(empty_table("labels"), value="score").columns[:2]
    ['interaction_id', 'session_id']
    """
    require_columns(labels, [*_EXAMPLE, value, "evidence_event_ids"])
    order = {"descending": [False, True, False, False], "nulls_last": True}
    ranked = labels.drop_nulls(value).sort(value, "n_votes", "conflict", "interaction_id", **order)  # pyright: ignore[reportArgumentType]
    person = pl.coalesce("user_id", "session_id").alias("person")
    chosen = ranked.with_columns(person).unique("person", keep="first", maintain_order=True).head(most)
    return chosen.select(*_EXAMPLE, value, "evidence_event_ids")


def _requests(labels: pl.DataFrame, interactions: pl.DataFrame, value: str) -> pl.DataFrame:
    """Return what was asked in each interaction that has a value, by whom, and whether it went badly."""
    asked = interactions.select("interaction_id", text="request_text")
    judged = labels.drop_nulls(value).select(
        "interaction_id", person=pl.coalesce("user_id", "session_id"), is_bad=pl.col(value) < BAD_BELOW
    )
    return judged.join(asked, on="interaction_id", how="left").sort("interaction_id")
