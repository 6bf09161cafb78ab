import json
import shutil

import pytest
from store_rows import NOON, clusters, reservation, write

from feedback.errors import StoreError
from feedback.store import Store


def test_a_folder_with_other_things_is_no_store(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for act in (lambda store: store.version(), lambda store: store.append("reservations", reservation(1))):
        with pytest.raises(StoreError, match=r"is not a store: it holds notes\.txt"):
            act(Store(tmp_path))
    with pytest.raises(StoreError, match="is a file, not a store"):
        Store(tmp_path / "notes.txt").version()


@pytest.mark.parametrize(
    ("content", "message"),
    [(json.dumps({"format": 99}), "has format 99, this version of feedback reads 3; upgrade"), ("{", "is damaged")],
)
def test_a_store_of_another_format_is_refused(store, content, message):
    write(store, "clusters", clusters(i1=1))
    (store.path / "store.json").write_text(content)
    with pytest.raises(StoreError, match=message):
        store.table("clusters")


@pytest.mark.parametrize("character", "%*?[]")
def test_a_path_that_cannot_hold_tables_is_refused(tmp_path, character):
    with pytest.raises(StoreError, match="its path must not contain"):
        Store(tmp_path / f"a{character}20b").append("reservations", reservation(1))


def test_a_damaged_log_is_named(store):
    write(store, "clusters", clusters(i1=1))
    log = store.path / "clusters" / "_delta_log"
    next(log.glob("*.json")).write_text("hunter2")
    with pytest.raises(StoreError, match="version 0 of table clusters cannot be read"):
        store.table("clusters")
    shutil.rmtree(log)
    with pytest.raises(StoreError, match="table clusters is damaged"), store.writer(clock=NOON):
        pass


def test_a_damaged_file_is_named(store):
    write(store, "clusters", clusters(i1=1))
    file = next(store.path.glob("clusters/*.parquet"))
    file.write_text("x" * file.stat().st_size)
    with pytest.raises(StoreError, match="table clusters is damaged: DuckDB cannot read its files"):
        store.sql("FROM labels")


def test_a_version_whose_files_are_gone_has_expired(store):
    write(store, "clusters", clusters(i1=1))
    next(store.path.glob("clusters/*.parquet")).unlink()
    with pytest.raises(StoreError, match="has expired: 1 of its 1 files are gone"):
        store.table("clusters")
