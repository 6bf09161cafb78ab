"""Different items among the worst: each pick stands for those like it."""

import numpy as np
import numpy.typing as npt

from feedback.stats.sums import Indices, Numbers

Points = npt.NDArray[np.float32]
# Of the items looked at, the share with the lowest scores; more would bring in good ones.
SHARE_OF_WORST = 0.05
_FEWEST_PER_PICK, _MOST = 4, 4_000


def cover_worst(points: Points, badness: Numbers, among: Indices, *, most: int, covered: Points) -> Indices:
    """Return items that stand for as many of the worst as possible, the most telling first.

    Greedy facility location: each item added is the one that brings the worst items closest to an example.

    Parameters
    ----------
    points
        One row per item, of length 1 or 0.
    badness
        Of each item; NaN where it has no score, and such an item is never taken.
    among
        The items that may be taken.
    most
        How many at most.
    covered
        Points of examples there are already.

    References
    ----------
    Nemhauser, Wolsey and Fisher (1978), An analysis of approximations for maximizing submodular set functions,
    Mathematical Programming 14.

    Examples
    --------
    >>> points = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    >>> cover_worst(points, np.array([0.9, 0.8, 0.7, 0.1]), np.arange(3), most=2, covered=points[:0]).tolist()
    [0, 2]
    """
    scored = among[~np.isnan(badness[among])]
    n_worst = min(max(int(len(scored) * SHARE_OF_WORST), _FEWEST_PER_PICK * most), _MOST)
    worst = scored[np.argsort(-badness[scored], kind="stable")][:n_worst]
    here = points[worst]
    alike = np.maximum(here @ here.T, 0)
    best = np.maximum(here @ covered.T, 0).max(axis=1) if len(covered) else np.zeros(len(worst), np.float32)
    chosen: list[int] = []
    for _ in range(min(most, len(worst))):
        gain = np.maximum(alike - best[:, None], 0).sum(axis=0)
        gain[chosen] = -1.0
        chosen.append(int(gain.argmax()))
        best = np.maximum(best, alike[:, chosen[-1]])
    return worst[chosen]
