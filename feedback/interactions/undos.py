"""Which accept or edit an undo reverts."""

from datetime import timedelta

import polars as pl

from feedback.interactions.kinds import KIND, of_kind
from feedback.interactions.numbers import has_any

SLIP = timedelta(seconds=1)


def match_undos(steps: pl.DataFrame, *, n_responses: int) -> pl.DataFrame:
    """Add to each accept and edit when it was reverted, to each undo what it reverted and what it left.

    `steps` has one row per accept, edit or undo, in order. Columns added: `partner_kind` and `partner_at` (the
    step that undid this one, or that this one undid; null for none) and `leaves_nothing` (an undo after which no
    accept or edit stands).
    """
    undone = steps["nth"].filter(steps.select(of_kind("undo")).to_series())
    places = has_any(undone, n_responses).gather(steps["nth"]).arg_true()
    matched = _match_on_stacks(steps.select("nth", "kind", "occurred_at")[places].with_columns(place=places))
    blank = steps.select("nth").with_columns(
        partner_kind=pl.lit(None, KIND), partner_at=pl.lit(None, pl.Datetime("us", "UTC")), leaves_nothing=False
    )
    return steps.with_columns(blank[name].scatter(matched["place"], matched[name]) for name in blank.columns[1:])


def slipped() -> pl.Expr:
    """Return whether a step and its partner were less than a second apart."""
    apart = (pl.col("partner_at") - pl.col("occurred_at")).abs()
    return (apart < SLIP).fill_null(value=False)


def stands(kind: str) -> pl.Expr:
    """Return whether it is a step of that kind that was not reverted."""
    return of_kind(kind) & pl.col("partner_at").is_null()


def _match_on_stacks(steps: pl.DataFrame) -> pl.DataFrame:
    """Return the steps with their partners, by the height of a stack per response."""
    is_undo = of_kind("undo")
    return (
        steps.with_columns(height=pl.when(is_undo).then(-1).otherwise(1).cum_sum().over("nth"))
        .with_columns(floor=pl.min_horizontal(pl.col("height").cum_min().over("nth"), 0))
        .with_columns(depth=pl.col("height") - pl.col("floor"))
        .with_columns(before=pl.col("depth").shift(1, fill_value=0).over("nth"))
        .with_columns(
            level=pl.when(is_undo).then("before").otherwise("depth"), leaves_nothing=is_undo & (pl.col("depth") == 0)
        )
        .with_columns(partner_kind=_partner("kind"), partner_at=_partner("occurred_at"))
    )


def _partner(column: str) -> pl.Expr:
    """Return the column of the step that undid this one, or that this one undid: its neighbour on its level."""
    later, earlier = (pl.col(column).shift(by).over("nth", "level") for by in (-1, 1))
    return pl.when(pl.col("level") > 0).then(pl.when(of_kind("undo")).then(earlier).otherwise(later))
