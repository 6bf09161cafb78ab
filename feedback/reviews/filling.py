"""What a row of a file lacks, from what is known."""

from datetime import datetime

import polars as pl

from feedback.schemas import UTC as UTC_TIME

_DRAWN = {"inclusion_probability": "drawn_with", "stream": "drawn_for"}
_DRAWS = {
    "draw_id": pl.String, "interaction_id": pl.String, "inclusion_probability": pl.Float64, "stream": pl.String,
}  # fmt: skip


def join_known(read: pl.DataFrame, interactions: pl.LazyFrame, draws: pl.LazyFrame | None) -> pl.DataFrame:
    """Return the rows with what is known about them, in their order.

    Of the interaction: `known_session` and `label_version`, null where there is none of that id. Of the
    session: `is_known_session`. Of the draw: `drawn_with` and `drawn_for`, null where it did not draw the
    interaction.
    """
    drawn = pl.LazyFrame(schema=_DRAWS) if draws is None else draws.select(*_DRAWS)
    sessions = interactions.select("session_id", is_known_session=True)
    return (
        read.lazy()
        .join(_find_interactions(read, interactions), on="interaction_id", how="left", maintain_order="left")
        .join(sessions.unique(), on="session_id", how="left", maintain_order="left")
        .join(
            drawn.unique(("draw_id", "interaction_id")).rename(_DRAWN),
            on=("draw_id", "interaction_id"),
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("is_known_session").fill_null(value=False))
        .collect()
    )


def _find_interactions(read: pl.DataFrame, interactions: pl.LazyFrame) -> pl.LazyFrame:
    """Return the session and the latest label version of each interaction that is named."""
    is_labelled = "label_version" in interactions.collect_schema()
    version = pl.col("label_version") if is_labelled else pl.lit(None, pl.Int64).alias("label_version")
    named = interactions.join(read.lazy().select("interaction_id"), on="interaction_id", how="semi")
    return named.group_by("interaction_id").agg(known_session=pl.col("session_id").min(), label_version=version.max())


def fill_in(known: pl.DataFrame, *, clock: datetime, reviewer: str | None) -> pl.DataFrame:
    """Return the rows with defaults in place of nulls, as `normalise_reviews` says."""
    is_new = pl.col("(reviewed_at)").is_null()
    filled = known.with_columns(
        verdict=pl.when(pl.col("(verdict)").is_null()).then(_by_score()).otherwise("verdict"),
        level=pl.coalesce("level", _either(pl.col("interaction_id").is_not_null(), "response", "session")),
        session_id=pl.coalesce("session_id", "known_session"),
        reviewer=pl.coalesce("reviewer", pl.lit(reviewer, pl.String)),
        reviewed_at=pl.when(is_new).then(pl.lit(clock, UTC_TIME)).otherwise("reviewed_at"),
        inclusion_probability=pl.coalesce("inclusion_probability", "drawn_with"),
        label_version_seen=pl.coalesce("label_version_seen", pl.when(is_new).then("label_version")),
    )
    is_drawn = pl.any_horizontal(pl.col("draw_id", "inclusion_probability").is_not_null())
    return filled.with_columns(stream=pl.coalesce("stream", "drawn_for", _either(is_drawn, "rate", "import")))


def _by_score() -> pl.Expr:
    is_good = pl.col("score") >= 0.5
    return pl.when(is_good.is_not_null()).then(_either(is_good, "good", "bad"))


def _either(condition: pl.Expr, true: str, false: str) -> pl.Expr:
    return pl.when(condition).then(pl.lit(true)).otherwise(pl.lit(false))
