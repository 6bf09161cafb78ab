"""What a user may decide."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from feedback.settings.disparity import Disparity
from feedback.settings.incidents import Broken, Notify
from feedback.settings.naming import Naming
from feedback.settings.privacy import Privacy
from feedback.settings.retention import Retention
from feedback.settings.roles import Roles
from feedback.settings.watch import Watch


@dataclass(frozen=True)
class Settings:
    """What a user may decide; every default says why.

    Attributes
    ----------
    time_zone
        Zone of times that name none, and whose midnights part the days.
    observation_window
        How long after it was shown a response can be judged, per `feature`; `default` serves the rest.
        30 minutes: longer than nearly all reactions to an answer, short enough for labels the same hour.
    session_gap
        A silence longer than this starts a new part of a session. 12 hours part one working day from the next.
    lateness
        How long events may be under way. 1 hour covers the batches of common collectors.
    roles
        Role of a further column, `dimension` or `measure`, where the type of its values would mislead.
    labelling_functions
        Python files that register labelling functions of one's own.
    disparity
        How far groups may be served worse than others.
    broken, notify
        What counts as broken and whose it is, and who is told of incidents.
    watch
        How labels are watched for changes.
    sources
        What a team's own names in its telemetry mean.
    access
        Who may do what in the app; null while everybody who can open it may do everything.
    retention
        How long texts and events are kept; for as long as the store, unless told otherwise: nothing goes by surprise.
    privacy
        What is hidden about people before anything is stored.
    """

    time_zone: str = "UTC"
    observation_window: Mapping[str, timedelta] = field(default_factory=lambda: {"default": timedelta(minutes=30)})
    session_gap: timedelta = timedelta(hours=12)
    lateness: timedelta = timedelta(hours=1)
    roles: Mapping[str, str] = field(default_factory=dict)
    labelling_functions: tuple[Path, ...] = ()
    disparity: tuple[Disparity, ...] = ()
    broken: tuple[Broken, ...] = ()
    notify: Notify = field(default_factory=Notify)
    watch: Watch = field(default_factory=Watch)
    sources: Naming = field(default_factory=Naming)
    access: Roles | None = None
    retention: Retention = field(default_factory=Retention)
    privacy: Privacy = field(default_factory=Privacy)
