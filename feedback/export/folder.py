"""The folder of an export: written whole or not at all, and never over what is not ours."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from feedback.errors import InputError, SettingsError, name_some
from feedback.export.json_text import load_json
from feedback.export.manifest import MANIFEST, WRITTEN_BY, Manifest, describe_export, find_changes
from feedback.export.rows import check_examples
from feedback.export.target import Files
from feedback.export.targets import find_target, read_files


def write_export(
    examples: pl.DataFrame,
    target: str,
    out: str | Path,
    *,
    query: Mapping[str, Any] | None = None,
    versions: Mapping[str, Any] | None = None,
    redaction: Mapping[str, Any] | None = None,
    exported_at: str | None = None,
) -> Manifest:
    """Return the manifest of the export that was written to a folder, the same bytes for the same arguments.

    Parameters
    ----------
    examples
        One row per example, with the columns of `EXAMPLES`, redacted or not.
    target
        Name of the target.
    out
        The folder. It must not exist, be empty, or be an earlier export, which is then replaced.
    query, versions
        What was asked for, and of which versions it was made, for the manifest.
    redaction
        The report of the redaction. None: the texts are as they were logged.
    exported_at
        When, if the manifest is to say so.

    Raises
    ------
    UnknownNameError
        When there is no such target.
    SchemaError
        When the examples are not as declared.
    SettingsError
        When the folder holds something else, or cannot be written.
    """
    chosen, folder = find_target(target), Path(out)
    check_is_ours(folder)
    checked = check_examples(examples)
    files = chosen.write(checked)
    manifest = describe_export(
        checked,
        files,
        chosen,
        query=query or {},
        versions=versions or {},
        redaction=redaction,
        exported_at=exported_at,
    )
    _replace(folder, {**files, MANIFEST: f"{json.dumps(manifest, indent=2)}\n".encode()})
    return manifest


def read_export(folder: str | Path) -> pl.DataFrame:
    """Return the rows of an export: the examples, or for `preference_pairs` the pairs.

    Raises
    ------
    InputError
        When the folder is no export, or a file is missing, changed or damaged.
    """
    path = Path(folder)
    manifest = _read_manifest(path)
    if manifest is None:
        raise InputError(f"{path} is no export: it has no {MANIFEST} of ours")
    files = _read_folder(path)
    changed = find_changes(manifest, files)
    if changed:
        raise InputError(f"{path}: changed since the export: {name_some(changed)}")
    return read_files(files, manifest["target"])


def check_is_ours(folder: Path) -> None:
    """Return nothing when an export may be written there: nothing is there, or an earlier export.

    Raises
    ------
    SettingsError
        When the folder is a file, or holds anything that no export wrote.
    """
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir() or folder.is_symlink():
        raise SettingsError(f"{folder} is no folder; name one that does not exist yet")
    others = _find_others(folder)
    if others:
        raise SettingsError(
            f"{folder} holds what no export wrote ({name_some(sorted(others), most=3)}); name an empty folder"
        )


def _find_others(folder: Path) -> set[str]:
    """Return the names of what no export wrote; without a manifest of ours that is all there is."""
    manifest = _read_manifest(folder)
    if manifest is None:
        return {file.name for file in folder.iterdir()}
    there = {_name(folder, file) for file in folder.rglob("*") if not file.is_dir()}
    return there - {MANIFEST, *manifest["files"]}


def _replace(folder: Path, files: Files) -> None:
    """Put the files in the place of the folder: what was there goes only once all of them are written."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
            written = Path(scratch) / "new"
            for name, content in files.items():
                (written / name).parent.mkdir(parents=True, exist_ok=True)
                (written / name).write_bytes(content)
            if folder.exists():
                folder.rename(Path(scratch) / "old")
            written.rename(folder)
    except OSError as error:
        raise SettingsError(f"{folder} cannot be written: {error.strerror}") from error


def _read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest, null where there is none of ours."""
    file = folder / MANIFEST
    if not file.is_file():
        return None
    try:
        manifest = load_json(file.read_bytes(), where=str(file))
    except InputError:
        return None
    is_ours = isinstance(manifest, dict) and manifest.get("written_by") == WRITTEN_BY
    return manifest if is_ours and isinstance(manifest.get("files"), dict) else None


def _read_folder(folder: Path) -> Files:
    return {_name(folder, file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _name(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()
