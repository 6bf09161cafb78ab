"""What a page found, in one sentence: it stands before anything else of the page is read or drawn."""

from collections.abc import Mapping

import polars as pl
import streamlit as st

from feedback.pages import formats
from feedback.store.run import Run


def show_lead(told: str, run: Run | None) -> None:
    """Show the sentence, and which run it is of.

    Parameters
    ----------
    told
        Markdown; what comes from a log in it is escaped.
    run
        The run that the page shows.
    """
    with st.container(key="lead", gap=None):
        st.markdown(told)
        st.caption(formats.freshness(run))


def tell_segments(found: pl.DataFrame) -> str:
    """Return how many segments got worse, and which lost most.

    Examples
    --------
    >>> tell_segments(pl.DataFrame({"segment": ["plan = team"], "lost_successes": [31.2]}))
    '**1 segment** got worse; plan = team lost most, 31 good answers.'
    """
    if found.is_empty():
        return "**No segment** got worse by more than chance or a changed mix explains."
    worst = found.sort("lost_successes", "segment", descending=[True, False]).row(0, named=True)
    lost = formats.count(round(worst["lost_successes"]))
    n, name = _count(found.height, "segment"), formats.name(worst["segment"])
    return f"{n} got worse; {name} lost most, {lost} good answers."


def tell_alarms(found: pl.DataFrame) -> str:
    """Return how many alarms there are, the latest, and how many more an earlier one explains.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 10, 4, 19, tzinfo=UTC)
    >>> tell_alarms(pl.DataFrame({"echo_of": [None, "a1"], "detected_at": [at, at]}))
    '**1 alarm**, the latest raised 2026-10-04 19:00 UTC; 1 more is explained by an earlier one.'
    """
    own = found.filter(pl.col("echo_of").is_null())
    if own.is_empty():
        return "**No alarm** so far."
    n_echoes = found.height - own.height
    is_are = "is" if n_echoes == 1 else "are"
    echoes = f"; {formats.count(n_echoes)} more {is_are} explained by an earlier one" if n_echoes else ""
    latest = own.select(pl.col("detected_at").max()).item()
    return f"{_count(own.height, 'alarm')}, the latest raised {formats.moment(latest)}{echoes}."


def tell_votes(now: pl.DataFrame) -> str:
    """Return about how many of the latest answers behaviour said anything.

    Examples
    --------
    >>> tell_votes(pl.DataFrame({"n": [14827], "voted_share": [0.527]}))
    'Behaviour said something about **53 %** of the 15 k latest answers.'
    """
    if now.is_empty():
        return "**No answer** of the latest days is labelled yet."
    n, share = now.select("n", "voted_share").row(0)
    return f"Behaviour said something about **{formats.share(share)}** of the {formats.count(n)} latest answers."


def tell_arrival(read: Mapping[str, int]) -> str:
    """Return how many rows were read, and how many of them could not be used.

    Examples
    --------
    >>> tell_arrival({"n_rows": 96431, "n_quarantined": 12}), tell_arrival({"n_rows": 20})
    ('**96 k rows** read; 12 of them could not be used.', '**20 rows** read; all of them could be used.')
    """
    n_lost = read.get("n_quarantined", 0)
    used = f"{formats.count(n_lost)} of them could not be used" if n_lost else "all of them could be used"
    return f"{_count(read.get('n_rows', 0), 'row')} read; {used}."


def _count(n: int, thing: str) -> str:
    return f"**{formats.count(n)} {thing}{'' if n == 1 else 's'}**"
