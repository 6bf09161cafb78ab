"""Who asked the same thing again: attempts at a request, and the response each found wanting."""

import polars as pl

from feedback.interactions.numbers import first_of, has_any, last_of, rows_upto
from feedback.interactions.responses import LOOK_BACK_TURNS
from feedback.interactions.similarity import keep_alike

SAME_REQUEST = 0.6
COMPARED_TURNS = 5
_COLUMNS = ("opener", "pos", "kind", "asked_at", "nth", "similarity", "is_explicit", "is_same")


def find_attempts(
    openers: pl.DataFrame, responses: pl.DataFrame, takes: pl.DataFrame, returns: pl.DataFrame
) -> pl.DataFrame:
    """Return one row per opener that asks an earlier request of its part again, naming whom it asked.

    Columns: `opener` (its number), its `pos`, `kind` and `asked_at`, `is_explicit` (the product
    recorded a rephrase or a retry), `nth` of the response asked again, and `similarity` of the
    two requests, null where the product said so and the texts were not compared.

    A rephrase or retry is about the latest earlier response. Any other request is about the nearest of
    the five turns before it whose request is at least 0.6 similar (token set ratio), if the two do not
    name different things by number, it comes inside the window of that turn's latest response, and that
    response is not taken over by then: who took the answer and asks something alike is at the next
    task. A retry without words is compared as the request it repeats. Rows that fall short of this but are
    over 0.5 similar have `is_same` false and serve `rephrase_similarity` only.

    `takes` and `returns` have one row per time that a response (`nth`) was accepted, edited or copied
    (`taken_at`), and per time that nothing of it stood any more (`returned_at`).
    """
    similar = _find_similar(openers, responses)
    same = similar.filter((pl.col("kind") == "request") & (pl.col("similarity") >= SAME_REQUEST))
    nearest = same[first_of(same["opener"], openers.height).drop_nulls()]
    is_same = ~_is_taken_over(nearest, takes, returns, responses.height)
    marked = pl.repeat(value=False, n=similar.height, eager=True).scatter(nearest["row"].filter(is_same), values=True)
    similar = similar.with_columns(is_explicit=pl.lit(value=False), is_same=marked)
    return pl.concat([_find_explicit(openers, responses).select(_COLUMNS), similar.select(_COLUMNS)])


def _find_explicit(openers: pl.DataFrame, responses: pl.DataFrame) -> pl.DataFrame:
    asking = openers.with_columns(opener=rows_upto(openers.height)).filter(
        (pl.col("kind") != "request") & (pl.col("n_responses") > 0)
    )
    asking = asking.with_columns(nth=pl.col("n_responses") - 1)
    asked = responses.select("window_ends_at", asked_part="part", asked_turn="turn")[asking["nth"]]
    in_reach = pl.col("turn") - pl.col("asked_turn").fill_null(0) <= LOOK_BACK_TURNS
    return (
        pl.concat([asking, asked], how="horizontal")
        .filter(pl.col("part") == pl.col("asked_part"), pl.col("asked_at") < pl.col("window_ends_at"), in_reach)
        .with_columns(similarity=pl.lit(None, pl.Float64), is_explicit=pl.lit(value=True), is_same=pl.lit(value=True))
    )


def _find_similar(openers: pl.DataFrame, responses: pl.DataFrame) -> pl.DataFrame:
    """Return one row per opener and earlier turn that are alike, the nearest turns first; `row` is its number."""
    pairs = _pair_with_answered(openers, responses)
    alike = keep_alike(pairs, openers["asked"])
    return pl.concat(
        [alike, openers.select("pos", "kind")[alike["opener"]]], how="horizontal"
    ).with_columns(row=rows_upto(alike.height))  # fmt: skip


def _pair_with_answered(openers: pl.DataFrame, responses: pl.DataFrame) -> pl.DataFrame:
    """Return each opener beside each of the five before it, where its answer could be judged by then.

    Columns: `opener`, `earlier`, `asked_at`, and `nth`, the latest response to the earlier before the opener.
    """
    latest = last_of(responses["opener"], openers.height)
    spoken = openers.select(
        "part", "asked_at", "pos", is_spoken=pl.col("asked").is_not_null(), opener=rows_upto(openers.height), nth=latest
    )
    lags = [_pair_with(spoken, lag) for lag in range(1, COMPARED_TURNS + 1)]
    pairs = pl.concat(lags)
    response_pos = responses["pos"].gather(pairs["nth"])
    overtaken = (response_pos > pairs["pos"]).arg_true()
    if overtaken.len():
        pairs = pairs.with_columns(nth=pairs["nth"].scatter(overtaken, _earlier_answers(pairs[overtaken], responses)))
    ends_at = responses["window_ends_at"].gather(pairs["nth"])
    return pairs.filter((pairs["asked_at"] < ends_at).fill_null(value=False)).drop("pos")


def _pair_with(spoken: pl.DataFrame, lag: int) -> pl.DataFrame:
    could_be_one = (
        (pl.col("part") == pl.col("part").shift(lag))
        & pl.col("is_spoken")
        & pl.col("is_spoken").shift(lag)
        & pl.col("nth").shift(lag).is_not_null()
    )
    return (
        spoken.select(
            "opener", "asked_at", "pos", pl.col("nth").shift(lag), earlier=pl.col("opener") - lag, keep=could_be_one
        )
        .filter("keep")
        .drop("keep")
    )


def _earlier_answers(pairs: pl.DataFrame, responses: pl.DataFrame) -> pl.Series:
    """Return the latest response to the earlier opener of each pair before the later one, null for none."""
    answers = responses.select(
        "pos", earlier="opener", answer=rows_upto(responses.height)
    ).filter(pl.col("earlier").is_in(pairs["earlier"].unique().implode()))  # fmt: skip
    return (
        pairs.select("earlier", "pos", place=rows_upto(pairs.height))
        .sort("pos")
        .join_asof(answers, on="pos", by="earlier", strategy="backward", check_sortedness=False)
        .sort("place")["answer"]
    )


def _is_taken_over(asked: pl.DataFrame, takes: pl.DataFrame, returns: pl.DataFrame, n_responses: int) -> pl.Series:
    """Return whether the response stands as taken when it is asked again: taken, and not returned since."""
    places = has_any(takes["nth"], n_responses).gather(asked["nth"]).arg_true()
    taken = asked.select("nth", "asked_at")[places].with_columns(place=places).sort("asked_at")
    is_asked = has_any(taken["nth"], n_responses)
    for times, at, includes_now in ((takes, "taken_at", True), (returns, "returned_at", False)):
        taken = taken.join_asof(
            times.filter(is_asked.gather(times["nth"])).sort(at),
            left_on="asked_at",
            right_on=at,
            by="nth",
            strategy="backward",
            allow_exact_matches=includes_now,
            coalesce=False,
            check_sortedness=False,
        )
    stands = (pl.col("taken_at") > pl.col("returned_at")).fill_null(pl.col("taken_at").is_not_null())
    is_taken = pl.repeat(value=False, n=asked.height, eager=True)
    return is_taken.scatter(taken["place"], taken.select(stands).to_series())
