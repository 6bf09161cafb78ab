"""Reviews among the rows of a file, and the rows that are none."""

from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from feedback.errors import InputError, SettingsError
from feedback.reviews.checks import find_faults
from feedback.reviews.filling import fill_in, join_known
from feedback.reviews.identity import keep_ids
from feedback.reviews.readings import read_tags, read_text, read_times, read_word
from feedback.reviews.verdict_words import read_verdict
from feedback.schemas import find_table

ROW = "(row)"
_WORDS = (
    "review_id", "interaction_id", "session_id", "verdict", "reviewer", "level", "draw_id", "stream", "supersedes",
)  # fmt: skip
_TEXTS = ("corrected_text", "note")
_NUMBERS = ("score", "inclusion_probability", "label_version_seen")
COLUMNS = (*_WORDS, *_TEXTS, *_NUMBERS, "reviewed_at", "tags")


@dataclass(frozen=True)
class NormalisedReviews:
    """What a file of reviews holds.

    Parameters
    ----------
    reviews
        Table `reviews`: one row per review in the file, each once, by `reviewed_at` and `review_id`.
    faults
        One row per row and fault: `row`, its 1-based number in the file, `column` and `reason`, without text
        that a person wrote.
    n_naive_times
        Times that named no zone and were read in the declared one.
    """

    reviews: pl.DataFrame
    faults: pl.DataFrame
    n_naive_times: int


def normalise_reviews(
    raw: pl.DataFrame,
    *,
    file: str,
    clock: datetime,
    interactions: pl.DataFrame | pl.LazyFrame,
    draws: pl.DataFrame | pl.LazyFrame | None = None,
    default_reviewer: str | None = None,
    time_zone: str = "UTC",
) -> NormalisedReviews:
    """Return the reviews among the rows of a file, and for every other row what is wrong with it.

    What a row lacks is filled in: `verdict` from `score` (good from 0.5), `session_id` from the interaction,
    `level` (response where an interaction is named, else session), `reviewer` and `reviewed_at` from the defaults,
    `inclusion_probability` and `stream` from the draw, else `stream` is rate where a draw or a probability
    is named and import where none is.

    The id of a review is a hash of its content, so reading a file again gives the same ids. A time that was
    not written is not part of it: a row without `reviewed_at` is one review, however often it is read. A row
    with a `review_id` of ours whose content is no longer that of the id was edited: it is a new review that
    supersedes the old one.

    Parameters
    ----------
    raw
        One row per row of data. `verdict` or `score` and `interaction_id` or `session_id` must be columns;
        further ones are those of table `reviews`. Others are passed over. `(row)` is the number of the row,
        1, 2, 3 ... where it is missing.
    file
        Where it came from, for errors.
    clock
        Now: `reviewed_at` of rows without one. Later times are faults, but for 5 minutes.
    interactions
        Those known: `interaction_id`, `session_id` and, where labelled, `label_version`.
    draws
        What was drawn: `draw_id`, `interaction_id`, `inclusion_probability`, `stream`.
    default_reviewer
        Who judged rows that do not say so.
    time_zone
        Zone of times that come without one.

    Raises
    ------
    InputError
        When the file has no column for the verdict or for the item: it holds no reviews.
    SettingsError
        When the clock has no time zone or the time zone is unknown.
    SchemaError
        When a column holds nested values.

    Examples
    --------
    >>> known = pl.DataFrame({"interaction_id": ["i1"], "session_id": ["s1"]})
    >>> raw = pl.DataFrame({"interaction_id": ["i1", "i9"], "verdict": ["👍", "good"], "reviewer": ["ann", "ann"]})
    >>> found = normalise_reviews(raw, file="a.csv", clock=datetime(2026, 1, 5, tzinfo=UTC), interactions=known)
    >>> found.reviews.select("interaction_id", "session_id", "level", "verdict", "stream").rows()
    [('i1', 's1', 'response', 'good', 'import')]
    >>> found.faults.rows()
    [(2, 'interaction_id', 'there is no interaction i9')]
    """
    if clock.tzinfo is None:
        raise SettingsError("the clock has no time zone; expected a time in UTC")
    clock = clock.astimezone(UTC)
    read = _read_columns(_prepare(raw, file), time_zone)
    known = join_known(read, interactions.lazy(), None if draws is None else draws.lazy())
    filled = fill_in(known, clock=clock, reviewer=default_reviewer)
    faults = find_faults(filled, clock=clock, time_zone=time_zone)
    good = filled.join(faults, left_on=ROW, right_on="row", how="anti", maintain_order="left")
    table = find_table("reviews")
    of_sessions = good.with_columns(interaction_id=pl.when(level="response").then("interaction_id"))
    reviews = (
        keep_ids(of_sessions, is_timed="(reviewed_at)").unique("review_id").select(*table.columns).sort(table.order)
    )
    return NormalisedReviews(reviews, faults, int(read["is_naive"].sum()))


def _prepare(raw: pl.DataFrame, file: str) -> pl.DataFrame:
    """Return the columns we know, null where the file lacks one, and the number of each row."""
    stripped = {name: name.strip() for name in raw.columns}
    named = raw.rename({old: new for old, new in stripped.items() if new in COLUMNS and new not in raw.columns})
    for either in (("verdict", "score"), ("interaction_id", "session_id")):
        if not set(either) & set(named.columns):
            raise InputError(f"{file}: holds no reviews: it has neither a column {either[0]} nor {either[1]}")
    numbered = named if ROW in named.columns else named.with_row_index(ROW, offset=1)
    absent = (pl.lit(None, pl.String).alias(name) for name in COLUMNS if name not in named.columns)
    return numbered.with_columns(*absent).select(pl.col(ROW).cast(pl.Int64), *COLUMNS)


def _read_columns(raw: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Return the values as they will be stored; `(name)` is what was written where it could be unreadable."""
    moments = read_times(raw["reviewed_at"], zone=zone)
    words = raw.select(ROW, *(read_word(raw[name]) for name in _WORDS), *(read_text(raw[name]) for name in _TEXTS))
    numbers = raw.select(read_word(raw[name]).alias(f"({name})") for name in _NUMBERS)
    return words.hstack(numbers).with_columns(
        pl.col("(score)").cast(pl.Float64, strict=False).alias("score"),
        pl.col("(inclusion_probability)").cast(pl.Float64, strict=False).alias("inclusion_probability"),
        pl.col("(label_version_seen)").cast(pl.Int64, strict=False).alias("label_version_seen"),
        pl.col("level", "stream").str.to_lowercase(),
        pl.col("verdict", "session_id").name.map(lambda name: f"({name})"),
        read_verdict(pl.col("verdict")),
        read_tags(raw["tags"]).alias("tags"),
        read_word(raw["reviewed_at"]).alias("(reviewed_at)"),
        moments["instant"].alias("reviewed_at"),
        moments["is_naive"],
    )
