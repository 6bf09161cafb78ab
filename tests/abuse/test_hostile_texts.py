"""Texts no one should write: too long, broken, backwards, invisible, or meant for a terminal."""

import json
from contextlib import suppress

import polars as pl
import pytest
from hostile import CLOCK, TEMPLATES, UNICODE, labelled_store, texts_of, write_log
from typer.testing import CliRunner

from feedback.cli import app
from feedback.cli.tables import printable
from feedback.errors import FeedbackError
from feedback.pipeline.ingest import ingest_logs
from feedback.pipeline.store_check import check_store
from feedback.store import Store

CONTROLS = {chr(code) for code in (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return labelled_store(tmp_path_factory.mktemp("texts"), (*UNICODE, *TEMPLATES))


def test_what_can_be_stored_is_stored_as_it_was_and_the_rest_is_counted(store):
    kept, n_lost = texts_of(store).to_list(), store.table("quarantine").select(pl.len()).collect().item()
    assert {"\u202egnp.exe", "{{ 7*7 }}", "a\u200b\u200c\u200d\ufeffb"} <= set(kept)
    assert len(kept) + n_lost / 3 >= len({*UNICODE, *TEMPLATES}) - 1
    assert check_store(store).is_sound


@pytest.mark.parametrize("table", ["events", "interactions", "quality"])
def test_nothing_moves_the_cursor_of_a_terminal(store, table):
    shown = store.table(table).collect()
    for name, dtype in shown.schema.items():
        if dtype == pl.String:
            assert not {*"".join(printable(text) for text in shown[name].drop_nulls())} & CONTROLS


def test_templates_stay_text_in_a_pipe(store):
    said = CliRunner().invoke(app, ["show", "interactions", "--columns", "request_text", "--store", str(store.path)])
    assert said.exit_code == 0
    assert "{{ 7*7 }}" in said.stdout
    assert "49" not in said.stdout


def test_a_field_of_many_megabytes(tmp_path):
    store = labelled_store(tmp_path, ("word " * 1_000_000, "short"))
    assert texts_of(store).str.len_chars().to_list() == [5_000_000, 5]
    assert check_store(store).is_sound


@pytest.mark.parametrize("depth", [100, pytest.param(1_000, marks=pytest.mark.slow), 100_000])
def test_a_value_that_is_nested_without_end(tmp_path, depth):
    file = tmp_path / "deep.jsonl"
    event = '{"event_id": "a", "session_id": "s", "kind": "request", "occurred_at": "2026-01-04T00:00:00Z"'
    file.write_text(event + ', "more": ' + "[" * depth + "]" * depth + "}\n" + event + "}\n")
    with suppress(FeedbackError):
        ingest_logs(Store(tmp_path / "store"), [file], clock=lambda: CLOCK)


def test_a_hundred_columns_of_odd_names(tmp_path):
    file = write_log(tmp_path, ("hello",))
    odd = {f"{sign}col{n}": n for n in range(25) for sign in ("=", "'; DROP TABLE events; --", "\u202e", "../")}
    rows = [json.loads(line) | odd for line in file.read_text().splitlines()]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    store = Store(tmp_path / "store")
    ingest_logs(store, [file], clock=lambda: CLOCK)
    assert store.sql("SELECT count(*) AS n FROM events")["n"].item() == 3
    assert check_store(store).is_sound
