"""From the golden set of a store to a folder for an eval framework."""

from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import polars as pl

from feedback.errors import SettingsError
from feedback.export import Finder, find_models, find_target, pick_examples, redact_examples, write_export
from feedback.export.findings import check_installed
from feedback.export.folder import check_is_ours
from feedback.export.manifest import Manifest
from feedback.pipeline.golden import NOW, find_golden_version, read_golden
from feedback.store import Store

Label = Literal["good", "bad"]
Split = Literal["train", "dev", "test"]


def export_golden(
    store: Store,
    target: str,
    out: str | Path,
    *,
    version: int | str | None = None,
    split: Split | None = None,
    label: Label | None = None,
    redact: bool = True,
    salt: str | None = None,
) -> Manifest:
    """Return the manifest of the export of a golden set that was written to a folder.

    Parameters
    ----------
    store
        The store.
    target
        Name of the target, as in `feedback.export.TARGETS`.
    out
        The folder. It must not exist, be empty, or be an earlier export, which is then replaced.
    version
        Number or id of a version; `latest` for the latest one; null or `now` for the set as it is now.
    split, label
        Only the examples of that split; with that label.
    redact
        Whether personal data and secrets are replaced by pseudonyms; needs Presidio.
    salt
        Makes the pseudonyms the same in every export with this salt. None: they are numbered.

    Raises
    ------
    UnknownNameError
        When there is no such target or version.
    MissingExtraError
        When Presidio is not installed and the texts are to be redacted.
    SettingsError
        When nothing is to be exported, or the folder holds what no export wrote.
    """
    find_target(target)
    check_is_ours(Path(out))
    if redact:
        check_installed()
    examples = pick_examples(read_golden(store, version), split=split, label=label)
    if examples.is_empty():
        raise SettingsError("no example to export; fill the golden set first: feedback golden add")
    query = {"version": version, "split": split, "label": label}
    return export_examples(
        examples, target, out, query=query, versions=_versions(store, version), redact=redact, salt=salt
    )


def export_examples(
    examples: pl.DataFrame,
    target: str,
    out: str | Path,
    *,
    query: dict[str, Any] | None = None,
    versions: dict[str, Any] | None = None,
    redact: bool = True,
    salt: str | None = None,
) -> Manifest:
    """Return the manifest of the export of examples, redacted unless told otherwise, that was written to a folder.

    Parameters
    ----------
    examples
        One row per example, with the columns of `feedback.export.EXAMPLES`.
    target, out, redact, salt
        As in `export_golden`.
    query, versions
        What the manifest says of where the examples come from.

    Raises
    ------
    UnknownNameError, MissingExtraError, SettingsError
        As in `export_golden`.
    SchemaError
        When the examples are not as declared.
    """
    report = None
    if redact:
        redacted = redact_examples(examples, Finder(find_models()), salt=salt)
        examples, report = redacted.examples, redacted.report
    return write_export(examples, target, out, query=query, versions=versions, redaction=report)


def _versions(store: Store, version: int | str | None) -> dict[str, Any]:
    """Return which package wrote it, and the golden set by number and content; nulls for the set as it is now."""
    cut = {} if version in (None, NOW) else find_golden_version(store, version)
    return {
        "feedback": metadata.version("feedback"),
        "golden": cut.get("version"),
        "content_hash": cut.get("content_hash"),
    }
