"""The labels as a detector may see them: final, in closing order, with what else is known of each, part by part."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import polars as pl

from feedback.drift.label_columns import ORDER, check_labels
from feedback.drift.watched import EVENTS, OF_VOTES

Labels = pl.DataFrame | pl.LazyFrame
PERSON = "person "
WINDOW = "window_ends_at"
ROWS_AT_ONCE = 1_000_000
"""labels in memory at a time; those of one instant stay together"""
_WHERE_KNOWN = ("score", "p_good", "outcome", "shown_at")
_PEOPLE = ("user_id", "session_id", "interaction_id")
_CHECKED = 1_000_003
_FINAL = pl.col("final_at")


class Survey(NamedTuple):
    """What a log holds, its labels unread: of how many kinds, whether any is calibrated, the latest label version.

    `n_labels` can be watched; `n_automated` are of automated sessions, `n_unplaced` have no time or id.
    """

    n_labels: int
    n_automated: int
    n_unplaced: int
    is_calibrated: bool
    label_version: int
    first_at: datetime | None
    last_at: datetime | None


class Seen(NamedTuple):
    """What tells whether the labels up to a time are those that were seen: their number, a check sum, the last id."""

    n: int
    check: int
    last_id: str | None


@dataclass(frozen=True)
class LabelLog:
    """All labels so far, not yet read, with the votes and interactions that belong to them.

    Attributes
    ----------
    all_labels
        As they were given.
    votes, interactions, surprises
        The tables, with the names that they have beside the labels.
    kept
        The columns of the labels that are read.
    """

    all_labels: pl.LazyFrame
    votes: pl.LazyFrame | None
    interactions: pl.LazyFrame | None
    surprises: pl.LazyFrame | None
    kept: tuple[str, ...]
    has_automated: bool
    has_windows: bool

    @property
    def labels(self) -> pl.LazyFrame:
        """The labels that can be watched: with a time and an id, of people."""
        placed = self.all_labels.filter(pl.all_horizontal(pl.col(ORDER).is_not_null()))
        return placed.filter(~self._automated) if self.has_automated else placed

    @property
    def _automated(self) -> pl.Expr:
        return pl.col("is_automated").fill_null(value=False) if self.has_automated else pl.lit(value=False)

    @property
    def columns(self) -> list[str]:
        """The columns of the labels as they are read."""
        known = (self.votes, self.interactions, self.surprises)
        others = [of.collect_schema().names() for of in known if of is not None]
        named = [name for names in others for name in names if name not in ("interaction_id", WINDOW)]
        return [*self.kept, PERSON, *named]

    def survey(self) -> Survey:
        """Return what the log holds."""
        known = self.all_labels.collect_schema()
        placed = pl.all_horizontal(pl.col(ORDER).is_not_null())
        watched = placed & ~self._automated
        calibrated = pl.col("p_good").fill_nan(None).filter(watched).count() if "p_good" in known else pl.lit(0)
        version = pl.col("label_version").max() if "label_version" in known else pl.lit(None, pl.Int64)
        n, n_placed, n_labels, n_calibrated, latest, *ends = (
            self.all_labels.select(
                pl.len(), placed.sum().alias("placed"), watched.sum().alias("watched"), calibrated.alias("calibrated"),
                version.alias("version"), _FINAL.filter(watched).min().alias("first"),
                _FINAL.filter(watched).max().alias("last"),
            ).collect().row(0)
        )  # fmt: skip
        return Survey(n_labels, n_placed - n_labels, n - n_placed, n_calibrated > 0, latest or 1, *ends)

    def seen(self, until: datetime) -> Seen:
        """Return what tells whether labels up to a time are the same as before."""
        found = self.labels.filter(_FINAL.le(until)).select(
            pl.len(),
            (_FINAL.dt.epoch("us") % _CHECKED).sum().alias("check"),
            pl.col("interaction_id").filter(_FINAL.eq(until)).max().cast(pl.String),
        )
        return Seen(*found.collect().row(0))

    def read(
        self,
        *,
        after: datetime | None = None,
        until: datetime | None = None,
        before: datetime | None = None,
        where: pl.Expr | None = None,
        one_in: int = 1,
    ) -> pl.DataFrame:
        """Return labels in (`final_at`, `interaction_id`) order with votes and events beside them.

        Those final later than `after`, not later than `until`, earlier than `before`; where a condition holds; or one
        in so many of them, by a hash of their id.
        """
        bounds = _bounds("final_at", after, until, before)
        chosen = self.labels.filter(*bounds, *([where] if where is not None else []))
        if one_in > 1:
            chosen = chosen.filter(pl.col("interaction_id").hash(seed=0) % one_in == 0)
        types = self.all_labels.collect_schema()
        people = [pl.col(name).cast(pl.String) for name in _PEOPLE if name in types]
        found = chosen.select(*self.kept, pl.coalesce(people).alias(PERSON)).collect()
        ordered = found if _is_ordered(found) else found.sort(ORDER)
        # A label is final when its window ends: files of other times need not be opened.
        windows = _bounds(WINDOW, after, until, before) if self.has_windows else []
        with_votes = _beside(_beside(ordered, self.votes, []), self.surprises, [])
        return _beside(with_votes, self.interactions, windows)

    def times(self, *, after: datetime | None, where: pl.Expr | None = None) -> pl.Series:
        """Return the times after a time at which labels became final, in order."""
        chosen = self.labels if where is None else self.labels.filter(where)
        chosen = chosen if after is None else chosen.filter(_FINAL.gt(after))
        return chosen.select("final_at").collect()["final_at"].sort()

    def parts(self, *, after: datetime | None, most: int = ROWS_AT_ONCE) -> Iterator[pl.DataFrame]:
        """Yield the labels after a time, up to `most` at once."""
        times = self.times(after=after)
        begin = after
        for end in times.gather_every(most, offset=most - 1).append(times.tail(1)).unique().sort():
            yield self.read(after=begin, until=end)
            begin = end


def open_log(
    labels: Labels,
    columns: Sequence[str],
    *,
    votes: Labels | None = None,
    interactions: Labels | None = None,
    surprises: Labels | None = None,
) -> LabelLog:
    """Return the log of these labels.

    Parameters
    ----------
    labels
        Table `labels`, one row per interaction, in any order; only `interaction_id`, `final_at` and `columns`
        are needed.
    columns
        Further columns to keep; those of `labels` must have them.
    votes, interactions, surprises
        The tables; a label without a row there has fired nothing, and nothing is known of how surprising it was.

    Raises
    ------
    SchemaError
        When a column is missing, or `final_at` has no time zone.
    """
    frame = labels.lazy()
    types = check_labels(frame, columns)
    kept = tuple(dict.fromkeys([*ORDER, *columns, *(name for name in _WHERE_KNOWN if name in types)]))
    events = _events(interactions, kept)
    has_windows = events is not None and WINDOW in events.collect_schema()
    told = None if surprises is None else surprises.lazy().select("interaction_id", "surprise")
    return LabelLog(frame, _prefixed(votes), events, told, kept, "is_automated" in types, has_windows)


def _prefixed(votes: Labels | None) -> pl.LazyFrame | None:
    if votes is None:
        return None
    return votes.lazy().select("interaction_id", pl.exclude("interaction_id").name.prefix(OF_VOTES))


def _events(interactions: Labels | None, kept: Sequence[str]) -> pl.LazyFrame | None:
    if interactions is None:
        return None
    present = set(interactions.lazy().collect_schema())
    return interactions.lazy().select(
        "interaction_id", *(name for name in (*EVENTS.values(), WINDOW) if name in present and name not in kept)
    )


def _bounds(column: str, after: datetime | None, until: datetime | None, before: datetime | None) -> list[pl.Expr]:
    at = pl.col(column)
    found = [at > after] if after is not None else []
    found += [at <= until] if until is not None else []
    return [*found, at < before] if before is not None else found


def _beside(labels: pl.DataFrame, other: pl.LazyFrame | None, where: Sequence[pl.Expr]) -> pl.DataFrame:
    if other is None:
        return labels
    ids = labels.lazy().select("interaction_id")
    found = other.filter(*where).drop(WINDOW, strict=False).join(ids, on="interaction_id", how="semi").collect()
    return labels.join(found, on="interaction_id", how="left", maintain_order="left")


def _is_ordered(labels: pl.DataFrame) -> bool:
    """Return whether the labels are in order already; sorting and comparing text is what costs."""
    at, name = pl.col("final_at"), pl.col("interaction_id")
    if labels.select((at < at.shift()).any()).item():
        return False
    tied = labels.filter((at == at.shift()) | (at == at.shift(-1)))
    return not tied.select(((at == at.shift()) & (name < name.shift())).any()).item()
