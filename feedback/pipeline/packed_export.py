"""An export as one file somebody downloads, and what of it can be looked at before."""

import io
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import polars as pl

from feedback.errors import MissingExtraError
from feedback.export import pick_examples, read_export
from feedback.export.findings import check_installed
from feedback.export.manifest import MANIFEST, Manifest
from feedback.pipeline.export import Label, Split, export_golden
from feedback.pipeline.golden import read_golden
from feedback.store import Store
from feedback.store.snapshot import Snapshot

# The earliest a ZIP file can say: the same bytes whenever it is made.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_EXCERPT = 2_000
_BINARY = ".parquet"


@dataclass(frozen=True)
class PackedExport:
    """An export in one ZIP file.

    Attributes
    ----------
    manifest
        What the export says about itself.
    archive
        The ZIP file: the same bytes for the same golden set and choices.
    rows
        What it reads back to, one row per example as written (per pair for `preference_pairs`).
    n_refused
        How many of the examples the target has no room for, such as those without a better answer in a pair.
    beginnings
        The first 2,000 characters of each text file of it, by name; binary files are left out.
    """

    manifest: Manifest
    archive: bytes
    rows: pl.DataFrame
    n_refused: int
    beginnings: dict[str, str]


def pack_export(
    store: Store,
    target: str,
    *,
    version: int | str | None = None,
    split: Split | None = None,
    label: Label | None = None,
    redact: bool = True,
) -> PackedExport:
    """Return the export of a golden set as one ZIP file, made in a temporary folder that is gone afterwards.

    Parameters
    ----------
    store, target, version, split, label, redact
        As in `export_golden`.

    Raises
    ------
    UnknownNameError, MissingExtraError, SettingsError
        As in `export_golden`.
    """
    with TemporaryDirectory(prefix="feedback-export-") as scratch:
        folder = Path(scratch) / target
        manifest = export_golden(store, target, folder, version=version, split=split, label=label, redact=redact)
        rows = read_export(folder)
        files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    beginnings = {
        name: content[: 4 * _EXCERPT].decode("utf-8", errors="replace")[:_EXCERPT]
        for name, content in sorted(files.items())
        if name != MANIFEST and not name.endswith(_BINARY)
    }
    n_refused = max(manifest["n_examples"] - rows.height, 0)
    return PackedExport(manifest, pack_files(files), rows, n_refused, beginnings)


def pack_snapshot(snapshot: Snapshot, target: str, **choices: Any) -> PackedExport:
    """Return `pack_export` of the store of a snapshot; the golden set as it is now is that of the snapshot."""
    return pack_export(Store(snapshot.path), target, **choices)


def pack_files(files: dict[str, bytes]) -> bytes:
    """Return files as one ZIP file: the same bytes for the same files.

    Examples
    --------
    >>> pack_files({"b": b"2", "a": b"1"}) == pack_files({"a": b"1", "b": b"2"})
    True
    """
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for name in sorted(files):
            archive.writestr(ZipInfo(name, _NO_TIME), files[name], ZIP_DEFLATED)
    return packed.getvalue()


def count_exportable(store: Store, *, version: int | str | None = None) -> pl.DataFrame:
    """Return how many examples a choice of split and label leaves: one row per split and label, with `n`.

    `split` is null for examples that were left out of the splits.

    Raises
    ------
    UnknownNameError
        When there is no such version.
    """
    examples = pick_examples(read_golden(store, version))
    return examples.group_by("split", "label").agg(n=pl.len().cast(pl.Int64)).sort("split", "label", nulls_last=True)


def why_not_redacted() -> str | None:
    """Return what to do before texts can be redacted here; null when they can."""
    try:
        check_installed()
    except MissingExtraError as error:
        return str(error)
    return None
