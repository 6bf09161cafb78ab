"""Labels as items to choose from: each with its badness, its place in the space of texts, and its duplicates."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from feedback.errors import SchemaError, name_some
from feedback.stats.sums import Indices, Numbers
from feedback.text_space import Patterns, cluster_patterns, fit_text_space, group_near_duplicates, word_patterns

Frame = pl.DataFrame | pl.LazyFrame
Points = npt.NDArray[np.float32]
_NEEDED = ("interaction_id", "session_id", "request_text", "response_text")
_OPTIONAL = {"score": pl.Float64, "p_good": pl.Float64, "surprise": pl.Float64, "is_automated": pl.Boolean}
# What was asked tells the kind of a request better than what was answered.
WEIGHT_OF_ANSWERS = 0.7
# Items per cluster that serve as patterns where vectors take the place of words.
CLUSTER_SIZES = (25, 75, 200)


@dataclass(frozen=True)
class Items:
    """What can be drawn, one entry per item in the order of `interaction_id`.

    Attributes
    ----------
    labels
        The labels.
    is_calibrated
        Whether `value` is `p_good`, else the behaviour score.
    value
        How good each is, in [0, 1]; NaN where unknown.
    group
        The first item that asks the same, itself where none does.
    """

    labels: pl.DataFrame
    is_calibrated: bool
    value: Numbers
    group: Indices

    def __len__(self) -> int:
        return self.labels.height


@dataclass(frozen=True)
class Space:
    """Where groups of items lie, what they have in common, and which points and patterns are golden already."""

    points: Points
    patterns: Patterns
    golden: Points
    is_golden: npt.NDArray[np.bool_]


def make_items(labels: Frame, golden: pl.DataFrame | None) -> Items:
    """Return the items that can be drawn: labels that are not automated and not golden already.

    Raises
    ------
    SchemaError
        When a column is missing, or an interaction is there twice.
    """
    present = labels.lazy().collect_schema().names()
    missing = [name for name in _NEEDED if name not in present]
    if missing:
        raise SchemaError(f"labels need the column {name_some(missing)}; there are {name_some(present, most=20)}")
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in _OPTIONAL.items() if name not in present]
    kept = labels.lazy().with_columns(absent).filter(~pl.col("is_automated").fill_null(value=False))
    frame = kept.sort("interaction_id").collect()
    if frame["interaction_id"].is_duplicated().any():
        raise SchemaError("labels hold an interaction twice; expected one row per interaction")
    n_golden, group = _group(frame["request_text"], golden)
    is_new = group >= n_golden
    is_calibrated = frame["p_good"].drop_nulls().len() > 0
    value = frame["p_good" if is_calibrated else "score"].cast(pl.Float64).to_numpy().astype(float)
    place = np.cumsum(is_new) - 1
    return Items(frame.filter(pl.Series(is_new)), is_calibrated, value[is_new], place[group[is_new] - n_golden])


def place_items(items: Items, firsts: Indices, golden: pl.DataFrame | None, vectors: Frame | None, seed: int) -> Space:
    """Return the space of the first item of each group, by its texts or by the vectors of the user.

    Raises
    ------
    SchemaError
        When vectors are not `interaction_id` and one list or array of numbers, all of one length.
    """
    chosen = items.labels[firsts]
    asked, answered = chosen["request_text"], chosen["response_text"]
    if vectors is not None:
        points = _points_of_user(chosen, vectors)
        patterns = cluster_patterns(points, CLUSTER_SIZES, seed=seed)
        return Space(points, patterns, points[:0], np.zeros(patterns.n_patterns, bool))
    spaces = [fit_text_space(column, seed=seed) for column in (asked, answered)]
    points = _beside(spaces[0].place(asked), spaces[1].place(answered))
    patterns = word_patterns([asked, answered])
    if golden is None or golden.is_empty():
        return Space(points, patterns, points[:0], np.zeros(patterns.n_patterns, bool))
    examples = golden_texts(golden)
    placed = _beside(*(space.place(column) for space, column in zip(spaces, examples, strict=True)))
    is_golden = np.asarray(patterns.find_in(examples).sum(axis=0)).ravel() > 0
    return Space(points, patterns, placed, is_golden)


def golden_texts(golden: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Return what was asked and answered in each example of the golden set.

    Raises
    ------
    SchemaError
        When there is no column `input`.
    """
    if "input" not in golden.columns:
        raise SchemaError(f"the golden set needs the column input; there are {name_some(golden.columns, most=20)}")
    answers = golden["observed_output"] if "observed_output" in golden.columns else pl.Series([None] * golden.height)
    return golden["input"].cast(pl.String), answers.cast(pl.String)


def _group(asked: pl.Series, golden: pl.DataFrame | None) -> tuple[int, Indices]:
    """Return how many golden examples there are, and the first text like each item's among these and the items."""
    if golden is None:
        return 0, group_near_duplicates(asked)
    known = golden_texts(golden)[0]
    group = group_near_duplicates(pl.concat([known.rename("text"), asked.cast(pl.String).rename("text")]))
    return len(known), group[len(known) :]


def _beside(asked: Points, answered: Points) -> Points:
    points = np.hstack([asked, WEIGHT_OF_ANSWERS * answered])
    length = np.linalg.norm(points, axis=1, keepdims=True)
    return (points / np.where(length > 0, length, np.inf)).astype(np.float32)


def _points_of_user(chosen: pl.DataFrame, vectors: Frame) -> Points:
    """Return the vector of each item at length 1; all zeros where it has none."""
    frame = vectors.lazy().collect()
    columns = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List | pl.Array)]
    if "interaction_id" not in frame.columns or len(columns) != 1:
        raise SchemaError("embeddings need interaction_id and one column of lists of numbers")
    found = chosen.select("interaction_id").join(
        frame.select("interaction_id", vector=pl.col(columns[0]).cast(pl.List(pl.Float32))).unique("interaction_id"),
        on="interaction_id", how="left", maintain_order="left",
    )["vector"]  # fmt: skip
    lengths = found.list.len().drop_nulls().unique()
    if len(lengths) > 1 or found.list.eval(pl.element().is_null() | ~pl.element().is_finite()).list.any().any():
        raise SchemaError("embeddings must be finite numbers, all of one length")
    n = int(lengths[0]) if len(lengths) else 1
    points = np.zeros((len(found), n), np.float32)
    has_one = found.is_not_null().to_numpy()
    if has_one.any():
        points[has_one] = np.array(found.drop_nulls().to_list(), np.float32)
    length = np.linalg.norm(points, axis=1, keepdims=True)
    return points / np.where(length > 0, length, np.inf).astype(np.float32)
