"""From files on disk to rows as they were written: one file per format, listed in `registry.py`."""

from feedback.sources.detect import Seen, choose_format
from feedback.sources.files import find_files, find_logs
from feedback.sources.own_names import naming_under
from feedback.sources.raw_log import ROW, Format, RawLog
from feedback.sources.registry import FORMATS, find_format, read_batches, read_log
from feedback.sources.remote import fetch_log, is_url
from feedback.sources.spool import SpooledLog, spool_log
from feedback.sources.text_files import ReadingTerms, reading_under

__all__ = [
    "FORMATS",
    "ROW",
    "Format",
    "RawLog",
    "ReadingTerms",
    "Seen",
    "SpooledLog",
    "choose_format",
    "fetch_log",
    "find_files",
    "find_format",
    "find_logs",
    "is_url",
    "naming_under",
    "read_batches",
    "read_log",
    "reading_under",
    "spool_log",
]
