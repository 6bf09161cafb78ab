"""How examples fared in an evaluation, read back from the file it wrote."""

import json
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from feedback.errors import InputError
from feedback.golden.identity import identify_rows
from feedback.golden.inspect_logs import is_inspect_log, read_inspect_archive, read_inspect_log
from feedback.golden.promptfoo_results import is_promptfoo_output, read_promptfoo_output
from feedback.schemas import empty_table

Row = dict[str, Any]
KEY = "eval_result_id"
_IDS, _VERDICTS = ("example_id", "id"), ("passed", "pass", "success", "correct", "result")
_TRUE = {"true", "1", "1.0", "yes", "pass", "passed", "correct", "c", "success", "good"}
_FALSE = {"false", "0", "0.0", "no", "fail", "failed", "incorrect", "i", "failure", "bad"}


def read_eval_results(file: Path, *, by: str, at: datetime) -> pl.DataFrame:
    """Return what an evaluation found: one row of `eval_results` per example and repetition.

    Reads logs of Inspect (`.json`, `.eval`), output of promptfoo (`.json`) and CSV with the columns `example_id` and
    `passed`, and where known `score`, `model`, `eval_run`, `evaluated_at`. The ids are hashes of the content: reading a
    file again gives the same ones.

    Parameters
    ----------
    file
        The file.
    by, at
        Who reads it in, and when.

    Raises
    ------
    InputError
        When it cannot be read, or is none of these.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror}") from error
    kind, rows = _read(file, content)
    named = sha256(content).hexdigest()[:12]
    numbered = _number([{**row, "eval_run": row.get("eval_run") or f"{kind}-{named}"} for row in rows])
    read = [{**row, "evaluated_at": _read_time(row.get("evaluated_at"))} for row in numbered]
    empty = empty_table("eval_results")
    frame = pl.DataFrame(read, schema={name: empty.schema[name] for name in _READ}, infer_schema_length=None)
    # When it was read in is no part of what was found.
    found = identify_rows(frame.with_columns(pl.col("score").fill_nan(None)), KEY).unique(KEY, maintain_order=True)
    read_at = pl.lit(at).cast(empty.schema["read_at"])
    evaluated_at = pl.coalesce("evaluated_at", read_at)
    return found.with_columns(format=pl.lit(kind), by=pl.lit(by), read_at=read_at, evaluated_at=evaluated_at).select(
        empty.columns
    )


def current_results(results: pl.DataFrame) -> pl.DataFrame:
    """Return what holds of every evaluation: of each example and repetition the row that was read in last.

    An evaluation that was scored anew and read in again replaces what it said before.
    """
    item = ("eval_run", "example_id", "repetition")
    in_order = results.unique(KEY).sort(*item, "read_at", KEY)
    return in_order.unique(item, keep="last", maintain_order=True).sort("evaluated_at", *item)


_READ = ("eval_run", "example_id", "repetition", "passed", "score", "model", "evaluated_at")


def _read(file: Path, content: bytes) -> tuple[str, list[Row]]:
    if file.suffix == ".eval":
        return "inspect_ai", read_inspect_archive(file)
    if file.suffix == ".csv":
        return "csv", _read_csv(file, content)
    if file.suffix != ".json":
        raise InputError(
            f"{file.name}: the ending says the format; .json (Inspect, promptfoo), .eval (Inspect) or .csv"
        )
    try:
        found = json.loads(content)
        if is_promptfoo_output(found):
            return "promptfoo", read_promptfoo_output(found)
        if is_inspect_log(found):
            return "inspect_ai", read_inspect_log(found)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        cause = f": {error}" if isinstance(error, InputError) else ""
        raise InputError(f"{file.name} cannot be read as results of an evaluation{cause}") from error
    raise InputError(f"{file.name} is neither a log of Inspect nor output of promptfoo")


def _read_csv(file: Path, content: bytes) -> list[Row]:
    try:
        frame = pl.read_csv(content, infer_schema=False, truncate_ragged_lines=True)
    except PolarsError as error:
        raise InputError(f"{file.name} cannot be read as CSV") from error
    known = {name.strip().lower(): name for name in frame.columns}
    example = next((known[name] for name in _IDS if name in known), None)
    passed = next((known[name] for name in _VERDICTS if name in known), None)
    if example is None or passed is None:
        # Which columns it has is not said: without a header they are somebody's text.
        raise InputError(f"{file.name} needs a header with the columns example_id and passed")
    rows = frame.filter(pl.col(example).is_not_null()).iter_rows(named=True)
    further = {name: known[name] for name in ("model", "eval_run", "evaluated_at") if name in known}
    return [
        {
            "example_id": row[example].strip(),
            "passed": _read_verdict(row[passed]),
            "score": _read_number(row[known["score"]]) if "score" in known else None,
            **{name: row[column] for name, column in further.items()},
        }
        for row in rows
    ]


def _read_verdict(written: str | None) -> bool | None:
    word = (written or "").strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _read_number(written: str | None) -> float | None:
    try:
        return float(written or "")
    except ValueError:
        return None


def _read_time(written: object) -> datetime | None:
    """Return a time in ISO 8601, in UTC where it names no zone; null where there is none."""
    try:
        at = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _number(rows: list[Row]) -> list[Row]:
    """Return the rows with `repetition`: how often the evaluation came to the example so far."""
    seen: Counter[tuple[str, str]] = Counter()
    numbered = []
    for row in rows:
        item = row["eval_run"], row["example_id"]
        seen[item] += 1
        numbered.append({"score": None, "model": None, **row, "repetition": seen[item]})
    return numbered
