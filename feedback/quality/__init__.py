"""How good the responses are.

`daily` breaks the behaviour score down by day and by value of every dimension, and compares two periods.
"""

from feedback.quality.daily import compare_periods, derive_quality

__all__ = ["compare_periods", "derive_quality"]
