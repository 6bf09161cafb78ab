"""How a watch is set up: what of the labels, against which baseline, under which budget."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from feedback.drift.budget import Budget
from feedback.drift.detectors import OURS, detector_names
from feedback.drift.watched import MOST_VALUES
from feedback.errors import SettingsError, UnknownNameError
from feedback.settings import check_time_zone

RELEASE_COLUMNS = ("prompt_version", "model", "index_version")
FURTHER = ("votes", "surprise", "events", "outcomes", "volume")
Baseline = datetime | pl.DataFrame | None


@dataclass(frozen=True)
class WatchSettings:
    """How to watch; every default says why.

    Attributes
    ----------
    dimensions
        Columns whose every value is a segment; together they make the strata of the baseline.
    metric
        `auto` is `p_good` where it is calibrated, else `score`; or a column of shares in [0, 1].
    budget
        How many false alarms may come.
    baseline
        A time: final labels before it are the reference, and nothing before it raises an alarm. A frame: one row per
        stratum, some of the dimensions and `rate` (and `n`, the labels it comes from). None: the beginning of each
        series, without strata and hours.
    detector
        `drop`, or one of river's by name at its defaults, which has no budget.
    rises
        Whether rises of the main metric are alarms too: good news wakes nobody by default.
    pairs
        Pairs of dimensions whose every combination is a segment, for the main metric.
    further
        What else is watched, for the whole and for each value: `votes` (how often each labelling function fires),
        `events`, `outcomes`, `volume`, both ways, and `surprise`, how little a model that learned from the labels
        before expected each, for rises. The label itself has half of the budget, all of these the other.
    most_values
        Segments per dimension or pair; the rest are watched together.
    warmup
        Values a level is learned from where there is no baseline, and after an alarm.
    margin_se
        Standard errors in the safety margin, twice as many under 2,000 labels.
    time_zone
        Zone of the hours of the week.
    releases
        Columns whose new values are releases.
    """

    dimensions: Sequence[str]
    metric: str = "auto"
    budget: Budget = field(default_factory=Budget)
    baseline: Baseline = None
    detector: str = OURS
    rises: bool = False
    pairs: Sequence[tuple[str, str]] = ()
    further: Sequence[str] = FURTHER
    most_values: int = MOST_VALUES
    warmup: int = 2000
    margin_se: float = 1.0
    time_zone: str = "UTC"
    releases: Sequence[str] = RELEASE_COLUMNS

    def __post_init__(self) -> None:
        """Check what was given."""
        if self.detector not in detector_names():
            raise UnknownNameError(f"there is no detector {self.detector!r}; there are {', '.join(detector_names())}")
        if unknown := sorted(set(self.further) - set(FURTHER)):
            raise SettingsError(f"besides the label one can watch {', '.join(FURTHER)}, not {', '.join(unknown)}")
        if isinstance(self.baseline, datetime) and self.baseline.tzinfo is None:
            raise SettingsError("the time of the baseline needs a time zone, for instance 2026-01-31T12:00Z")
        if self.most_values < 1 or self.warmup < 1 or self.margin_se < 0:
            raise SettingsError("most_values and warmup are at least 1, and margin_se is not negative")
        if stray := sorted({name for pair in self.pairs for name in pair} - set(self.dimensions)):
            raise SettingsError(f"a pair is of dimensions that are watched; {', '.join(stray)} is not")
        check_time_zone(self.time_zone)
