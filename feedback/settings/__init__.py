"""What `feedback.toml` says: windows, lateness, time zone, roles of columns, labelling functions, thresholds.

`choices` what a user may decide, with defaults · `reading` the file · one file per table of it (`disparity`) ·
`spans` times as people write them.
"""

from feedback.settings.choices import Settings
from feedback.settings.disparity import Disparity
from feedback.settings.incidents import Broken, Notify
from feedback.settings.naming import Naming
from feedback.settings.privacy import Privacy
from feedback.settings.reading import SETTINGS_FILE, read_settings
from feedback.settings.retention import Retention
from feedback.settings.roles import Roles
from feedback.settings.spans import check_time_zone, parse_span
from feedback.settings.watch import Watch

__all__ = [
    "SETTINGS_FILE",
    "Broken",
    "Disparity",
    "Naming",
    "Notify",
    "Privacy",
    "Retention",
    "Roles",
    "Settings",
    "Watch",
    "check_time_zone",
    "parse_span",
    "read_settings",
]
