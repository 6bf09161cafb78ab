"""From files on disk to rows as they were written: one file per format, listed in `registry.py`."""

from feedback.sources.files import find_files
from feedback.sources.raw_log import ROW, RawLog
from feedback.sources.registry import FORMATS, read_log

__all__ = ["FORMATS", "ROW", "RawLog", "find_files", "read_log"]
