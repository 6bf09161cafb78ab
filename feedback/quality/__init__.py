"""How good the responses are.

`daily` breaks the behaviour score and the rate down by day and by value of every dimension, and compares two
periods; `rates` turns few reviews into an honest rate; `sampler` draws what to review for one.
"""

from feedback.quality.daily import compare_periods, derive_quality
from feedback.quality.rates import estimate_rates, estimate_session_rates
from feedback.quality.sampler import draw_for_rate, inclusion_probabilities, reviews_needed

__all__ = [
    "compare_periods",
    "derive_quality",
    "draw_for_rate",
    "estimate_rates",
    "estimate_session_rates",
    "inclusion_probabilities",
    "reviews_needed",
]
