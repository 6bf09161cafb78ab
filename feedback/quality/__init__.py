"""How good the responses are.

`daily` breaks the behaviour score and the rate down by day and by value of every dimension, `tallies` keeps the sums by
which longer spans can be told, `changes` compares two periods; `rates` turns few reviews into an honest rate; `sampler`
draws what to review for one; `volume` finds hours with unusually few or many events. `people` sums labels up by person,
`values` says which values stand for themselves.
"""

from feedback.quality.changes import compare_clusters, compare_periods
from feedback.quality.daily import derive_days, derive_quality
from feedback.quality.rates import estimate_rates, estimate_session_rates
from feedback.quality.sampler import draw_for_rate, inclusion_probabilities, reviews_needed
from feedback.quality.volume import find_unusual_hours

__all__ = [
    "compare_clusters",
    "compare_periods",
    "derive_days",
    "derive_quality",
    "draw_for_rate",
    "estimate_rates",
    "estimate_session_rates",
    "find_unusual_hours",
    "inclusion_probabilities",
    "reviews_needed",
]
