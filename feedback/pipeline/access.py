"""What a store holds about a person, as files to hand over: an access request."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import polars as pl

from feedback.errors import SettingsError
from feedback.export.frame_files import dump_frame_csv
from feedback.pipeline.access_index import INDEX, write_index
from feedback.pipeline.forget.belongings import Who, find_belongings, rows_about
from feedback.pipeline.forget.golden import find_examples
from feedback.pipeline.packed_export import pack_files
from feedback.schemas import TABLES
from feedback.store.private import private_files
from feedback.store.snapshot import Snapshot

Format = Literal["jsonl", "csv"]
_GOLDEN = ("golden_events", "eval_results", "golden_refusals")
# Who judged, decided or looked is a colleague, whose name the person has no part in.
_COLLEAGUES = ("reviewer", "by", "owner", "why")
_WHERE_FROM = ("interaction_id", "session_id")


@dataclass(frozen=True)
class Held:
    """What a store holds about a person.

    Attributes
    ----------
    who
        Whom it is about, by the ids that are stored.
    run
        The run it is as of.
    tables
        Their rows, by table; tables with none are left out.
    n_shared
        Sessions in which others took part too: only what is theirs is here.
    """

    who: Who
    run: int
    tables: Mapping[str, pl.DataFrame]
    n_shared: int

    @property
    def n_rows(self) -> int:
        """How many rows in all."""
        return sum(rows.height for rows in self.tables.values())


def find_held(snapshot: Snapshot, who: Who) -> Held:
    """Return every row that a store holds about a person; names of colleagues are left out of them.

    Parameters
    ----------
    snapshot
        The store.
    who
        Whom it is about, by the ids that are stored (`stored_id`).

    Raises
    ------
    SettingsError
        When nobody is named.

    Examples
    --------
    >>> from feedback.store.snapshot import latest_snapshot
    >>> find_held(latest_snapshot(Path("no/such/folder")), Who(users=("ann",))).n_rows
    0
    """
    if not (who.users or who.sessions):
        raise SettingsError("say whom it is about: --user or --session")
    found = find_belongings(snapshot, who)
    examples = find_examples(snapshot, found, [])
    ids = pl.concat([found.interactions, found.sessions, examples, pl.Series([*who.users], dtype=pl.String)])
    tables = {}
    for name in TABLES:
        if name in _GOLDEN:
            rows = snapshot.table(name).filter(pl.col("example_id").is_in(examples.implode()))
        elif name == "audit":
            rows = snapshot.table(name).filter(pl.col("about").is_in(ids.implode()))
        else:
            rows = rows_about(snapshot, name, found)
        tables[name] = _tidy(name, rows.sort(TABLES[name].order).collect())
    return Held(who, snapshot.version, {name: rows for name, rows in tables.items() if rows.height}, len(found.shared))


def write_held(held: Held, out: Path, *, as_format: Format = "jsonl", clock: datetime) -> list[str]:
    """Return the names of the files that were written: one per table, and an index that says what they are.

    Nobody but their owner can read them.

    Parameters
    ----------
    held
        What to write.
    out
        A new or empty folder, or a file that ends in `.zip` and does not exist.
    as_format
        JSON, an object per line, or CSV.
    clock
        Now, for the index.

    Raises
    ------
    SettingsError
        When there is something at `out` already, or it cannot be written.
    """
    check_vacant(out)
    files = {f"{name}.{as_format}": _write(rows, as_format) for name, rows in held.tables.items()}
    about = (*held.who.users, *held.who.sessions)
    told = write_index(held.tables, about=about, run=held.run, n_shared=held.n_shared, ending=as_format, at=clock)
    files[INDEX] = told.encode()
    try:
        with private_files():
            if out.suffix == ".zip":
                out.write_bytes(pack_files(files))
            else:
                out.mkdir(parents=True, exist_ok=True)
                for name, content in files.items():
                    (out / name).write_bytes(content)
    except OSError as error:
        raise SettingsError(f"cannot write to {out}: {error.strerror}") from error
    return sorted(files)


def check_vacant(out: Path) -> None:
    """Raise unless nothing is there that would be mixed up with what is written.

    Raises
    ------
    SettingsError
        When it is a file, or a folder with something in it.
    """
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise SettingsError(f"there is something at {out} already; name a new folder, or a new file that ends in .zip")


def _tidy(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows without names of colleagues; of an example only where it is from, as the rest names them too."""
    if name == "golden_events":
        origin = pl.col("provenance").str
        told = rows.with_columns(origin.json_path_match(f"$.{one}").alias(one) for one in _WHERE_FROM)
        return told.drop("by", "why", "reason", "provenance")
    return rows.drop([column for column in _COLLEAGUES if column in rows.columns])


def _write(rows: pl.DataFrame, as_format: Format) -> bytes:
    return dump_frame_csv(rows) if as_format == "csv" else rows.write_ndjson().encode()
