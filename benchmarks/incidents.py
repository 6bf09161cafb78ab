"""How well alarms of one cause become one incident, on logs whose causes are known.

    uv run python -m benchmarks.incidents [--seeds 1 2 3] [--sessions 12000] [--write]

The bundled log and fresh ones like it (28 days) are ingested, run and grouped at the defaults, as `feedback run` does.
The cause of an alarm is the planted incident behind most of what its labels, from onset to detection, differ by from
labels of the same feature, intent, language and index before anything was planted: two fifths of it or more, else none.
The moved button can only be behind copying, votes and the score. Alarms about traffic have no known cause, and the mix
shift, which changes no label's quality, is nobody's. With `--write` the table goes into docs/incidents.md.
"""

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from benchmarks.rate_tables import write_between_marks
from feedback.drift.watched import EVENTS, OF_EVENTS, OF_VOTES, VOTED
from feedback.explore.incidents import list_incidents
from feedback.incidents.overlap import find_labels
from feedback.pipeline import ingest_logs, run_labels
from feedback.pipeline.incidents import open_incidents
from feedback.settings import Settings
from feedback.simulate import simulate_traffic, write_simulation
from feedback.store import Store

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "incidents.md"
MARKS = ("<!-- incidents table -->", "<!-- /incidents table -->")
CLOCK = datetime(2026, 12, 1, tzinfo=UTC)
STRATA = ["feature", "intent", "language", "index_version"]
BUTTON, MIX = "moved-button", "mix-shift"
BUTTON_MOVES = ("score", "p_good", VOTED, f"{OF_VOTES}copied")
LEAST = 0.4
CAUSES = ("moved-button", "ageing-index", "prompt-change")


def label_log(folder: Path, store: Path) -> Store:
    """Return a store in which the log was ingested, run and grouped."""
    target = Store(store)
    ingest_logs(target, [folder / "events.parquet"], clock=lambda: CLOCK)
    run_labels(target, clock=lambda: CLOCK, watermark="end")
    open_incidents(target, Settings(), clock=lambda: CLOCK)
    return target


def known_values(store: Store, truth: pl.DataFrame) -> pl.DataFrame:
    """Return the labels with their votes, their events and the planted incident they fell under."""
    votes, interactions = (store.table(name).collect() for name in ("votes", "interactions"))
    fires = votes.select("interaction_id", pl.all().exclude("interaction_id").name.prefix(OF_VOTES))
    events = interactions.select("interaction_id", **{OF_EVENTS + name: column for name, column in EVENTS.items()})
    labels = store.table("labels").collect()
    for other in (fires, events, truth.select("interaction_id", "incident_id")):
        labels = labels.join(other, on="interaction_id", how="left")
    return labels


def find_cause(labels: pl.DataFrame, alarm: dict) -> str | None:
    """Return the planted incident behind an alarm; null when there is none, or nobody can tell."""
    metric = alarm["metric"]
    inside = find_labels(labels, alarm["segment"])
    if metric == "volume" or inside is None:
        return None
    known = pl.col("score") if metric in ("score", "p_good") else pl.col("score" if metric == VOTED else metric)
    value = known if metric in ("score", "p_good") else known.is_not_null().cast(pl.Float64)
    valued = labels.with_columns(value=value, is_inside=pl.Series(inside)).drop_nulls("value")
    usual = valued.filter(pl.col("incident_id").is_null()).group_by(STRATA).agg(usual=pl.col("value").mean())
    sign = -1 if alarm["direction"] == "drop" else 1
    off = (
        valued.join(usual, on=STRATA, how="left", nulls_equal=True)
        .filter("is_inside", pl.col("shown_at") >= alarm["onset_at"], pl.col("final_at") <= alarm["detected_at"])
        .group_by("incident_id")
        .agg(off=((pl.col("value") - pl.col("usual")) * sign).sum())
    )
    possible = [cause for cause in CAUSES if cause != BUTTON or metric in BUTTON_MOVES]
    most = off.filter(pl.col("incident_id").is_in(possible)).sort("off").tail(1)
    total = off["off"].sum()
    is_it = most.height and most["off"][0] > 0 and most["off"][0] >= LEAST * total
    return most["incident_id"][0] if is_it else None


def measure(name: str, folder: Path, store: Path) -> dict:
    """Return one row of the table."""
    target = label_log(folder, store)
    alarms, steps = (target.table(table).collect() for table in ("alarms", "incident_events"))
    values = known_values(target, pl.read_parquet(folder / "truth.parquet"))
    causes = [find_cause(values, alarm) for alarm in alarms.iter_rows(named=True)]
    placed = alarms.with_columns(cause=pl.Series(causes, dtype=pl.String)).join(
        steps.drop_nulls("alarm_id").select("alarm_id", "incident_id"), on="alarm_id"
    )
    known = placed.drop_nulls("cause").group_by("incident_id", "cause").len()
    main = known.sort("len", "cause", descending=True).unique("incident_id", keep="first", maintain_order=True)
    shares = known.sort("len", descending=True).unique("cause", keep="first", maintain_order=True)
    found = list_incidents(target.at())
    of_mix = found.filter(kind="quality", segment="tenant = harbor-labs").height
    return {
        "name": name,
        "n_alarms": alarms.height,
        "n_incidents": found.height,
        "n_known": int(known["len"].sum()),
        "purity": main["len"].sum() / max(int(known["len"].sum()), 1),
        "together": shares["len"].sum() / max(int(known["len"].sum()), 1),
        "named": {cause: main.filter(cause=cause).height for cause in CAUSES},
        "reached": {cause: known.filter(cause=cause)["len"].sum() for cause in CAUSES},
        "n_of_mix": of_mix,
        "shown": found.select("n_alarms", "kind", "segment", "metric", "onset_at"),
    }


def page(rows: list[dict]) -> str:
    """Return the table."""
    head = ["log", "alarms", "incidents", "with a known cause", "purity", "together",
            *(f"incidents mainly of {cause}" for cause in CAUSES), "quality incidents under the mix shift"]  # fmt: skip
    cells = [
        [
            row["name"], f"{row['n_alarms']:,}", str(row["n_incidents"]), str(row["n_known"]), f"{row['purity']:.0%}",
            f"{row['together']:.0%}",
            *(f"{row['named'][cause]}" if row["reached"][cause] else "no alarm" for cause in CAUSES),
            str(row["n_of_mix"]),
        ]
        for row in rows
    ]  # fmt: skip
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3])
    parser.add_argument("--sessions", type=int, default=12_000)
    parser.add_argument("--write", action="store_true", help="write the table into docs/incidents.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        rows = [measure("bundled", ROOT / "data", Path(scratch) / "bundled")]
        for seed in options.seeds:
            folder = Path(scratch) / f"log-{seed}"
            folder.mkdir()
            write_simulation(simulate_traffic(days=28, sessions=options.sessions, seed=seed), folder)
            rows.append(measure(f"seed {seed}", folder, Path(scratch) / f"store-{seed}"))
            print(rows[-1]["name"], rows[-1]["shown"], flush=True)
    text = page(rows)
    print(text)
    if options.write:
        write_between_marks(PAGE, MARKS, text)


if __name__ == "__main__":
    main()
