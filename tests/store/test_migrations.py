"""Stores that earlier versions of feedback wrote: readable as they are, and writable once they are up to date."""

import json
import tarfile
from pathlib import Path

import pytest
from store_rows import NOON, reservation
from stored_story import CLOCK
from typer.testing import CliRunner

from feedback.cli import app
from feedback.errors import StoreError
from feedback.pipeline.label import run_labels
from feedback.pipeline.store_check import check_store
from feedback.schemas import TABLES
from feedback.store import Store, migrations
from feedback.store.layout import FORMAT
from feedback.store.migrations import MIGRATIONS, migrate_store

RELEASED = {"0.1.0"}
OLD = sorted(file.name.removesuffix(".tar.xz") for file in (Path(__file__).parent / "fixtures").glob("*.tar.xz"))
EVERY_OLD = pytest.mark.parametrize("name", OLD)
KEPT = ("events", "interactions", "votes", "labels", "quality", "reviews", "label_versions")
FINAL = ("events", "interactions", "labels", "label_versions", "reviews")


def format_of(name: str) -> int:
    """Return the version of the store of a fixture."""
    return 2 if name == "store-before-forgetting" else 1


def rows_of(store: Store) -> dict[str, list]:
    return {name: store.table(name).sort(TABLES[name].key).collect().rows() for name in KEPT}


def test_every_released_version_has_left_a_store():
    assert {f"store-{version}" for version in RELEASED} <= set(OLD)
    assert max(step.number for step in MIGRATIONS) == FORMAT


@EVERY_OLD
def test_it_can_be_read_as_it_is(old_store, name):
    store = old_store(name)
    assert all(rows_of(store).values())
    assert store.table("watched").collect().is_empty()
    assert store.table("tombstones").collect().is_empty()
    assert store.sql("SELECT count(*) AS n FROM reviews")["n"].item() == 4
    notes = [(found.rule, found.is_wrong) for found in check_store(store).findings if found.table == "store"]
    assert notes == [("version", False)]


@EVERY_OLD
def test_it_is_not_written_before_it_is_up_to_date(old_store, name):
    store = old_store(name)
    line = rf"has format {format_of(name)}, this version of feedback writes {FORMAT}; bring it up to date first: "
    with pytest.raises(StoreError, match=line):
        store.append("reservations", reservation(1))
    with pytest.raises(StoreError, match=line), store.writer(clock=NOON):
        pass


@EVERY_OLD
def test_up_to_date_it_holds_what_it_held_and_goes_on(old_store, name):
    store = old_store(name)
    before = rows_of(store)
    planned = migrate_store(store.path, clock=CLOCK, dry_run=True)
    assert store.at().run.command != "migrate"
    steps = migrate_store(store.path, clock=CLOCK)
    numbers = [*range(format_of(name) + 1, FORMAT + 1)]
    assert [[step.number for step in some] for some in (planned, steps)] == [numbers, numbers]
    assert store.at().run.command == "migrate"
    assert rows_of(store) == before
    # An archive does not say who may open a folder, which only the first step sees to.
    assert {found.rule for found in check_store(store).findings} <= {"permissions"}
    assert migrate_store(store.path, clock=CLOCK) == []
    run_labels(store, clock=lambda: CLOCK)
    after = rows_of(store)
    # A newer program may have other labelling functions, hence a label version more; those there were stay.
    assert [row for table in FINAL for row in before[table] if row not in after[table]] == []
    assert check_store(store).is_sound


def test_findings_in_an_older_shape_are_made_anew(old_store):
    store = old_store("store-before-pooled-watching")
    wrong = [(found.table, found.rule) for found in check_store(store).findings if found.is_wrong]
    assert wrong == [("watch_states", "values")]
    step, *_ = migrate_store(store.path, clock=CLOCK)
    assert step.changes["watch_states"] == 2
    run_labels(store, clock=lambda: CLOCK)
    assert store.table("watch_states").collect()["one_in"].null_count() == 0


@pytest.mark.parametrize("moment", ["begun", "written"])
def test_one_that_was_cut_off_is_repeated(old_store, monkeypatch, moment):
    store = old_store("store-0.1.0")
    before, usual = rows_of(store), migrations.write_version

    def die_in_between(path, version):
        if moment == "written" and version.migrating_from is None:
            raise KeyboardInterrupt
        usual(path, version)
        if moment == "begun":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "write_version", die_in_between)
        with pytest.raises(KeyboardInterrupt):
            migrate_store(store.path, clock=CLOCK)
    assert rows_of(store) == before
    with pytest.raises(StoreError, match="in the middle of a migration; repeat: feedback store migrate"):
        store.append("reservations", reservation(1))
    migrate_store(store.path, clock=CLOCK)
    assert rows_of(store) == before
    assert check_store(store).findings == ()


@pytest.mark.parametrize("written", [{}, {"format": 0}, {"format": 1}])
def test_one_that_names_no_version_is_of_the_first(old_store, written):
    store = old_store("store-0.1.0")
    (store.path / "store.json").write_text(json.dumps(written))
    assert [step.number for step in migrate_store(store.path, clock=CLOCK)] == [2, 3]


def test_nothing_leads_back(old_store):
    store = old_store("store-0.1.0")
    (store.path / "store.json").write_text('{"format": 99}')
    with pytest.raises(StoreError, match=r"is newer than this program: it has format 99, .* reads 3; upgrade feedback"):
        migrate_store(store.path, clock=CLOCK)
    for command in (["status"], ["run"], ["show", "labels"], ["store", "check"], ["store", "migrate"]):
        said = CliRunner().invoke(app, [*command, "--store", str(store.path)])
        assert (said.exit_code, said.stderr.count("\n")) == (2, 1)
        assert "is newer than this program" in said.stderr


def test_the_fixtures_are_small_and_hold_no_path_of_a_machine():
    files = list((Path(__file__).parent / "fixtures").glob("*.tar.xz"))
    assert sum(file.stat().st_size for file in files) < 200_000
    for file in files:
        with tarfile.open(file) as archive:
            assert {entry.uname + entry.gname for entry in archive} == {""}
