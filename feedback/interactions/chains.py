"""Chains of attempts at one request: how many there were after a response, and which was the last."""

import numpy as np
import polars as pl

from feedback.interactions.kinds import of_kind
from feedback.interactions.numbers import first_of, has_any, last_of


def summarise_attempts(attempts: pl.DataFrame, openers: pl.DataFrame, responses: pl.DataFrame) -> pl.DataFrame:
    """Return one row per response, in order, with how it was asked again.

    Columns: `rephrase_similarity` (the greatest inside the window), `n_rephrasings` (later attempts of the
    chain after it was shown and inside the window, retries left out; 0 for none), `is_rephrased_explicitly`,
    `asked_again_at` (the first time, however it was asked), and `last_attempt`: the opener of the latest
    attempt inside the window, by which one can tell whether the chain came good.
    """
    n = responses.height
    same = attempts.filter("is_same").sort("pos")
    asked_again_at = same["asked_at"].gather(first_of(same["nth"], n))
    counted = _count_in_chains(
        _number_attempts(same, openers, responses), responses, asked_again_at.is_not_null(), n_openers=openers.height
    )
    explicit = attempts.filter(pl.col("is_explicit") & of_kind("rephrase"))
    alike = attempts.filter(pl.col("similarity").is_not_null()).sort("similarity")
    n_direct = np.bincount(same.filter(~of_kind("retry"))["nth"].to_numpy(), minlength=n)
    # A response without a request has no place in a chain: only what asked it again directly counts.
    found = first_of(counted["nth"], n)
    return (
        pl.DataFrame(
            {
                "rephrase_similarity": alike["similarity"].gather(last_of(alike["nth"], n)),
                "is_rephrased_explicitly": has_any(explicit["nth"], n),
                "asked_again_at": asked_again_at,
                "last_attempt": counted["last_attempt"].gather(found),
                "n_in_chain": counted["n_rephrasings"].gather(found),
                "n_direct": n_direct.astype(np.int64),
            }
        )
        .with_columns(n_rephrasings=pl.coalesce("n_in_chain", "n_direct"))
        .drop("n_in_chain", "n_direct")
    )


def _number_attempts(same: pl.DataFrame, openers: pl.DataFrame, responses: pl.DataFrame) -> pl.DataFrame:
    """Return one row per attempt of a chain, first ones too: its `chain` and the rephrases up to it.

    Columns `opener`, `asked_at`, `chain` (number of the first opener) and `n_rephrases` (attempts of the chain
    up to this one that were no mere retries, counted from its first), sorted by chain and opener.
    """
    links = same.select("opener", "kind", asked=responses["opener"].gather(same["nth"])).drop_nulls("asked")
    first = np.arange(openers.height, dtype=np.uint32)
    linked = links["opener"].to_numpy()
    first[linked] = links["asked"].to_numpy()
    while (first[linked] != first[first[linked]]).any():
        first[linked] = first[first[linked]]
    in_chain = has_any(pl.Series(first[linked]), openers.height).gather(pl.Series(first)).arg_true()
    counts = has_any(links.filter(~of_kind("retry"))["opener"], openers.height)
    attempts = pl.DataFrame(
        {
            "opener": in_chain,
            "chain": pl.Series(first).gather(in_chain),
            "asked_at": openers["asked_at"].gather(in_chain),
            "counts": counts.gather(in_chain),
        }
    ).sort("chain", "opener")
    so_far = pl.col("counts").cum_sum().cast(pl.Int64)
    is_first = pl.col("chain") != pl.col("chain").shift()
    before = pl.when(is_first.fill_null(value=True)).then(so_far - pl.col("counts").cast(pl.Int64)).forward_fill()
    return attempts.select("opener", "chain", "asked_at", n_rephrases=so_far - before)


def _count_in_chains(
    chains: pl.DataFrame, responses: pl.DataFrame, is_asked_again: pl.Series, *, n_openers: int
) -> pl.DataFrame:
    """Return one row per response of a chain that was asked again: `nth`, `n_rephrasings`, `last_attempt`."""
    place = first_of(chains["opener"], n_openers).gather(responses["opener"])
    nth = (is_asked_again & place.is_not_null()).arg_true()
    asked = responses.select("window_ends_at", "n_openers")[nth].with_columns(
        nth=nth, chain=chains["chain"].gather(place.gather(nth))
    )
    last = chains.select("chain", "asked_at", last_attempt="opener", last_rank="n_rephrases")
    return (
        asked.with_columns(rank_when_shown=chains["n_rephrases"].gather(_latest_place(chains, asked)))
        .sort("window_ends_at")
        .join_asof(
            last.sort("asked_at", "last_attempt"),
            left_on="window_ends_at",
            right_on="asked_at",
            by="chain",
            strategy="backward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .select("nth", "last_attempt", n_rephrasings=pl.col("last_rank") - pl.col("rank_when_shown"))
    )


def _latest_place(chains: pl.DataFrame, asked: pl.DataFrame) -> pl.Series:
    """Return the row of the latest attempt of the chain before each response was shown; its own is one."""
    key, bound = (
        (frame["chain"].cast(pl.UInt64).to_numpy() << np.uint64(32)) + frame[opener].to_numpy()
        for frame, opener in ((chains, "opener"), (asked, "n_openers"))
    )
    return pl.Series((np.searchsorted(key, bound) - 1).astype(np.uint32))
