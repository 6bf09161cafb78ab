"""The audit trail: who got at what people wrote, or changed what is kept of it."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

import polars as pl

from feedback.export.manifest import Manifest
from feedback.schemas import TABLES
from feedback.store import Store


def write_audit(
    store: Store, *, action: str, by: str, at: datetime, about: str | None = None, note: str | None = None
) -> None:
    """Add one deed to the audit trail, at once and for good.

    Parameters
    ----------
    store
        The store it was done to.
    action
        One of `feedback.schemas.human.AUDIT_ACTIONS`.
    by
        Who did it.
    at
        When.
    about
        Id of what it was about. Never what somebody wrote; for `forgot` the tombstone, never the id of the person.
    note
        Where, and how much.

    Raises
    ------
    SchemaError
        When there is no such action.
    StoreError
        When the store cannot be written.
    """
    store.append("audit", make_audit([{"action": action, "by": by, "at": at, "about": about, "note": note}]))


def describe_export_deed(manifest: Manifest) -> dict[str, str | None]:
    """Return `about` and `note` of an export: number of the golden version, null for the set as it was, and what of it.

    Examples
    --------
    >>> query = {"split": "test", "label": None}
    >>> told = {"target": "ragas", "n_examples": 3, "versions": {"golden": 2}, "query": query, "redaction": None}
    >>> describe_export_deed({**told, "rows_sha256": "ab" * 32})["note"]
    'ragas, 3 examples, split test, not redacted, rows abababababababab'
    """
    version, query = manifest["versions"].get("golden"), manifest["query"]
    parts = [
        manifest["target"],
        f"{manifest['n_examples']} examples",
        *(f"{name} {query[name]}" for name in ("split", "label") if query.get(name)),
        "not redacted" if manifest["redaction"] is None else "redacted",
        f"rows {manifest['rows_sha256'][:16]}",
    ]
    return {"about": None if version is None else str(version), "note": ", ".join(parts)}


def make_audit(deeds: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """Return deeds as rows of `audit`, each with the id that its content gives it.

    Parameters
    ----------
    deeds
        Columns of `audit` without the id; those not named are null.

    Examples
    --------
    >>> at = datetime.fromisoformat("2026-01-05T12:00+00:00")
    >>> make_audit([{"action": "looked", "by": "ann", "at": at, "about": "i1"}]).select("by", "about", "note").rows()
    [('ann', 'i1', None)]
    """
    return pl.DataFrame([{**deed, "audit_id": _identify(deed)} for deed in deeds], schema=TABLES["audit"].columns)


def _identify(deed: Mapping[str, object]) -> str:
    said = {name: value for name, value in deed.items() if value is not None}
    return sha256(json.dumps(said, sort_keys=True, default=_write_time).encode()).hexdigest()[:32]


def _write_time(value: datetime) -> str:
    return value.isoformat(timespec="microseconds")
