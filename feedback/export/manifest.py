"""What an export says about itself: counts, query, versions, hashes, redaction, and how to read it back."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from feedback.export.rows import hash_examples
from feedback.export.target import Files, Target

MANIFEST = "manifest.json"
WRITTEN_BY = "feedback export"
FORMAT = 1
_COUNTED = ("label", "label_source", "split")
_TEXTS = ("input", "observed_output", "expected", "rejected_output", "reason", "segment")
_HOSTILE = {
    "template": r"\{[{%#]",
    "file_or_package": r"^(?:file://|package:)",
    "formula": r"^[\s]*[=+\-@]",
    "zero_byte": r"\x00",
}

Manifest = dict[str, Any]


def describe_export(
    examples: pl.DataFrame,
    files: Files,
    target: Target,
    *,
    query: Mapping[str, Any],
    versions: Mapping[str, Any],
    redaction: Mapping[str, Any] | None,
    exported_at: str | None = None,
) -> Manifest:
    """Return the manifest of an export; the same for the same rows, but for `exported_at` where it is given.

    Parameters
    ----------
    examples
        One row per example, as exported.
    files
        The files by name.
    target
        What they are for.
    query, versions
        What was asked for, and of which versions it was made.
    redaction
        The report of the redaction. None: the texts are as they were logged.
    exported_at
        When, if the manifest is to say so.

    Examples
    --------
    >>> from feedback.export.plain import JSONL
    >>> from feedback.export.rows import EXAMPLES
    >>> empty = EXAMPLES.to_frame()
    >>> manifest = describe_export(empty, {"a": b""}, JSONL, query={}, versions={"golden": 1}, redaction=None)
    >>> manifest["n_examples"], manifest["redaction"], manifest["versions"]
    (0, None, {'golden': 1})
    """
    return {
        "written_by": WRITTEN_BY,
        "format": FORMAT,
        "target": target.name,
        **({} if exported_at is None else {"exported_at": exported_at}),
        "n_examples": examples.height,
        "counts": {name: _count_values(examples, name) for name in _COUNTED},
        "query": dict(query),
        "versions": dict(versions),
        "rows_sha256": hash_examples(examples),
        "files": {name: _describe_file(content) for name, content in sorted(files.items())},
        "redaction": None if redaction is None else dict(redaction),
        "hostile_values": {name: _count_matches(examples, pattern) for name, pattern in _HOSTILE.items()},
        "notes": list(target.notes),
    }


def find_changes(manifest: Manifest, files: Files) -> list[str]:
    """Return the names of the files that are missing, or are not what the manifest says."""
    said = manifest.get("files", {})
    return [name for name in said if name not in files or _describe_file(files[name]) != said[name]]


def _describe_file(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _count_values(examples: pl.DataFrame, column: str) -> dict[str, int]:
    counts = examples.group_by(pl.col(column).fill_null("none")).len().sort(column)
    return dict(counts.iter_rows())


def _count_matches(examples: pl.DataFrame, pattern: str) -> int:
    found = [value for name in _TEXTS for value in examples[name].to_list() if value and re.search(pattern, value)]
    return len(found)
