"""Looking at a store while others write: what belongs together must agree."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import polars as pl
from stored_story import CLOCK

from feedback.errors import StoreLockedError
from feedback.pipeline.fit import fit_labels
from feedback.pipeline.ingest import ingest_logs
from feedback.pipeline.label import run_labels
from feedback.schemas import find_table
from feedback.store import Store
from feedback.store.snapshot import Snapshot


def read_on(path: Path, n_reads: int, connection: Connection) -> None:
    """Read a store again and again; send how many snapshots of each run were seen."""
    store, seen = Store(path), Counter()
    for number in range(n_reads):
        snapshot = store.at()
        (check_by_sql if number % 5 == 4 else check_by_scan)(snapshot)
        seen[snapshot.version] += 1
    connection.send(seen)


def check_by_scan(snapshot: Snapshot) -> None:
    """Raise unless labels, interactions and quality are of one run, the one `runs` ends with."""
    run = snapshot.run
    runs = snapshot.table("runs").sort("run").select("run", "command", "counts").collect()
    finals = snapshot.table("labels").filter(pl.col("label_version") == run.label_version).collect()
    interactions = snapshot.table("interactions").select("interaction_id", "is_final").collect()
    quality = snapshot.table("quality").filter(pl.col("dimension") == "all").collect()
    assert run.run == runs["run"].max()
    assert finals.height == finals["interaction_id"].n_unique() == quality["n"].sum() == n_final_of(runs)
    assert interactions.height == interactions["interaction_id"].n_unique()
    assert interactions["is_final"].sum() == finals.height
    assert finals["n_votes"].gt(0).sum() == quality["n_voted"].sum()


def n_final_of(runs: pl.DataFrame) -> int:
    """Return how many final labels the last run or fit said there were."""
    last = runs.filter(pl.col("command").is_in(["run", "fit"])).row(-1, named=True)
    counts = {pair["name"]: pair["n"] for pair in last["counts"]}
    return counts["n_final" if last["command"] == "run" else "n_labels"]


def check_by_sql(snapshot: Snapshot) -> None:
    """Raise unless labels, interactions, votes and quality agree, and no event is there twice."""
    counted = snapshot.sql(
        """
        SELECT (SELECT count(*) FROM labels WHERE label_version = $version),
               (SELECT count(*) FROM interactions WHERE is_final),
               (SELECT count(*) FROM votes JOIN interactions USING (interaction_id) WHERE is_final),
               (SELECT sum(n)::BIGINT FROM quality WHERE dimension = 'all')
        """,
        {"version": snapshot.run.label_version},
    )
    twice = snapshot.sql("SELECT 1 FROM events GROUP BY session_id, event_id HAVING count(*) > 1")
    assert len(set(counted.row(0))) == 1
    assert twice.is_empty()


def write_on(path: Path, folder: Path, connection: Connection) -> None:
    """Ingest a log piece by piece, run, fit and tidy, two days later each time, until told to stop; send how often."""
    store, clock = Store(path), CLOCK
    log = pl.read_parquet(folder / "second.parquet").sort("occurred_at")
    n_rounds = 0
    while not connection.poll():
        clock += timedelta(days=1)
        piece = folder / f"piece{n_rounds}.parquet"
        log.slice(n_rounds * 6 % log.height, 12).write_parquet(piece)
        ingest_logs(store, [piece], clock=lambda now=clock: now)
        run_labels(store, clock=lambda now=clock: now)
        if n_rounds % 3 == 1:
            fit_labels(store, clock=lambda now=clock: now)
        if n_rounds % 2:
            store.tidy(clock=clock)
        n_rounds += 1
    connection.send(n_rounds)


def hold(path: Path, connection: Connection) -> None:
    """Hold the writer lock until told to stop."""
    with Store(path).writer(clock=CLOCK):
        connection.send("held")
        connection.recv()


def try_to_run(path: Path, wait_s: float, connection: Connection) -> None:
    """Take the lock and commit an empty run; send null, or the message of the error."""
    try:
        Store(path).tidy(clock=CLOCK, wait_s=wait_s)
        connection.send(None)
    except StoreLockedError as error:
        connection.send(str(error))


def append_on(path: Path, name: str, who: str, n_rows: int) -> None:
    """Append rows to one of people's tables, from four threads, each row on its own."""
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: Store(path).append(name, human_row(name, f"{who}{n}")), range(n_rows)))


def human_row(name: str, key: str) -> pl.DataFrame:
    """Return a row of one of people's tables."""
    columns = find_table(name).columns
    usual = {"level": "response", "verdict": "good", "stream": "mining", "tags": ["a"], "action": "noted"}
    plain = {pl.String(): "x", pl.Datetime("us", "UTC"): CLOCK}
    row = {column: usual.get(column, plain.get(kind)) for column, kind in columns.items()}
    return pl.DataFrame([{**row, find_table(name).key[0]: key}], schema=columns)
