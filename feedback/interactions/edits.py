"""What became of an accepted or edited response: kept, changed, undone, or slipped."""

import polars as pl
from rapidfuzz.distance import Indel

from feedback.interactions.kinds import of_kind, seconds
from feedback.interactions.numbers import first_of, has_any, last_of
from feedback.interactions.undos import SLIP, match_undos, slipped, stands

SURVIVING_RUN = 4
COMPARED_CHARACTERS = 20_000


def list_steps(acts: pl.DataFrame, log: pl.DataFrame, *, n_responses: int) -> pl.DataFrame:
    """Return one row per accept, edit or undo, in order, with its `text` and `value`, what it reverted or what did."""
    steps = acts.filter(of_kind("accept", "edit", "undo"))
    said = {name: log[name].gather(steps["row"]) for name in ("text", "value")}
    return match_undos(steps.with_columns(**said), n_responses=n_responses)


def summarise_edits(steps: pl.DataFrame, responses: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    """Return one row per response, in order, with what became of it once accepted, edited or undone.

    Columns: `accepted_at` (first accept that was no slip), `undone_after_s`, `kept_share`, `final_text`,
    `is_accepted` and `is_edited` (an accept or edit stands), and two facts that later events cannot
    change: `kept_at` (first accept or edit, once it can no longer be a slip), `undone_at` (first undo
    that was no slip and left nothing standing).

    An undo reverts the latest unreverted accept or edit. Within one second it is a slip: both are as if
    they had not happened. An undo with nothing before it reverts the response as it was shown.
    """
    n = responses.height
    kept, returned = _list_kept(steps), list_returns(steps)
    accepts = steps.filter(of_kind("accept") & ~slipped())
    is_accepted = has_any(steps.filter(stands("accept"))["nth"], n)
    edited = pl.DataFrame(
        {
            "accepted_at": accepts["occurred_at"].gather(first_of(accepts["nth"], n)),
            "undone_after_s": _last_undo(steps, n),
            "kept_share": _measure_kept_share(steps, responses, texts),
            "final_text": _final_texts(steps, n),
            "is_accepted": is_accepted,
            "is_edited": has_any(steps.filter(stands("edit"))["nth"], n),
            "kept_at": kept["taken_at"].gather(first_of(kept["nth"], n)),
            "undone_at": returned["returned_at"].gather(first_of(returned["nth"], n)),
        }
    )
    return edited.with_columns(undone_after_s=pl.when(~pl.col("is_accepted")).then("undone_after_s"))


def list_takes(acts: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """Return one row per accept or edit that was no slip, and per copy: `nth`, and since when it counts, `taken_at`."""
    copied = acts.filter(of_kind("copy")).select("nth", taken_at="occurred_at")
    return pl.concat([_list_kept(steps), copied])


def list_returns(steps: pl.DataFrame) -> pl.DataFrame:
    """Return one row per undo that was no slip and left nothing standing: `nth`, `returned_at`."""
    return steps.filter(pl.col("leaves_nothing") & ~slipped()).select("nth", returned_at="occurred_at")


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


def _list_kept(steps: pl.DataFrame) -> pl.DataFrame:
    """Return one row per accept or edit that was no slip: `nth`, and when it could no longer be one, `taken_at`."""
    return steps.filter(of_kind("accept", "edit") & ~slipped()).select("nth", taken_at=pl.col("occurred_at") + SLIP)


def _last_undo(steps: pl.DataFrame, n_responses: int) -> pl.Series:
    applied_at = pl.coalesce("partner_at", "shown_at")
    reverts_response = of_kind("undo") & (pl.col("partner_kind").fill_null("accept") == "accept") & ~slipped()
    undone = steps.filter(reverts_response).select("nth", after_s=seconds(pl.col("occurred_at"), applied_at))
    return undone["after_s"].gather(last_of(undone["nth"], n_responses))


def _final_texts(steps: pl.DataFrame, n_responses: int) -> pl.Series:
    """Return the last text that stands, an edit's before an accept's."""
    said = steps.filter(pl.col("text").is_not_null() & pl.col("partner_at").is_null())
    of_edit, of_accept = (
        last["text"].gather(last_of(last["nth"], n_responses))
        for last in (said.filter(of_kind(kind)) for kind in ("edit", "accept"))
    )
    return pl.select(pl.coalesce(of_edit, of_accept)).to_series()


def _measure_kept_share(steps: pl.DataFrame, responses: pl.DataFrame, texts: pl.Series) -> pl.Series:
    """Return the share of each response that its last edit kept: as stated, else measured on the texts."""
    telling = steps.filter(_says_what_survived())
    last = telling[last_of(telling["nth"], responses.height).drop_nulls()]
    compared = last.filter(pl.col("value").is_null() & pl.col("text").is_not_null())
    answered = texts.gather(responses["row"].gather(compared["nth"]))
    measured = [
        None if answer is None else surviving_share(answer, text)
        for answer, text in zip(answered.to_list(), compared["text"].to_list(), strict=True)
    ]
    stated = last.filter(pl.col("value").is_not_null())
    shares = pl.concat(
        [stated.select("nth", share="value"), compared.select("nth", share=pl.Series(measured, dtype=pl.Float64))]
    )
    return shares["share"].gather(last_of(shares["nth"], responses.height))


def _says_what_survived() -> pl.Expr:
    has_word = pl.col("text").is_not_null() | pl.col("value").is_not_null()
    return (stands("edit") & has_word) | (of_kind("undo") & ~slipped() & pl.col("value").is_not_null())
