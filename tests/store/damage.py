"""Ways in which a store can be damaged, and people's tables to damage."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
from store_rows import one_row
from stored_story import CLOCK, content_of, differing

from feedback.golden.identity import identify_rows
from feedback.pipeline.draws import draw_reviews
from feedback.pipeline.golden import make_version
from feedback.store import Store
from feedback.store.commits import append_rows
from feedback.store.run import Run, run_to_frame
from feedback.store.versions import find_head, list_files


def add_people(store: Store) -> None:
    """Draw, reserve, and make a golden set of two examples."""
    draw_reviews(store, k=4, seed=1, clock=lambda: CLOCK)
    for name in "ab":
        event = one_row("golden_events", example_id=pl.lit(name), input=pl.lit(name))
        store.append("golden_events", identify_rows(event, "golden_event_id"))
    make_version(store, by="ann", clock=lambda: CLOCK)
    store.append("reservations", one_row("reservations"))


def differing_tables(some: Store, other: Store) -> list[str]:
    """Return the names of the tables that are not the same, byte for byte where they are derived."""
    one, two = content_of(some.at()), content_of(other.at())
    files = [] if one.files == two.files else ["files"]
    return [*differing(one.derived, two.derived), *differing(one.human, two.human), *files]


def data_file(store: Store, name: str) -> Path:
    folder = store.path / name
    return list_files(folder, name, store.at().versions[name])[0].path


def log_entry(store: Store, name: str) -> Path:
    folder = store.path / name
    return folder / "_delta_log" / f"{find_head(folder).version:020}.json"


def delete_file(store: Store) -> None:
    data_file(store, "labels").unlink()


def truncate_file(store: Store) -> None:
    file = data_file(store, "labels")
    file.write_bytes(file.read_bytes()[:-200])


def flip_bit(store: Store) -> None:
    file = data_file(store, "labels")
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 1
    file.write_bytes(content)


def swap_files(store: Store) -> None:
    one, other = data_file(store, "labels"), data_file(store, "interactions")
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)


def cut_log(store: Store) -> None:
    entry = log_entry(store, "labels")
    entry.write_bytes(entry.read_bytes()[:-40])


def delete_log_entry(store: Store) -> None:
    log_entry(store, "labels").unlink()


def delete_table(store: Store) -> None:
    for file in sorted((store.path / "labels").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()


def pin_wrongly(store: Store) -> None:
    last = store.last_run()
    pins = {**last.pins, "labels": 99}
    append_rows(store.path / "runs", "runs", run_to_frame(Run(**{**vars(last), "run": last.run + 1, "pins": pins})))


def cut_runs(store: Store) -> None:
    entry = log_entry(store, "runs")
    entry.write_bytes(entry.read_bytes()[:-40])


def spoil_marker(store: Store) -> None:
    (store.path / "store.json").write_text("{")


DAMAGES: dict[str, tuple[Callable[[Store], None], str, str]] = {
    "deleted file": (delete_file, "labels", "files"),
    "truncated file": (truncate_file, "labels", "files"),
    "flipped bit": (flip_bit, "labels", "files"),
    "swapped files": (swap_files, "labels", "files"),
    "half-written log": (cut_log, "labels", "log"),
    "deleted log entry": (delete_log_entry, "labels", "pins"),
    "deleted table": (delete_table, "labels", "pins"),
    "wrong pin": (pin_wrongly, "labels", "pins"),
    "half-written log of runs": (cut_runs, "runs", "log"),
}
"""what was done, and the table and the rule that a check names"""
