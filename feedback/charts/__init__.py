"""Charts: each takes a small frame and gives an `alt.Chart`.

`meaning` says what every colour and word stands for, `scores` draws the behaviour score, `evidence` one
interaction, `trend` a segment that got worse, `alarms` and `alarm_timeline` what changed, `reliability` whether
probabilities hold, `arrivals` the events; `days` and `spans` hold the axes they share, `marks` the onsets and releases
on them, `pictures` makes files of them. Backgrounds are transparent and text takes the colour of its page, unless a
notebook calls `use_theme`.
"""

from feedback.charts.arrivals import events_per_day
from feedback.charts.evidence import session_timeline, vote_pulls
from feedback.charts.reliability import reliability_plot
from feedback.charts.scores import outcome_bar, score_of_value, score_over_time, volume_over_time
from feedback.charts.spans import score_span
from feedback.charts.theme import use_theme
from feedback.charts.trend import segment_trend

__all__ = [
    "events_per_day",
    "outcome_bar",
    "reliability_plot",
    "score_of_value",
    "score_over_time",
    "score_span",
    "segment_trend",
    "session_timeline",
    "use_theme",
    "volume_over_time",
    "vote_pulls",
]
