"""Who asked the same thing again: chains of attempts at one request."""

import polars as pl
from rapidfuzz import fuzz, process, utils

from feedback.interactions.responses import within_reach

SAME_REQUEST = 0.6
WORTH_KEEPING = 0.5
COMPARED_TURNS = 5
_WITH_DIGIT = r"\S*\d\S*"
_DOUBLINGS = 14  # 2^14 links are more than a part can have before it counts as automated


def find_attempts(timeline: pl.LazyFrame, responses: pl.LazyFrame, taken: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per opener that asks an earlier request of its part again, naming whom it asked.

    Columns: `pos`, `part`, `turn`, `asked_at`, `event_id` of the opener, `is_explicit` (the product
    recorded a rephrase or a retry), `kind`, `nth` of the response asked again, and `similarity` of the
    two requests, null where the product said so and the texts were not compared.

    A rephrase or retry is about the latest earlier response. Any other request is about the nearest of
    the five turns before it whose request is at least 0.6 similar (token set ratio), if the two do not
    name different things by number, it comes inside the window of that turn's latest response, and that
    response had not been taken over by then: who took the answer and asks something alike is at the next
    task. Rows that fall short of this but are over 0.5 similar have `is_same` false and serve
    `rephrase_similarity` only.

    `taken` has one row per response (`nth`) that was accepted, edited or copied: `taken_at`, `undone_at`.
    """
    openers = timeline.filter("is_opener").select(
        "pos", "part", "turn", "kind", "event_id", "text", "last_response", asked_at="occurred_at"
    )
    known = responses.select("nth", "part", "window_ends_at", answered_turn="turn", response_pos="pos")
    explicit = openers.filter(pl.col("kind") != "request").join(
        known.drop("part"), left_on="last_response", right_on="response_pos"
    )
    similar = _find_similar(openers, responses).join_asof(
        known.filter(pl.col("answered_turn").is_not_null()).sort("response_pos"),
        left_on="pos",
        right_on="response_pos",
        by_left=["part", "earlier_turn"],
        by_right=["part", "answered_turn"],
        strategy="backward",
        check_sortedness=False,
    )
    columns = ("pos", "part", "turn", "kind", "event_id", "asked_at", "nth", "similarity", "is_explicit", "is_same")
    return pl.concat(
        [
            explicit.filter(pl.col("asked_at") < pl.col("window_ends_at"), within_reach("turn", "answered_turn"))
            .with_columns(
                similarity=pl.lit(None, pl.Float64), is_explicit=pl.lit(value=True), is_same=pl.lit(value=True)
            )
            .select(columns),
            similar.filter(pl.col("asked_at") < pl.col("window_ends_at"))
            .join(taken, on="nth", how="left")
            .with_columns(is_explicit=pl.lit(value=False), is_same=_nearest_same())
            .select(columns),
        ]
    )


def _nearest_same() -> pl.Expr:
    is_request = pl.col("kind") == "request"
    same = is_request & (pl.col("similarity") >= SAME_REQUEST)
    nearest = pl.col("earlier_turn").filter(same).max().over("pos")
    return (same & (pl.col("earlier_turn") == nearest)).fill_null(value=False) & ~_was_taken_over()


def _was_taken_over() -> pl.Expr:
    taken = (pl.col("taken_at") <= pl.col("asked_at")).fill_null(value=False)
    returned = (pl.col("undone_at") < pl.col("asked_at")).fill_null(value=False)
    return taken & ~returned


def _find_similar(openers: pl.LazyFrame, responses: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per opener and earlier turn whose texts are similar enough to be worth keeping."""
    latest = responses.group_by("part", "turn").agg(turn_ends_at=pl.col("window_ends_at").max())
    spoken = openers.join(latest, on=["part", "turn"], how="left", maintain_order="left").with_columns(
        pl.col("text").map_batches(_plain_words, return_dtype=pl.String, is_elementwise=True)
    )
    pairs = [_pair_with(spoken, lag) for lag in range(1, COMPARED_TURNS + 1)]
    similarity = pl.struct("text", "earlier_text").map_batches(
        _token_set_similarity, return_dtype=pl.Float64, is_elementwise=True
    )
    alike = pl.concat(pairs).with_columns(similarity=similarity).filter(pl.col("similarity") >= WORTH_KEEPING)
    # Collected, so that numbers are looked for in the few that are alike: two conditions run on all rows at once.
    few = alike.collect(engine="in-memory").lazy()
    return few.filter(~_names_another_thing()).drop("text", "earlier_text").sort("pos", "earlier_turn")


def _names_another_thing() -> pl.Expr:
    """Return whether both requests name something by a number, and nothing that the other names."""
    named, before = (pl.col(text).str.extract_all(_WITH_DIGIT) for text in ("text", "earlier_text"))
    shared = named.list.set_intersection(before).list.len()
    return (named.list.len() > 0) & (before.list.len() > 0) & (shared == 0)


def _pair_with(spoken: pl.LazyFrame, lag: int) -> pl.LazyFrame:
    """Return each opener beside the one `lag` turns before it, where the two could be one request."""
    earlier = {name: pl.col(name).shift(lag) for name in ("part", "text", "turn_ends_at")}
    return (
        spoken.with_columns(
            earlier_part=earlier["part"], earlier_text=earlier["text"], earlier_ends_at=earlier["turn_ends_at"]
        )
        .filter(
            pl.col("part") == pl.col("earlier_part"),
            pl.col("asked_at") < pl.col("earlier_ends_at"),
            pl.col("text").is_not_null() & pl.col("earlier_text").is_not_null(),
        )
        .select(
            "pos", "part", "turn", "kind", "event_id", "asked_at", "text", "earlier_text",
            earlier_turn=pl.col("turn") - lag,
        )
    )  # fmt: skip


def _plain_words(texts: pl.Series) -> pl.Series:
    """Return the texts in lower case without punctuation, once per text rather than once per pair."""
    return pl.Series((text and utils.default_process(text) for text in texts.to_list()), dtype=pl.String)


def _token_set_similarity(pairs: pl.Series) -> pl.Series:
    texts = pairs.struct.unnest()
    pairs_of_lists = texts["text"].to_list(), texts["earlier_text"].to_list()
    scores = process.cpdist(*pairs_of_lists, scorer=fuzz.token_set_ratio, score_cutoff=100 * WORTH_KEEPING)
    return pl.Series(scores, dtype=pl.Float64) / 100


def summarise_attempts(attempts: pl.LazyFrame, timeline: pl.LazyFrame, responses: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per response that was asked again, by response number `nth`.

    Columns: `rephrase_similarity` (the greatest inside the window), `n_rephrasings` (later attempts of the
    chain inside the window, retries left out), `is_rephrased_explicitly`, `asked_again_at` (the first
    time, however it was asked), and `last_attempt_turn`: the turn of the latest
    attempt inside the window, by which one can tell whether the chain came good.
    """
    chains = _number_attempts(attempts.filter("is_same"), timeline, responses)
    direct = attempts.group_by("nth").agg(
        rephrase_similarity=pl.col("similarity").max(),
        is_rephrased_explicitly=(pl.col("is_explicit") & (pl.col("kind") == "rephrase")).any(),
        asked_again_at=pl.col("asked_at").filter("is_same").min(),
        n_direct=(pl.col("is_same") & (pl.col("kind") != "retry")).sum().cast(pl.Int64),
    )
    known = responses.select("nth", "part", "turn", "window_ends_at")
    own = chains.select("part", "turn", "chain", own_rank="n_rephrases")
    last_before = chains.select(
        "chain", "asked_at", last_rank="n_rephrases", last_attempt_turn="turn"
    ).sort("asked_at", "last_attempt_turn")  # fmt: skip
    counted = (
        direct.filter(pl.col("asked_again_at").is_not_null())
        .select("nth")
        .join(known, on="nth")
        .join(own, on=["part", "turn"])
        .sort("window_ends_at")
        .join_asof(
            last_before,
            left_on="window_ends_at",
            right_on="asked_at",
            by="chain",
            strategy="backward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .select("nth", "last_attempt_turn", n_rephrasings=pl.col("last_rank") - pl.col("own_rank"))
    )
    return direct.join(counted, on="nth", how="left").with_columns(
        # A response without a request has no place in a chain: only what asked it again directly counts.
        n_rephrasings=pl.coalesce("n_rephrasings", "n_direct")
    )


def _number_attempts(same: pl.LazyFrame, timeline: pl.LazyFrame, responses: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per attempt of a chain, first ones too: its `chain` and the rephrases up to it.

    Columns `part`, `turn`, `asked_at`, `chain` (row number of the first attempt) and `n_rephrases`
    (attempts of the chain up to this one that were no mere retries, counted from its first).
    """
    turn_of = responses.select("nth", answered_turn="turn")
    openers = timeline.filter("is_opener").select("part", "turn", "kind", asked_at="occurred_at").with_row_index("row")
    links = same.join(turn_of, on="nth").select("part", "turn", "answered_turn", is_link=pl.lit(value=True))
    chained = (
        openers.join(links, on=["part", "turn"], how="left", maintain_order="left")
        .with_columns(chain=pl.col("row") - (pl.col("turn") - pl.col("answered_turn")).fill_null(0).cast(pl.UInt32))
        .pipe(_follow_to_the_first)
    )
    in_chain = pl.col("is_link").any().over("chain")
    counts = pl.col("is_link").fill_null(value=False) & (pl.col("kind") != "retry")
    return chained.filter(in_chain).select(
        "part", "turn", "asked_at", "chain", n_rephrases=counts.cast(pl.Int64).cum_sum().over("chain")
    )


def _follow_to_the_first(openers: pl.LazyFrame) -> pl.LazyFrame:
    for _ in range(_DOUBLINGS):
        openers = openers.with_columns(pl.col("chain").gather(pl.col("chain")))
    return openers
