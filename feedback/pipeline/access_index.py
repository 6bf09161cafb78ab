"""What goes on top of what is handed over to a person: which files there are, and what is in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from feedback.schemas import TABLES

INDEX = "index.md"
_ORIGIN = {"runs": "worked out", "people": "decided by reviewers"}
_AS_LOGGED = ("events", "quarantine")
_LEFT_OUT = """
## What is not in here

- Names of those who reviewed, decided or looked: they are other people's data.
- What others did or wrote, also in a session that both took part in.
- Figures over many people (rates per day, segments, alarms), which name nobody.
- Copies outside of the store: logs it was filled from, backups, exports. Whoever keeps them answers for them.

## To be added by whoever hands this over

Purpose and legal basis, recipients, how long each kind is kept, the rights to rectification, erasure, restriction and
objection, and where to complain.
"""


def write_index(
    tables: Mapping[str, pl.DataFrame], *, about: Sequence[str], run: int, n_shared: int, ending: str, at: datetime
) -> str:
    """Return the index, in Markdown: each file with what a row is, and each column with what it means.

    Parameters
    ----------
    tables
        The rows of each file, by table.
    about
        Ids under which the person is stored.
    run
        The run it is as of.
    n_shared
        Sessions in which others took part too.
    ending
        Of the files: jsonl or csv.
    at
        When it was made.

    Examples
    --------
    >>> noon = datetime.fromisoformat("2026-01-05T12:00+00:00")
    >>> print(write_index({}, about=["u1"], run=3, n_shared=0, ending="csv", at=noon).splitlines()[0])
    # What is held about `u1`
    """
    form = "one JSON object per line" if ending == "jsonl" else "CSV with a header; a `'` before a cell keeps it text"
    head = [
        f"# What is held about {', '.join(_quote(one) for one in about)}",
        "",
        f"Made {at:%Y-%m-%d %H:%M} UTC, of what the store held after run {run}. Times are in UTC; null, or an empty"
        f" cell, is unknown. Each file is {form}.",
        "",
        "| file | rows | a row is | where from |",
        "| --- | --- | --- | --- |",
        *(
            f"| `{name}.{ending}` | {rows.height:,} | {_about(name)} | {_origin(name)} |"
            for name, rows in tables.items()
        ),
    ]
    if n_shared:
        head += ["", f"Sessions in which others took part too: {n_shared:,}. Only this person's part of them is here."]
    columns = [line for name, rows in tables.items() for line in _columns(name, rows, ending)]
    return "\n".join([*head, *columns]) + "\n" + _LEFT_OUT


def _columns(name: str, rows: pl.DataFrame, ending: str) -> list[str]:
    described = {column: one.description or "" for column, one in TABLES[name].schema.columns().items()}
    lines = [f"| {_quote(one)} | {described.get(one, 'as the log has it')} |" for one in rows.columns]
    return ["", f"## `{name}.{ending}`", "", "| column | what it is |", "| --- | --- |", *lines]


def _about(name: str) -> str:
    """Return the first sentence about a table, without its full stop."""
    return (TABLES[name].schema.__doc__ or "").strip().splitlines()[0].rstrip(".")


def _origin(name: str) -> str:
    return "as it was logged" if name in _AS_LOGGED else _ORIGIN[TABLES[name].written_by]


def _quote(name: str) -> str:
    """Return a name as code on one line: nothing in it is taken for a table or a tag."""
    return f"`{' '.join(name.replace('`', '').replace('|', '').split())}`"
