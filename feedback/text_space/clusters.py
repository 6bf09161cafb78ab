"""Points that lie together."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]
_SETTINGS: dict[str, Any] = {"batch_size": 4_096, "n_init": 3}
# Points among which the first centres are chosen: with more of them that would take longer than all the rest.
_FIRST_CENTRES_FROM = 3_000


class Clustering(NamedTuple):
    """The cluster of each point, numbered from 0, and the centre of each cluster."""

    cluster: Indices
    centres: Points


def cluster_points(points: Points, n_clusters: int, *, seed: int) -> Clustering:
    """Return the points in at most so many clusters, by mini-batch k-means; the largest cluster is number 0.

    Parameters
    ----------
    points
        One row per point.
    n_clusters
        How many clusters; fewer where there are fewer different points.
    seed
        The same points and seed give the same clusters.

    References
    ----------
    Sculley (2010), Web-scale k-means clustering, WWW.

    Examples
    --------
    >>> points = np.array([[0, 1], [0, 1], [0, 1], [1, 0]], np.float32)
    >>> cluster_points(points, 2, seed=0).cluster.tolist()
    [0, 0, 0, 1]
    """
    from sklearn.cluster import MiniBatchKMeans

    different = np.unique(points, axis=0)
    if len(different) <= n_clusters:
        centres = different
        near = _nearest(points, centres)
    else:
        fitted: Any = MiniBatchKMeans(
            n_clusters, init_size=max(_FIRST_CENTRES_FROM, 3 * n_clusters), random_state=seed, **_SETTINGS
        ).fit(points)
        centres, near = fitted.cluster_centers_, fitted.labels_
    sizes = np.bincount(near, minlength=len(centres))
    order = np.argsort(-sizes, kind="stable")[: int((sizes > 0).sum())]
    number = np.full(len(centres), -1)
    number[order] = np.arange(len(order))
    return Clustering(number[near].astype(np.int64), centres[order].astype(np.float32))


def _nearest(points: Points, centres: Points) -> Indices:
    if not len(points):
        return np.zeros(0, np.int64)
    distance = -2 * points @ centres.T + (centres**2).sum(axis=1)
    return distance.argmin(axis=1)
