"""Golden sets for the eval framework a team already runs: one file per target.

Every export is a folder with a `manifest.json`, holds the same bytes whenever it is made of the same rows, and reads
back to these rows. `docs/export.md` says what each target carries.
"""

from feedback.export.findings import Finder, find_models
from feedback.export.folder import read_export, write_export
from feedback.export.redaction import Redacted, redact_examples
from feedback.export.rows import EXAMPLES, check_examples, pick_examples
from feedback.export.targets import TARGETS, find_target, read_files, write_files

__all__ = [
    "EXAMPLES",
    "TARGETS",
    "Finder",
    "Redacted",
    "check_examples",
    "find_models",
    "find_target",
    "pick_examples",
    "read_export",
    "read_files",
    "redact_examples",
    "write_export",
    "write_files",
]
