"""Finding an interaction by what somebody was told of it."""

import polars as pl

from feedback.store.snapshot import Snapshot


def look_up(snapshot: Snapshot, written: str, *, most: int = 10) -> pl.DataFrame:
    """Return the interactions an id stands for: the one of that id, else those of that session or beginning so.

    Parameters
    ----------
    snapshot
        The tables.
    written
        Id of an interaction or of a session, or the beginning of the id of an interaction.
    most
        How many at most.

    Returns
    -------
    pl.DataFrame
        One row per interaction, the latest first: `interaction_id`, `session_id`, `feature`, `shown_at`.

    Examples
    --------
    >>> from feedback.store import Store
    >>> look_up(Store("no/such/folder").at(), "i1").height
    0
    """
    wanted = written.strip()
    interactions = snapshot.table("interactions").select("interaction_id", "session_id", "feature", "shown_at")
    is_it = pl.col("interaction_id") == wanted
    found = interactions.filter(is_it).head(1).collect()
    if found.height or not wanted:
        return found
    is_like = (pl.col("session_id") == wanted) | pl.col("interaction_id").str.starts_with(wanted)
    return interactions.filter(is_like).sort("shown_at", "interaction_id", descending=True).head(most).collect()
