"""What a store with the bundled log alarms about, by default.

    uv run python -m benchmarks.drift_bundled [--write]

Ingests `data/events.parquet` into an empty store, runs, and counts the alarms. With `--write` the table goes into
docs/drift.md.
"""

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from benchmarks.drift_tables import write_between_marks
from feedback.pipeline import ingest_logs, run_labels
from feedback.store import Store

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "drift.md"
MARKS = ("<!-- bundled alarms -->", "<!-- /bundled alarms -->")
CLOCK = datetime(2027, 1, 1, tzinfo=UTC)


def alarms_of(folder: Path) -> pl.DataFrame:
    """Return the alarms of a store with the bundled log."""
    store = Store(folder / "store")
    ingest_logs(store, [ROOT / "data" / "events.parquet"], clock=lambda: CLOCK)
    run_labels(store, clock=lambda: CLOCK, watermark="end")
    return store.table("alarms").sort("detected_at").collect()


def tell(alarms: pl.DataFrame, incidents: pl.DataFrame) -> str:
    """Return the counts, and when each planted incident was first reported in its own segment."""
    own = alarms.filter(pl.col("echo_of").is_null())
    before = alarms.filter(pl.col("detected_at") < incidents["starts_at"].min()).height
    lines = [
        f"{alarms.height} alarms, {own.height} of their own, {before} before the first incident.",
        "",
        "| incident | segment | hours until reported | kind | |",
        "| --- | --- | --- | --- | --- |",
        *(_line(alarms, row) for row in incidents.sort("starts_at").iter_rows(named=True)),
    ]
    return "\n".join(lines)


def _line(alarms: pl.DataFrame, incident: dict) -> str:
    metric = "fires: copied" if incident["kind"] == "moved_button" else "score"
    found = alarms.filter(
        pl.col("detected_at") >= incident["starts_at"], segment=incident["segment"], metric=metric, direction="drop"
    )
    if found.is_empty():
        return f"| {incident['incident_id']} | {incident['segment']} | not reported | - | |"
    row = found.row(0, named=True)
    hours = (row["detected_at"] - incident["starts_at"]).total_seconds() / 3600
    is_own = "of its own" if row["echo_of"] is None else "an echo"
    return f"| {incident['incident_id']} | {incident['segment']} | {hours:.0f} | {row['change_kind']} | {is_own} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the table into docs/drift.md")
    options = parser.parse_args()
    incidents = pl.read_parquet(ROOT / "data" / "incidents.parquet")
    with tempfile.TemporaryDirectory() as folder:
        text = tell(alarms_of(Path(folder)), incidents)
    print(text)
    if options.write:
        write_between_marks(PAGE, MARKS, text)


if __name__ == "__main__":
    main()
