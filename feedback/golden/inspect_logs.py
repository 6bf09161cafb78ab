"""Logs of Inspect, as JSON and as the `.eval` archive it writes by default."""

import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa

from feedback.errors import InputError

Row = dict[str, Any]
_ZSTANDARD = 93
_LOCAL_HEADER = 30
_LETTERS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
# Half right is not right.
_PASSED = 1.0


def is_inspect_log(content: object) -> bool:
    """Return whether it is what Inspect writes: an object with `eval` and `samples`."""
    return isinstance(content, dict) and isinstance(content.get("eval"), dict) and "samples" in content


def read_inspect_log(content: dict[str, Any]) -> list[Row]:
    """Return one row per sample and epoch of a log in JSON."""
    about = content["eval"]
    return [_to_row(sample, about) for sample in content.get("samples") or []]


def read_inspect_archive(file: Path) -> list[Row]:
    """Return one row per sample and epoch of an `.eval` archive.

    Raises
    ------
    InputError
        When it is damaged, or no log of Inspect.
    """
    try:
        with zipfile.ZipFile(file) as archive, file.open("rb") as raw:
            members = {member.filename: member for member in archive.infolist()}
            header = json.loads(_read_member(archive, raw, members["header.json"]))
            if "summaries.json" in members:
                samples = json.loads(_read_member(archive, raw, members["summaries.json"]))
            else:
                names = sorted(name for name in members if name.startswith("samples/"))
                samples = [json.loads(_read_member(archive, raw, members[name])) for name in names]
            return [_to_row(sample, header["eval"]) for sample in samples]
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, OSError, NotImplementedError, struct.error) as error:
        raise InputError(f"{file.name} is no log of Inspect that can be read; try its JSON form") from error


def _read_member(archive: zipfile.ZipFile, raw: Any, member: zipfile.ZipInfo) -> bytes:
    """Return a member, also where it is packed by Zstandard, which Python reads from 3.14 on."""
    if member.compress_type != _ZSTANDARD:
        return archive.read(member)
    raw.seek(member.header_offset)
    n_name, n_extra = struct.unpack("<HH", raw.read(_LOCAL_HEADER)[-4:])
    raw.seek(n_name + n_extra, 1)
    packed = pa.BufferReader(raw.read(member.compress_size))
    return pa.CompressedInputStream(packed, "zstd").read()


def _to_row(sample: dict[str, Any], about: dict[str, Any]) -> Row:
    values = [_to_number(score.get("value")) for score in (sample.get("scores") or {}).values()]
    known = [value for value in values if value is not None]
    # Every scorer has to agree; an error, or a value that is neither right nor wrong, leaves it unknown.
    score = min(known) if known and len(known) == len(values) else None
    metadata = sample.get("metadata") or {}
    return {
        "eval_run": about.get("eval_id") or about.get("run_id"),
        "example_id": str(metadata.get("example_id") or sample["id"]),
        "passed": None if score is None else score >= _PASSED,
        "score": score,
        "model": about.get("model"),
        "evaluated_at": about.get("created"),
    }


def _to_number(value: object) -> float | None:
    """Return a score as a number: letters as Inspect means them, of several values the least."""
    if isinstance(value, dict | list):
        each = [_to_number(part) for part in (value.values() if isinstance(value, dict) else value)]
        known = [part for part in each if part is not None]
        return min(known) if known and len(known) == len(each) else None
    if isinstance(value, bool | int | float):
        return float(value)
    return _LETTERS.get(str(value))
