"""Which segments changed, online and inside a stated false-alarm budget.

`drop_detector` is the detector of one series, `bank` many of them at once, `detectors` those of river by name;
`watch` reads the log part by part (`reading`) and has a `watcher` put a `bank` on every segment and metric (`watched`,
`track`) against a baseline (`baselines`, `references`) under a budget (`budget`, `thresholds`), resumes where it was
left (`saved`, `checkpoint`) and gives an account (`watching`); `volume` watches the traffic; `alarms` says since when
(`onset`), of what kind (`kinds`) and after which release (`releases`); `backtest` replays the past.
"""

from feedback.drift.backtest import Backtest, backtest_settings
from feedback.drift.budget import Budget
from feedback.drift.detectors import detector_names, make_detector
from feedback.drift.drop_detector import DropDetector
from feedback.drift.settings import WatchSettings
from feedback.drift.watch import Followed, follow_segments, watch_segments

__all__ = [
    "Backtest",
    "Budget",
    "DropDetector",
    "Followed",
    "WatchSettings",
    "backtest_settings",
    "detector_names",
    "follow_segments",
    "make_detector",
    "watch_segments",
]
