"""Literal examples, changes, interactions and reviews for tests: a few columns, everything else at its default."""

from datetime import UTC, datetime, timedelta

import polars as pl

from feedback.golden import add_examples, identify_example
from feedback.schemas import empty_table

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def events() -> pl.DataFrame:
    return empty_table("golden_events")


def versions() -> pl.DataFrame:
    return empty_table("golden_versions")


def proposed(*rows: dict) -> pl.DataFrame:
    """Return examples to add: good, on side test, of session s1 s2 ..., unless the row says otherwise."""
    usual = {
        "label": "good",
        "label_source": "review",
        "split": "test",
        "tags": [],
        "why": "reviewed",
        "provenance": "{}",
    }
    filled = []
    for n, row in enumerate(rows, start=1):
        said = {"input": f"request {n}", "observed_output": f"answer {n}", "groups": [f"session:s{n}"], **usual, **row}
        filled.append({"example_id": identify_example(said["input"], said["observed_output"]), **said})
    return pl.DataFrame(filled, schema=empty_table("golden_events").schema)


def added(*rows: dict, minutes: float = 0) -> pl.DataFrame:
    """Return the changes that add these examples."""
    return add_examples(events(), proposed(*rows), by="ann", at=at(minutes))


def name(n: int) -> str:
    """Return the id of the n-th of the usual examples."""
    return identify_example(f"request {n}", f"answer {n}")
