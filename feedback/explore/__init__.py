"""What the app and the notebooks ask of a store: small frames, read from one snapshot.

`periods` names spans of days, `labels` the labels that hold now, `scores` says how good they are and what
changed, `rates` the share of good ones once people have reviewed some, `segments` what got worse and where, `examples`
lists interactions, `evidence` shows why one has its score, `functions` which signals to believe, `health` how the data
arrive.
"""

from feedback.explore.evidence import find_interaction, list_properties, list_session_events, list_votes
from feedback.explore.examples import ORDERS, list_interactions
from feedback.explore.functions import calibration_error, reliability, report_functions
from feedback.explore.health import (
    count_events,
    count_rows_read,
    describe_columns,
    list_runs,
    summarise_arrival,
    summarise_quarantine,
    unusual_hours,
)
from feedback.explore.periods import Period, latest_period
from feedback.explore.rates import period_rate, reviews_to_go
from feedback.explore.scores import (
    compare_values,
    count_open,
    count_outcomes,
    daily_scores,
    list_dimensions,
    list_values,
)
from feedback.explore.segments import compare, disparities, explain, list_segments

__all__ = [
    "ORDERS",
    "Period",
    "calibration_error",
    "compare",
    "compare_values",
    "count_events",
    "count_open",
    "count_outcomes",
    "count_rows_read",
    "daily_scores",
    "describe_columns",
    "disparities",
    "explain",
    "find_interaction",
    "latest_period",
    "list_dimensions",
    "list_interactions",
    "list_properties",
    "list_runs",
    "list_segments",
    "list_session_events",
    "list_values",
    "list_votes",
    "period_rate",
    "reliability",
    "report_functions",
    "reviews_to_go",
    "summarise_arrival",
    "summarise_quarantine",
    "unusual_hours",
]
