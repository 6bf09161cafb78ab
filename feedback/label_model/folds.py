"""Folds that keep a session together: what people do in one go is alike."""

import numpy as np
import numpy.typing as npt

from feedback.stats.sums import Indices

N_FOLDS = 5


def fold_sessions(sessions: npt.NDArray[np.str_], *, seed: int, n_folds: int = N_FOLDS) -> Indices:
    """Return the fold of each row, at most one fold per session, whatever the order of the rows.

    Examples
    --------
    >>> fold_sessions(np.array(["a", "b", "a", "c"]), seed=0, n_folds=2).tolist()
    [0, 0, 0, 1]
    """
    names, place = np.unique(sessions, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    return (order % min(n_folds, max(len(names), 1)))[place]
