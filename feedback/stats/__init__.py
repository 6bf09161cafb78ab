"""Pure numbers: intervals, tests and estimators. Nothing here knows what the numbers are about.

`clusters` means of clustered values · `wilson` intervals of a share · `logistic` small logistic fits, many at
once · `shrinkage` means of many groups pulled together · `prediction_powered` a mean from few measured values and a
prediction for all.
"""

from feedback.stats.clusters import IN_ORDER, MIN_CLUSTERS, mean_of_clusters, t_critical
from feedback.stats.logistic import fit_lines, fit_shifts, from_log_odds, log_odds
from feedback.stats.prediction_powered import (
    ClusterSums,
    Influence,
    MeasuredItems,
    influence,
    kish_size,
    tuned_weight,
    variance,
)
from feedback.stats.shrinkage import ShrunkMeans, shrink_means
from feedback.stats.sums import Indices, Numbers, add_up
from feedback.stats.wilson import discount_of_clusters, size_for_half_width, wilson_interval

__all__ = [
    "IN_ORDER",
    "MIN_CLUSTERS",
    "ClusterSums",
    "Indices",
    "Influence",
    "MeasuredItems",
    "Numbers",
    "ShrunkMeans",
    "add_up",
    "discount_of_clusters",
    "fit_lines",
    "fit_shifts",
    "from_log_odds",
    "influence",
    "kish_size",
    "log_odds",
    "mean_of_clusters",
    "shrink_means",
    "size_for_half_width",
    "t_critical",
    "tuned_weight",
    "variance",
    "wilson_interval",
]
