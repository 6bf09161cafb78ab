"""Why an interaction has its score: what was said and done around it, and how the votes fell."""

from datetime import datetime, timedelta

import polars as pl

from feedback.errors import UnknownNameError
from feedback.explore.labels import all_labels
from feedback.labelling import show_functions
from feedback.reviews import current_verdicts
from feedback.schemas.behaviour import OPENERS
from feedback.store.snapshot import Snapshot

_LABEL = ("score", "p_good", "n_votes", "conflict", "reason", "label_version")
# What a session holds is read from the files of these days, not of all.
_NEAR = timedelta(days=1)
_SPEAKS_FOR = ("accept", "copy")
_SPEAKS_AGAINST = ("undo", "reject", "rephrase", "retry", "escalate", "abandon")


def find_interaction(snapshot: Snapshot, interaction_id: str) -> pl.DataFrame:
    """Return one interaction with its label and the verdict that holds: one row.

    Returns
    -------
    pl.DataFrame
        The columns of table `interactions`, `score`, `p_good`, `n_votes`, `conflict`, `reason` and
        `label_version` of its label, and the `verdict` that holds now with `n_reviewers` and `reviewed_at`;
        null where nobody reviewed it.

    Raises
    ------
    UnknownNameError
        When there is no interaction of that id.

    Examples
    --------
    >>> from feedback.store import Store
    >>> find_interaction(Store("no/such/folder").at(), "i1")
    Traceback (most recent call last):
    feedback.errors.UnknownNameError: there is no interaction 'i1' in this store
    """
    is_it = _is_it(snapshot, interaction_id)
    found = snapshot.table("interactions").filter(is_it)
    label = all_labels(snapshot).filter(is_it).select("interaction_id", *_LABEL)
    is_about_it = pl.col("interaction_id") == interaction_id
    reviews = snapshot.table("reviews").filter(is_about_it, pl.col("level") == "response")
    verdict = current_verdicts(reviews).select("interaction_id", "verdict", "n_reviewers", "reviewed_at")
    row = (
        found.join(label, on="interaction_id", how="left").join(verdict, on="interaction_id", how="left").head(1)
    ).collect()
    if row.is_empty():
        raise UnknownNameError(f"there is no interaction {interaction_id!r} in this store")
    return row


def list_properties(snapshot: Snapshot, interaction_id: str) -> pl.DataFrame:
    """Return the dimensions and measures of an interaction: `column`, `role`, `text`; those not recorded are left out.

    Sorted by role and name; `text` is the value as text, numbers to four significant digits.
    """
    roles = snapshot.table("columns").select("column", "role").collect()
    row = snapshot.table("interactions").filter(_is_it(snapshot, interaction_id))
    names = [name for name in roles["column"].sort() if name in row.collect_schema().names()]
    values = row.select(names).collect().row(0, named=True)
    written = [(name, _write(value)) for name, value in values.items() if value is not None]
    texts = pl.DataFrame(written, schema={"column": pl.String, "text": pl.String}, orient="row")
    return texts.join(roles, on="column").select("column", "role", "text").sort("role", "column")


def list_session_events(snapshot: Snapshot, interaction_id: str, *, around: int = 20) -> pl.DataFrame:
    """Return the events of the session around an interaction, in time order.

    Parameters
    ----------
    snapshot
        The tables.
    interaction_id
        The interaction.
    around
        How many events before it was shown, and how many after; evidence is told however far away.

    Returns
    -------
    pl.DataFrame
        One row per event: `event_id`, `occurred_at`, `after_s` (seconds since it was shown, negative before),
        `kind`, `text`, `value`, `interaction_id`, `is_shown` (the response itself), `is_evidence`, `in_window`,
        `side` (asked, answered, for, against or neither), `n_left_out` (events of the session beyond these, within a
        day of it).

    Raises
    ------
    UnknownNameError
        When there is no interaction of that id.
    """
    found = find_interaction(snapshot, interaction_id).row(0, named=True)
    shown_at: datetime = found["shown_at"]
    at = pl.col("occurred_at")
    is_shown = (pl.col("interaction_id") == interaction_id) & (pl.col("kind") == "response")
    events = (
        snapshot.table("events")
        .filter(at.is_between(shown_at - _NEAR, found["window_ends_at"] + _NEAR))
        .filter(pl.col("session_id") == found["session_id"])
        .sort("occurred_at", "event_id")
        .select(
            "event_id", "occurred_at", "kind", "text", "value", "interaction_id",
            after_s=(at - pl.lit(shown_at)).dt.total_microseconds() / 1e6,
            is_shown=is_shown.fill_null(value=False),
            is_evidence=pl.col("event_id").is_in(found["evidence_event_ids"] or [""]),
            in_window=at.is_between(pl.lit(shown_at), pl.lit(found["window_ends_at"]), closed="left"),
            side=_side(),
        )
        .collect()
    )  # fmt: skip
    place = events["is_shown"].arg_max() or 0
    is_near = pl.int_range(pl.len()).is_between(place - around, place + around)
    near = events.filter(is_near | pl.col("is_evidence"))
    return near.with_columns(n_left_out=pl.lit(events.height - near.height, pl.Int64))


def list_votes(snapshot: Snapshot, interaction_id: str) -> pl.DataFrame:
    """Return the votes on an interaction, the weightiest first.

    Returns
    -------
    pl.DataFrame
        One row per labelling function that voted: `name`, `vote` in [0, 1] (1 = good), `weight` in log-odds,
        `pull` (weight x (2 vote - 1): above zero for good), `rationale`, `source`. All but name and vote are
        null for a function that is not registered here.
    """
    row = snapshot.table("votes").filter(pl.col("interaction_id") == interaction_id).drop("interaction_id")
    votes = (
        row.select(pl.all().cast(pl.Float64))
        .unpivot(variable_name="name", value_name="vote")
        .drop_nulls("vote")
        .collect()
    )
    pull = pl.col("weight") * (2 * pl.col("vote") - 1)
    return (
        votes.join(show_functions(), on="name", how="left")
        .select("name", "vote", "weight", "rationale", "source", pull=pull)
        .sort(pl.col("pull").abs(), "name", descending=[True, False], nulls_last=True)
    )


def _is_it(snapshot: Snapshot, interaction_id: str) -> pl.Expr:
    """Return which row of interactions or labels it is: by its time first, as ids alone are slow to look through."""
    is_it = pl.col("interaction_id") == interaction_id
    times = snapshot.table("interactions").filter(is_it).select("shown_at").head(1).collect()["shown_at"]
    return (pl.col("shown_at") == times[0]) & is_it if len(times) else pl.lit(value=False)


def _side() -> pl.Expr:
    kind, rating = pl.col("kind"), pl.col("value")
    is_rating = kind == "rating"
    return (
        pl.when(kind.is_in(_SPEAKS_FOR) | (is_rating & (rating > 0.5)))
        .then(pl.lit("for"))
        .when(kind.is_in(_SPEAKS_AGAINST) | (is_rating & (rating < 0.5)))
        .then(pl.lit("against"))
        .when(kind.is_in(OPENERS))
        .then(pl.lit("asked"))
        .when(kind == "response")
        .then(pl.lit("answered"))
        .otherwise(pl.lit("neither"))
    )


def _write(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
