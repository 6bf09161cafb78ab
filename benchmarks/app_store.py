"""A store as large as wanted for the app to open: many copies of a labelled month, under new ids.

A simulated month goes the whole way: ingest, run, reviews drawn and judged by the truth, fit, incidents, golden set,
candidates. Its events, interactions, votes and labels are then written again and again under new ids, every tenant
split into hundreds, and what a run derives from them (quality and what else is counted per day, data health, degraded
segments) is made by the library's own code from all of them. Alarms, what is watched, and what people wrote are those
of the first copy, whose ids stay as they are.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from feedback.pipeline import draw_reviews, fit_labels, import_reviews, ingest_logs, run_labels
from feedback.pipeline.candidates import draw_golden_candidates
from feedback.pipeline.daily import write_quality
from feedback.pipeline.golden import make_version
from feedback.pipeline.golden_examples import add_reviewed
from feedback.pipeline.health import write_health
from feedback.pipeline.incidents import open_incidents
from feedback.pipeline.scope import everything
from feedback.pipeline.segments import write_segments
from feedback.reviews import response_verdicts
from feedback.schemas import TABLES
from feedback.settings import Settings
from feedback.simulate import STARTS_AT, simulate_traffic, write_simulation
from feedback.store import Store
from feedback.store.run import Run
from feedback.store.writer import Writer

DAYS, BASE_SESSIONS, LABELS_PER_SESSION = 28, 120_000, 2.5
COPIED = ("events", "interactions", "votes", "labels", "surprises")
COUNTED = ("quality", "tallies", "outcomes", "data_health", "segments", "open_labels")
REVIEWS, CANDIDATES = 600, 60
_TIMES = {"events": "occurred_at", "interactions": "shown_at", "labels": "shown_at"}
_IDS = ("event_id", "session_id", "interaction_id", "user_id")
_FIRM = ("user_id", "session_id")


def clock() -> datetime:
    """Return the time everything is done at: a day after the log."""
    return STARTS_AT + timedelta(days=DAYS + 1)


def build_store(path: Path, *, labels: int, seed: int, say: Callable[[str], None]) -> Store:
    """Return a store with about so many labels, and at least 10,000 tenants where they are a million."""
    sessions = min(BASE_SESSIONS, round(labels / LABELS_PER_SESSION))
    base = make_base(path.with_name(path.name + "-base"), sessions=sessions, seed=seed, say=say)
    n_base = base.table("open_labels").select(pl.len()).collect().item()
    n_base += base.table("labels").select(pl.col("interaction_id").n_unique()).collect().item()
    copies = max(1, round(labels / n_base))
    return repeat_store(base, Store(path), copies=copies, say=say)


def make_base(path: Path, *, sessions: int, seed: int, say: Callable[[str], None]) -> Store:
    """Return the store of the month that is copied: labelled, reviewed, fitted, with a golden set and incidents."""
    store = Store(path / "store")
    if store.exists():
        return store
    simulation = simulate_traffic(days=DAYS, sessions=sessions, seed=seed)
    write_simulation(simulation, path)
    for name, step in {
        "ingest": lambda: ingest_logs(store, [path / "events.parquet"], clock=clock),
        "run": lambda: run_labels(store, clock=clock),
        "review": lambda: judge(store, simulation.truth, path / "judged.csv"),
        "fit": lambda: fit_labels(store, clock=clock),
        "incidents": lambda: open_incidents(store, Settings(), clock=clock),
        "golden": lambda: (add_reviewed(store, by="ann", clock=clock), make_version(store, by="ann", clock=clock)),
        "candidates": lambda: draw_golden_candidates(store, k=CANDIDATES, seed=seed, clock=clock, stream="mining"),
    }.items():
        say(name)
        step()
    return store


def judge(store: Store, truth: pl.DataFrame, file: Path) -> None:
    """Draw responses and judge them by the truth."""
    drawn = draw_reviews(store, k=REVIEWS, seed=1, clock=clock).select("draw_id", "interaction_id")
    verdict = pl.when("is_good").then(pl.lit("good")).otherwise(pl.lit("bad"))
    judged = drawn.join(truth.select("interaction_id", verdict=verdict), on="interaction_id")
    judged.with_columns(reviewer=pl.lit("ann")).write_csv(file)
    import_reviews(store, [file], clock=clock)


def repeat_store(base: Store, store: Store, *, copies: int, say: Callable[[str], None]) -> Store:
    """Return the store with so many copies of another, and what a run derives from all of them."""
    last = base.last_run()
    if last is None:
        raise SystemExit("the base was never written")
    with store.writer(clock=clock()) as writer:
        for name in COPIED:
            for part in split_days(base, name):
                say(f"{name}, {part.height:,} rows {copies} times")
                writer.append(name, pl.concat(copy_rows(part, copy, copies) for copy in range(copies)))
        opened = base.table("open_labels").collect()
        writer.replace("open_labels", pl.concat(copy_rows(opened, copy, copies) for copy in range(copies)))
        for name, table in TABLES.items():
            if not table.is_human and name not in {*COPIED, *COUNTED, "runs"}:
                writer.replace(name, base.table(name).collect())
        derive(writer, base, last, say)
        writer.commit(
            command="run", started_at=clock(), finished_at=clock(), watermark=last.watermark,
            label_version=last.label_version, sources=last.sources, counts=counts(writer),
        )  # fmt: skip
    for name, table in TABLES.items():
        if table.is_human and (rows := base.table(name).collect()).height:
            store.append(name, rows)
    return store


def split_days(base: Store, name: str) -> Iterator[pl.DataFrame]:
    """Yield the rows of a table as daily runs leave them: a file per day and, of labels, per label version."""
    rows = base.table(name).collect()
    if name not in _TIMES:
        shown = base.table("interactions").select("interaction_id", "shown_at").collect()
        rows = rows.join(shown, on="interaction_id", how="left", maintain_order="left")
    day = pl.col(_TIMES.get(name, "shown_at")).dt.date().alias("of day")
    by = ["of day", *(["label_version"] if name == "labels" else [])]
    parts = rows.with_columns(day).sort(by[::-1], maintain_order=True).partition_by(by, maintain_order=True)
    for part in parts:
        yield part.drop("of day", *(["shown_at"] if name not in _TIMES else []))


def copy_rows(rows: pl.DataFrame, copy: int, copies: int) -> pl.DataFrame:
    """Return the rows under the ids of a copy, a few seconds later, their tenant split up; the first keeps its ids."""
    schema = rows.schema
    times = [name for name, kind in schema.items() if kind == pl.Datetime("us", "UTC")]
    named = [pl.format("{}-{}", pl.col(name), pl.lit(copy)).alias(name) for name in _IDS if name in schema]
    if "evidence_event_ids" in schema:
        named.append(pl.col("evidence_event_ids").list.eval(pl.format("{}-{}", pl.element(), pl.lit(copy))))
    shifted = rows.with_columns(split_tenants(schema, copy, copies))
    return shifted.with_columns(pl.col(times) + timedelta(seconds=copy), *named) if copy else shifted


def split_tenants(schema: pl.Schema, copy: int, copies: int) -> list[pl.Expr]:
    """Return the tenant of each row: one of hundreds, some far larger than others; in the first copy half stay."""
    if "tenant" not in schema:
        return []
    parts = -(-1_300 // copies)
    share = pl.coalesce(name for name in _FIRM if name in schema).hash(seed=1) % 10_000 / 10_000
    part = (share**2 * parts).floor().cast(pl.Int64)
    split = pl.format("{}-{}-{}", "tenant", pl.lit(copy), part)
    kept = pl.when(share < 0.5).then("tenant").otherwise(split) if copy == 0 else split
    return [kept.alias("tenant")]


def derive(writer: Writer, base: Store, last: Run, say: Callable[[str], None]) -> None:
    """Write what a run derives from labels and events."""
    settings, verdicts = Settings(), response_verdicts(base.table("reviews").collect())
    say("quality")
    write_quality(writer, settings, verdicts)
    say("data health")
    write_health(writer, everything(writer), session_gap=settings.session_gap)
    say("segments")
    write_segments(writer, settings, watermark=last.watermark, label_version=last.label_version or 1, before=None)


def counts(writer: Writer) -> dict[str, int]:
    """Return the counts of a run over all of it."""
    n = {name: writer.table(name).select(pl.len()).collect().item() for name in ("interactions", "open_labels")}
    return {"n_interactions": n["interactions"], "n_open": n["open_labels"], "n_late": 0}


def count_labels(store: Store) -> int:
    """Return how many interactions have a label."""
    return store.table("interactions").select(pl.len()).collect().item()


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
