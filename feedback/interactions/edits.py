"""What became of an accepted or edited response: kept, changed, undone, or slipped."""

from datetime import timedelta

import polars as pl
import polars.selectors as cs
from rapidfuzz.distance import Indel

from feedback.interactions.attribution import of_kind, seconds

SLIP = timedelta(seconds=1)
SURVIVING_RUN = 4
COMPARED_CHARACTERS = 20_000


def summarise_edits(acts: pl.LazyFrame, responses: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per response (`nth`) that was accepted, edited or undone.

    Columns: `accepted_at` (first accept that was no slip), `undone_after_s`, `kept_share`, `final_text`,
    `is_accepted` and `is_edited` (an accept or edit stands), and two facts that later events cannot
    change: `kept_at` (first accept or edit, once it can no longer be a slip), `undone_at` (first undo
    that was no slip and left nothing standing).

    An undo reverts the latest unreverted accept or edit. Within one second it is a slip: both are as if
    they had not happened. An undo with nothing before it reverts the response as it was shown.
    """
    steps = _match_undos(acts.filter(of_kind("accept", "edit", "undo")))
    # Masked first, then summed up: a condition inside an aggregate is evaluated group by group.
    masked = steps.select(
        "nth",
        accepted_at=_when(_is("accept") & ~_slipped()),
        is_accepted=_stands("accept"),
        is_edited=_stands("edit"),
        kept_at=_when(of_kind("accept", "edit") & ~_slipped()) + SLIP,
        undone_at=_when(pl.col("leaves_nothing") & ~_slipped()),
    )
    states = masked.group_by("nth").agg(cs.temporal().min(), cs.boolean().any())
    return (
        states.join(_last_undo(steps), on="nth", how="left")
        .join(_measure_kept_share(steps, responses), on="nth", how="left")
        .join(_final_texts(steps), on="nth", how="left")
        .with_columns(undone_after_s=pl.when(~pl.col("is_accepted")).then("undone_after_s"))
    )


def when_taken_over(done: pl.LazyFrame, edited: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per response (`nth`): `taken_at`, when it was accepted, edited or copied, and `undone_at`."""
    return done.join(edited, on="nth", how="left").select(
        "nth", "undone_at", taken_at=pl.min_horizontal("kept_at", "copied_at")
    )


def surviving_share(response: str, edited: str) -> float:
    """Return the share of the response's characters that an edit left standing, in [0, 1].

    Both texts are aligned by their longest common subsequence; a character survives when it lies in an
    unchanged run of at least four (or the whole response, if shorter), so letters that two unrelated
    texts happen to share do not count, and what was added takes nothing away. Texts are compared on
    their first 20,000 characters. An empty response survives only as an empty text.

    Examples
    --------
    >>> surviving_share("The parcel arrives on Monday.", "The parcel arrives on Monday. Sorry!")
    1.0
    >>> round(surviving_share("The parcel arrives on Monday.", "The parcel arrives on Friday."), 2)
    0.9
    >>> surviving_share("The parcel arrives on Monday.", "Ask your neighbour")
    0.0
    """
    if response == edited:
        return 1.0
    if not response:
        return 0.0
    before, after = response[:COMPARED_CHARACTERS], edited[:COMPARED_CHARACTERS]
    shortest = min(SURVIVING_RUN, len(before))
    runs = (step.src_end - step.src_start for step in Indel.opcodes(before, after) if step.tag == "equal")
    return sum(run for run in runs if run >= shortest) / len(before)


def _last_undo(steps: pl.LazyFrame) -> pl.LazyFrame:
    applied_at = pl.coalesce("partner_at", "shown_at")
    undone = steps.filter(_reverts_the_response())
    return undone.select("nth", undone_after_s=seconds(pl.col("occurred_at"), applied_at)).group_by("nth").last()


def _final_texts(steps: pl.LazyFrame) -> pl.LazyFrame:
    """Return the last text that stands, an edit's before an accept's."""
    standing = steps.filter(pl.col("text").is_not_null() & (_stands("edit") | _stands("accept")))
    return standing.sort("nth", _is("edit"), "pos").group_by("nth").agg(final_text=pl.col("text").last())


def _measure_kept_share(steps: pl.LazyFrame, responses: pl.LazyFrame) -> pl.LazyFrame:
    """Return what the last edit says survived: its stated value, else the comparison of the texts."""
    last = (
        steps.filter(_says_what_survived())
        .group_by("nth")
        .agg(pl.col("text").last(), stated_share=pl.col("value").last())
        .join(responses.select("nth", "response_text"), on="nth")
    )
    compared = (
        last.filter(pl.col("stated_share").is_null())
        .drop_nulls(["text", "response_text"])
        .select(
            "nth",
            measured_share=pl.struct("response_text", "text").map_batches(
                _surviving_shares, return_dtype=pl.Float64, is_elementwise=True
            ),
        )
    )
    return last.join(compared, on="nth", how="left").select(
        "nth", kept_share=pl.coalesce("stated_share", "measured_share")
    )


def _surviving_shares(pairs: pl.Series) -> pl.Series:
    # The aligner works on one pair at a time; pairs are few, one per edited response.
    texts = pairs.struct.unnest()
    shares = map(surviving_share, texts["response_text"].to_list(), texts["text"].to_list())
    return pl.Series(shares, dtype=pl.Float64)


def _match_undos(steps: pl.LazyFrame) -> pl.LazyFrame:
    """Add to each accept and edit when it was reverted, to each undo what it reverted and what it left."""
    has_undo = steps.filter(_is("undo")).select("nth").unique()
    plain = steps.join(has_undo, on="nth", how="anti").with_columns(
        leaves_nothing=pl.lit(value=False),
        partner_kind=pl.lit(None, pl.String),
        partner_at=pl.lit(None, pl.Datetime("us", "UTC")),
    )
    matched = (
        steps.join(has_undo, on="nth", how="semi")
        .sort("nth", "pos")
        .with_columns(step=pl.when(_is("undo")).then(-1).otherwise(1))
        .with_columns(height=pl.col("step").cum_sum().over("nth"))
        .with_columns(floor=pl.min_horizontal(pl.col("height").cum_min().over("nth"), 0))
        .with_columns(depth=pl.col("height") - pl.col("floor"))
        .with_columns(before=pl.col("depth").shift(1, fill_value=0).over("nth"))
        .with_columns(
            level=pl.when(_is("undo")).then("before").otherwise("depth"),
            leaves_nothing=_is("undo") & (pl.col("depth") == 0),
        )
        .with_columns(partner_kind=_partner("kind").cast(pl.String), partner_at=_partner("occurred_at"))
        .drop("step", "height", "floor", "depth", "before", "level")
    )
    return pl.concat([plain, matched]).sort("nth", "pos")


def _partner(column: str) -> pl.Expr:
    """Return the column of the step that undid this one, or that this one undid: its neighbour on its level."""
    later, earlier = (pl.col(column).shift(by).over("nth", "level") for by in (-1, 1))
    return pl.when(pl.col("level") > 0).then(pl.when(_is("undo")).then(earlier).otherwise(later))


def _is(kind: str) -> pl.Expr:
    return of_kind(kind)


def _slipped() -> pl.Expr:
    apart = (pl.col("partner_at") - pl.col("occurred_at")).abs()
    return (apart < SLIP).fill_null(value=False)


def _stands(kind: str) -> pl.Expr:
    return _is(kind) & pl.col("partner_at").is_null()


def _reverts_the_response() -> pl.Expr:
    """Return whether it is an undo, and no slip, of an accept or of the response as it was shown."""
    return _is("undo") & (pl.col("partner_kind").fill_null("accept") == "accept") & ~_slipped()


def _says_what_survived() -> pl.Expr:
    has_word = pl.col("text").is_not_null() | pl.col("value").is_not_null()
    return (_stands("edit") & has_word) | (_is("undo") & ~_slipped() & pl.col("value").is_not_null())


def _when(condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then("occurred_at")
