"""Label versions: by which rules, windows and label model the labels were made."""

from datetime import datetime
from hashlib import sha256

import polars as pl

from feedback.label_model import FIRST_LABEL_VERSION, FIXED_WEIGHTS, LabelModel
from feedback.labelling import LabellingFunction
from feedback.schemas import TABLES
from feedback.settings import Settings
from feedback.store.writer import Writer


def open_version(
    writer: Writer,
    current: int | None,
    settings: Settings,
    functions: tuple[LabellingFunction, ...],
    clock: datetime,
    *,
    since: datetime | None = None,
) -> tuple[int, bool]:
    """Return the label version a run writes in, and whether it starts with it; a new one is written down.

    The current one goes on while labelling functions and windows are the same. Others start a new one with
    the fixed weights: a fitted label model knows nothing of other votes. Where texts or events have aged out, it
    says `since` when there are labels of it.
    """
    rules, windows = hash_rules(functions), describe_windows(settings)
    if current is not None:
        known = read_version(writer, current)
        if (known["rules"], known["window_settings"]) == (rules, windows):
            return current, False
    row = {
        "label_version": FIRST_LABEL_VERSION if current is None else current + 1,
        "since": clock,
        "cause": "first run" if current is None else _describe_change(since),
        "rules": rules,
        "label_model": FIXED_WEIGHTS,
        "window_settings": windows,
    }
    write_version(writer, row)
    return row["label_version"], True


def _describe_change(since: datetime | None) -> str:
    change = "other labelling functions or windows"
    if since is None:
        return change
    return f"{change}; of responses shown from {since:%Y-%m-%d} on: what older ones are labelled by has aged out"


def read_version(writer: Writer, version: int) -> dict:
    """Return the row of `label_versions` of a version."""
    return writer.table("label_versions").filter(pl.col("label_version") == version).collect().row(0, named=True)


def write_version(writer: Writer, row: dict) -> None:
    """Write down a new label version."""
    writer.append("label_versions", pl.DataFrame([row], schema=TABLES["label_versions"].columns))


def read_model(writer: Writer, version: int) -> LabelModel | None:
    """Return the fitted label model of a version; null while it is the fixed weights."""
    written = read_version(writer, version)["label_model"]
    return None if written == FIXED_WEIGHTS else LabelModel.from_json(written)


def hash_rules(functions: tuple[LabellingFunction, ...]) -> str:
    """Return what tells one set of labelling functions from another."""
    parts = [f"{f.name}|{f.polarity}|{f.weight}|{f.is_graded}|{f.expression}" for f in functions]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def describe_windows(settings: Settings) -> str:
    """Return what tells one set of observation windows and session gap from another."""
    windows = {name: window.total_seconds() for name, window in sorted(settings.observation_window.items())}
    return f"observation_window {windows}, session_gap {settings.session_gap.total_seconds()} (seconds)"
