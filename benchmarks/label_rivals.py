"""Every way to turn votes and a few verdicts into probabilities that the label model is compared with.

Each rival gets the same verdicts, weighted by 1 / inclusion probability, and the same effort: its ridge (and,
where it has them, its settings) is chosen by cross-validated log-loss on those verdicts.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from benchmarks.label_tasks import Gold, Task, vote_share
from feedback.label_model.model import LabelModel

Array = np.ndarray
RIDGES = tuple(np.logspace(-2.5, 2, 8))
# Two numbers need less of a ridge to choose from.
PLATT_RIDGES = (0.1, 10.0)
FOLDS = 5
# Where verdicts are separable, scikit-learn goes on with lbfgs by itself.
warnings.filterwarnings("ignore", message="Line search of Newton solver")


@dataclass(frozen=True)
class Design:
    """One way to describe the rows to a logistic regression: one line per row, for all rows of the task."""

    columns: Array
    ridges: Sequence[float] = RIDGES


Scores = dict[str, Array]


def base_rate(_task: Task, gold: Gold) -> float:
    """Return the weighted share of good verdicts, half a verdict added to either side."""
    return float((gold.weights @ gold.is_good + 0.5) / (gold.weights.sum() + 1))


def regress(task: Task, gold: Gold, designs: Sequence[Design], seed: int) -> Array:
    """Return the chances for every row under the design and ridge with the least cross-validated log-loss.

    With fewer than two verdicts of one kind there is nothing to regress on: the base rate.
    """
    fewest = int(min(gold.is_good.sum(), (~gold.is_good).sum()))
    if fewest < 2:
        return np.full(len(task.is_good), base_rate(task, gold))
    folds = StratifiedKFold(min(FOLDS, fewest), shuffle=True, random_state=seed)
    splits = list(folds.split(gold.rows, gold.is_good))
    tried = [
        (_cross_validate(design, ridge, gold, splits), design, ridge) for design in designs for ridge in design.ridges
    ]
    _, design, ridge = min(tried, key=lambda one: one[0])
    model = _fit(design.columns[gold.rows], gold.is_good, gold.weights, ridge)
    return model.predict_proba(design.columns)[:, 1]


def _fit(columns: Array, is_good: Array, weights: Array, ridge: float) -> LogisticRegression:
    return LogisticRegression(C=ridge, solver="newton-cholesky").fit(columns, is_good, sample_weight=weights)


def _cross_validate(design: Design, ridge: float, gold: Gold, splits: list[tuple[Array, Array]]) -> float:
    columns, total = design.columns[gold.rows], 0.0
    for fit, test in splits:
        model = _fit(columns[fit], gold.is_good[fit], gold.weights[fit], ridge)
        p = np.clip(model.predict_proba(columns[test])[:, 1], 1e-6, 1 - 1e-6)
        total -= gold.weights[test] @ np.log(np.where(gold.is_good[test], p, 1 - p))
    return total


def one_hot(votes: pl.DataFrame, functions: Sequence[str]) -> Array:
    """Return the votes as numbers: silent, voted good, voted bad; a graded one: silent, and its grade less 1/2."""
    columns = []
    for name in functions:
        vote, fired = votes[name], votes[name].is_not_null()
        columns.append(~fired.to_numpy())
        if vote.dtype.is_integer():
            columns += [(vote == value).fill_null(value=False).to_numpy() for value in (1, 0)]
        else:
            columns.append(vote.fill_null(0.5).to_numpy() - 0.5)
    return np.column_stack(columns).astype(float)


def with_feature(votes: pl.DataFrame, columns: Array) -> Array:
    """Return the columns and one indicator per feature."""
    names = votes["feature"].fill_null("").to_numpy()
    return np.column_stack([columns, *(names == name for name in np.unique(names))])


def platt(task: Task, gold: Gold, scores: Sequence[Array], seed: int) -> Array:
    """Return a two-parameter logistic of the log-odds; the verdicts choose among the scores."""
    designs = [Design(_log_odds(score)[:, None], PLATT_RIDGES) for score in scores]
    return regress(task, gold, designs, seed)


def _log_odds(p: Array) -> Array:
    sure = np.clip(p, 1e-4, 1 - 1e-4)
    return np.log(sure / (1 - sure))


def ours(task: Task, gold: Gold | None, seed: int) -> Array:
    """Return `p_good` of the label model for every row; its ranking score where there are no verdicts.

    Where the reviews allow it no probability, it stands for what a screen can still say: the base rate.
    """
    training = task.votes.filter(pl.Series(task.is_train))
    model = LabelModel(seed=seed).fit(training, None if gold is None else verdicts_of(task, gold))
    predicted = task.votes.select("interaction_id").join(
        model.predict(task.votes), on="interaction_id", how="left", maintain_order="left"
    )
    if gold is None:
        # An interaction nobody voted on has no score; for ranking it stands in the middle.
        return predicted["score"].fill_null(0.5).to_numpy()
    return predicted["p_good"].fill_null(base_rate(task, gold)).to_numpy()


def verdicts_of(task: Task, gold: Gold) -> pl.DataFrame:
    """Return the drawn rows as reviews."""
    return task.votes[gold.rows].select(
        "interaction_id",
        "session_id",
        verdict=pl.Series(np.where(gold.is_good, "good", "bad")),
        inclusion_probability=pl.Series(gold.inclusion),
        stream=pl.lit("rate"),
        reviewer=pl.lit("r1"),
        level=pl.lit("response"),
    )


def without_verdicts(task: Task, scores: Scores, seed: int) -> Scores:
    """Return what each method says when nobody reviewed anything."""
    return {
        "ours": ours(task, None, seed),
        "majority vote": vote_share(task.votes.select(task.functions)),
        "Dawid-Skene": scores["dawid_skene"],
        "Snorkel": scores["snorkel"],
    }


def with_verdicts(task: Task, gold: Gold, scores: Scores, seed: int) -> Scores:
    """Return what each method says given the reviews."""
    votes, share = one_hot(task.votes, task.functions), vote_share(task.votes.select(task.functions))
    plain = Design(votes)
    designs = [plain, Design(with_feature(task.votes, votes)), Design(np.column_stack([votes, _log_odds(share)]))]
    return {
        "ours": ours(task, gold, seed),
        "base rate": np.full(len(task.is_good), base_rate(task, gold)),
        "majority vote + Platt": platt(task, gold, [share], seed),
        "Dawid-Skene + Platt": platt(task, gold, [scores["dawid_skene"]], seed),
        "Snorkel + Platt": platt(task, gold, [p for name, p in scores.items() if name.startswith("snorkel")], seed),
        "logistic on votes": regress(task, gold, [plain], seed),
        "logistic, tuned columns": regress(task, gold, designs, seed),
    }
