"""promptfoo: test cases as YAML, JSON Lines and CSV, each with a configuration that runs them."""

from collections.abc import Callable, Mapping

import polars as pl

from feedback.export.cells import dump_csv, load_csv
from feedback.export.details import details_of, row_of
from feedback.export.json_text import dump_json, dump_lines, load_json, load_lines
from feedback.export.nunjucks import (
    TEMPLATE_NOTE,
    escape_template,
    escape_zero_bytes,
    unescape_template,
)
from feedback.export.rows import Row, to_examples, to_rows
from feedback.export.target import Files, Target, find_file

_YAML, _JSONL, _CSV, _CONFIG = "tests.yaml", "tests.jsonl", "tests.csv", "promptfooconfig.yaml"
_PLACED = ("input", "expected")
_META = "__metadata:"


def _write_yaml(examples: pl.DataFrame) -> Files:
    tests = "".join(_to_yaml(_to_test(row)) for row in to_rows(examples)) or "[]\n"
    return {_YAML: tests.encode(), _CONFIG: _write_config(_YAML)}


def _write_jsonl(examples: pl.DataFrame) -> Files:
    return {_JSONL: dump_lines(_to_test(row) for row in to_rows(examples)), _CONFIG: _write_config(_JSONL)}


def _write_csv(examples: pl.DataFrame) -> Files:
    names = list(details_of(dict.fromkeys(examples.columns), without=_PLACED))
    header = ["input", "expected", "__expected", "__description", *(_META + name for name in names)]
    return {_CSV: dump_csv(header, (_to_cells(row) for row in to_rows(examples))), _CONFIG: _write_config(_CSV)}


def _read_yaml(files: Mapping[str, bytes]) -> pl.DataFrame:
    tests: list[Row] = []
    for line in find_file(files, _YAML).decode().split("\n"):
        if line.startswith("- "):
            tests.append({})
        if tests and line.strip():
            key, _, value = line[2:].partition(": ")
            tests[-1][key] = load_json(value, where=f"{_YAML}, test {len(tests)}")
    return to_examples(_to_row(test) for test in tests)


def _read_jsonl(files: Mapping[str, bytes]) -> pl.DataFrame:
    return to_examples(_to_row(test) for test in load_lines(find_file(files, _JSONL)))


def _read_csv(files: Mapping[str, bytes]) -> pl.DataFrame:
    return to_examples(_from_cells(cells) for cells in load_csv(find_file(files, _CSV)))


def _to_test(row: Row) -> Row:
    """Return a test case; no variable is a list, which promptfoo would multiply into several tests."""
    details = _escape(details_of(row, without=_PLACED))
    test: Row = {"description": details["example_id"], "vars": {"input": escape_template(row["input"])}}
    if row["expected"] is not None:
        test["vars"]["expected"] = escape_template(row["expected"])
        test["assert"] = [{"type": "equals", "value": escape_template(row["expected"])}]
    return {**test, "metadata": details}


def _to_row(test: Row) -> Row:
    expected = test["vars"].get("expected")
    placed = {
        "input": unescape_template(test["vars"]["input"]),
        "expected": None if expected is None else unescape_template(expected),
    }
    return row_of(_unescape(test["metadata"]), **placed)


def _to_cells(row: Row) -> list[str]:
    expected = _to_cell(row["expected"])
    description = _to_cell(row["example_id"])
    check = f"equals:{expected}" if expected else ""
    details = [_to_cell(value) for value in details_of(row, without=_PLACED).values()]
    return [_to_cell(row["input"]), expected, check, description, *details]


def _from_cells(cells: dict[str, str]) -> Row:
    row: Row = {name.removeprefix(_META): _from_cell(cell) for name, cell in cells.items() if not name.startswith("__")}
    row |= {name.removeprefix(_META): _from_cell(cell) for name, cell in cells.items() if name.startswith(_META)}
    for name in ("confidence", "tags"):
        row[name] = None if row[name] is None else load_json(row[name], where=f"{_CSV}, column {name}")
    return row_of(row)


def _to_cell(value: object) -> str:
    """Return a cell: empty for null, shielded where the text itself is empty."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else dump_json(value)
    return escape_zero_bytes(escape_template(text)) or "{{''}}"


def _from_cell(cell: str) -> str | None:
    return unescape_template(cell) if cell else None


def _escape(details: Row) -> Row:
    return {name: _map_text(escape_template, value) for name, value in details.items()}


def _unescape(details: Row) -> Row:
    return {name: _map_text(unescape_template, value) for name, value in details.items()}


def _map_text(change: Callable[[str], str], value: object) -> object:
    if isinstance(value, list):
        return [_map_text(change, element) for element in value]
    return change(value) if isinstance(value, str) else value


def _to_yaml(test: Row) -> str:
    """Return a test case as YAML whose values are JSON, which YAML holds as it is."""
    lines = [f"{key}: {dump_json(value)}" for key, value in test.items()]
    return "- " + "\n  ".join(lines) + "\n"


def _write_config(tests: str) -> bytes:
    return (
        "# Replace the provider by what is to be tested, and the prompt by its prompt.\n"
        "description: Golden set\n"
        "prompts:\n"
        "  - '{{ input }}'\n"
        "providers:\n"
        "  - echo\n"
        f"tests: file://{tests}\n"
    ).encode()


PROMPTFOO_YAML = Target(
    "promptfoo_yaml", "promptfoo: tests.yaml with promptfooconfig.yaml.", _write_yaml, _read_yaml, (TEMPLATE_NOTE,)
)
PROMPTFOO_JSONL = Target(
    "promptfoo_jsonl", "promptfoo: tests.jsonl with promptfooconfig.yaml.", _write_jsonl, _read_jsonl, (TEMPLATE_NOTE,)
)
PROMPTFOO_CSV = Target(
    "promptfoo_csv", "promptfoo: tests.csv with promptfooconfig.yaml.", _write_csv, _read_csv, (TEMPLATE_NOTE,)
)
