"""Texts as points: which say the same, which are about the same.

`vectors` places texts by their words, `duplicates` groups those that say nearly the same, `clusters` those that are
about the same; `patterns` are the words or clusters items have in common.
"""

from feedback.text_space.clusters import Clustering, cluster_points
from feedback.text_space.duplicates import group_near_duplicates
from feedback.text_space.patterns import Patterns, cluster_patterns, word_patterns
from feedback.text_space.vectors import TextSpace, fit_text_space

__all__ = [
    "Clustering",
    "Patterns",
    "TextSpace",
    "cluster_patterns",
    "cluster_points",
    "fit_text_space",
    "group_near_duplicates",
    "word_patterns",
]
