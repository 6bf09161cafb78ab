"""The columns of votes a label model reads, and how it reads each: by grade, and as one of a few symbols."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from feedback.errors import SchemaError
from feedback.stats.sums import Numbers

KEY = "interaction_id"
SILENT = 0
# Four bins of a graded vote keep its shape and leave every bin enough rows.
N_BINS = 4


@dataclass(frozen=True)
class VoteColumn:
    """How one labelling function's votes are read.

    Attributes
    ----------
    name
        The function.
    is_graded
        Whether it measures (a share) rather than decides.
    says_both
        Whether its votes differ; a function that only ever says one thing either says it or is silent.
    edges
        Ends of the bins of a graded vote, without the outer two.
    """

    name: str
    is_graded: bool
    says_both: bool
    edges: tuple[float, ...] = ()

    @property
    def n_symbols(self) -> int:
        """Number of symbols: silent, then bad and good, or the bins from low to high."""
        return len(self.edges) + 2 if self.is_graded else 3

    def symbols(self, votes: pl.DataFrame) -> pl.Series:
        """Return each vote as a symbol, `SILENT` for an abstention."""
        vote = votes[self.name]
        if not self.is_graded:
            return (vote.cast(pl.UInt8) + 1).fill_null(SILENT).alias(self.name)
        bins = np.searchsorted(self.edges, _grades(vote).to_numpy(), side="right").astype(np.uint8)
        return pl.Series(self.name, bins + 1).set(vote.is_null(), SILENT)


def find_vote_columns(votes: pl.DataFrame) -> tuple[VoteColumn, ...]:
    """Return how to read every labelling function of the votes: every column of numbers, by name.

    Raises
    ------
    SchemaError
        When a vote lies outside [0, 1].

    Examples
    --------
    >>> votes = pl.DataFrame({"interaction_id": ["a", "b", "c"], "copied": [1, None, 1], "kept": [0.2, 0.9, None]})
    >>> [(column.name, column.is_graded, column.says_both) for column in find_vote_columns(votes)]
    [('copied', False, False), ('kept', True, True)]
    """
    names = sorted(name for name, dtype in votes.schema.items() if dtype.is_numeric() and name != KEY)
    return tuple(_read(votes[name]) for name in names)


def without_nan(votes: pl.DataFrame) -> pl.DataFrame:
    """Return the votes with NaN as null: both mean that nothing was said."""
    return votes.with_columns(pl.col(pl.Float32, pl.Float64).fill_nan(None))


def lean_of(vote: pl.Series) -> Numbers:
    """Return each vote on the scale from -1 (bad) to 1 (good); 0 for an abstention.

    Examples
    --------
    >>> lean_of(pl.Series([1, None, 0])).tolist()
    [1.0, 0.0, -1.0]
    """
    return 2 * _grades(vote).to_numpy() - 1


def voted(vote: pl.Series) -> Numbers:
    """Return 1 where there is a vote, else 0."""
    return vote.is_not_null().cast(pl.Float64).to_numpy()


def _grades(vote: pl.Series) -> pl.Series:
    return vote.cast(pl.Float64).fill_null(0.5)


def _read(vote: pl.Series) -> VoteColumn:
    cast = np.sort(vote.drop_nulls().cast(pl.Float64).to_numpy())
    if cast.size and not (cast[0] >= 0 and cast[-1] <= 1):
        raise SchemaError(f"votes of {vote.name} lie in [0, 1], but range from {cast[0]:g} to {cast[-1]:g}")
    says_both = bool(cast.size and cast[0] < cast[-1])
    if not vote.dtype.is_float():
        return VoteColumn(vote.name, is_graded=False, says_both=says_both)
    return VoteColumn(vote.name, is_graded=True, says_both=says_both, edges=_bin_ends(cast))


def _bin_ends(cast: npt.NDArray[np.float64]) -> tuple[float, ...]:
    """Return the inner quantiles that part the votes, fewer where many votes are equal."""
    if not cast.size:
        return ()
    ends = np.unique(np.quantile(cast, np.linspace(0, 1, N_BINS + 1)[1:-1]))
    return tuple(float(end) for end in ends if end > cast[0])
