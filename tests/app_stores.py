"""Small stores to open the app on."""

from datetime import datetime, timedelta
from pathlib import Path

from event_rows import START, event, event_table

from feedback.pipeline import ingest_logs, run_labels
from feedback.store import Store

HOSTILE = "<script>alert(1)</script> **bold** [link](https://example.org) $x^2$ :red[red]"


def clock() -> datetime:
    return START + timedelta(days=9)


def log_of(folder: Path) -> Path:
    """Return a log in which people copied the answers of one model and turned down those of a hostile one."""
    rows = []
    for n in range(12):
        about = {"session": f"s{n}", "user_id": f"u{n}", "model": "m1" if n % 2 else HOSTILE, "feature": "chat"}
        start = n * 50_000
        rows += [
            event(start, "request", f"i{n}", text=HOSTILE, **about),
            event(start + 2, "response", f"i{n}", text=HOSTILE, **about),
            event(start + 9, "copy" if n % 2 else "reject", f"i{n}", **about),
        ]
    event_table(*rows).write_parquet(folder / "log.parquet")
    return folder / "log.parquet"


def small_store(folder: Path) -> Store:
    """Return a store with twelve labelled interactions over a week."""
    store = Store(folder / "store")
    ingest_logs(store, [log_of(folder)], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    return store
