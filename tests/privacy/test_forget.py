"""Somebody is forgotten: out of every table, file and version, and nobody else with them."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from forget_store import (
    HOSTILE,
    LENGTHY,
    LONGER,
    OTHER,
    PEOPLE,
    PLAIN,
    SHORT,
    WORD,
    begin,
    broken,
    clock,
    forget,
    log,
    rows_by_key,
)  # fmt: skip

from feedback.errors import SettingsError, StoreError
from feedback.pipeline import ingest_logs, run_labels
from feedback.pipeline.forget.belongings import Who
from feedback.pipeline.forget.forgetting import plan_forgetting
from feedback.pipeline.store_check import check_store
from feedback.schemas import TABLES
from feedback.store import Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return begin(tmp_path_factory.mktemp("begun"))


@pytest.fixture
def copy(begun: Store, tmp_path: Path) -> Store:
    return Store(shutil.copytree(begun.path, tmp_path / "copy"))


@pytest.fixture(scope="module")
def after(begun: Store, tmp_path_factory: pytest.TempPathFactory):
    """Return a store that forgot the plain one, and what was said of it."""
    store = Store(shutil.copytree(begun.path, tmp_path_factory.mktemp("after") / "store"))
    return store, forget(store, PLAIN)


def test_the_store_is_sound_before_and_after(begun, after):
    store, done = after
    assert check_store(begun).findings == ()
    assert check_store(store).findings == ()
    assert store.last_run().command == "forget"
    assert store.last_run().counts["events"] == done.what.counts["events"] == 16 + 5


def test_nothing_of_theirs_is_found(after):
    _, done = after
    assert (done.proof.found, done.proof.is_clean) == ({}, True)
    assert done.proof.n_texts > 8
    assert (done.proof.needles.n_shared, done.proof.n_files > 50) == (2, True)


def test_others_keep_what_is_theirs(begun, after):
    store, _ = after
    for name, scrubbed in SCRUBBED.items():
        before, left = (
            [row for row in rows_by_key(one, name, *scrubbed) if row["user_id"] not in (PLAIN, None)]
            for one in (begun, store)
        )
        assert left == before
    assert {LONGER, OTHER} <= set(store.table("events").collect()["user_id"])


# Of others who shared a session, or a tenant, with whoever goes.
SCRUBBED = {
    "events": ("tenant",),
    "interactions": ("tenant", "evidence_event_ids", "next_request_text"),
    "labels": ("tenant", "evidence_event_ids"),
}


def test_what_only_names_them_stays_without_the_name(after):
    store, done = after
    other = store.table("interactions").filter(interaction_id="answer-other").collect().row(0, named=True)
    assert (other["tenant"], PLAIN in other["request_text"]) == (None, True)
    assert done.proof.named_by_others == 1 + 1
    [note] = store.table("golden_versions").collect()["note"]
    assert note == "with (forgotten)"
    seen = store.table("audit").filter(action="looked").collect()["about"]
    assert seen.to_list() == ["(forgotten)"]
    assert PLAIN not in set(store.table("quality").collect()["value"])
    assert {LONGER, OTHER} <= set(store.table("quality").filter(dimension="tenant").collect()["value"])


def test_of_a_session_with_others_only_their_part_goes(after):
    store, done = after
    meeting = store.table("events").filter(session_id="meeting").collect()
    assert set(meeting["user_id"]) == {OTHER}
    row = store.table("interactions").filter(interaction_id="answer-m2").collect().row(0, named=True)
    assert (row["request_text"], row["next_request_text"]) == ("And what on Tuesday then?", None)
    [label] = store.table("labels").filter(interaction_id="answer-m2").collect().to_dicts()
    assert [event for event in label["evidence_event_ids"] if event not in set(meeting["event_id"])] == []
    assert (done.what.n_sessions, done.what.n_shared) == (2, 1)


def test_their_quarantined_rows_go(begun, after):
    store, _ = after
    ids = [set(one.table("quarantine").collect()["event_id"]) for one in (begun, store)]
    assert [("broken" in some, "stolen" in some) for some in ids] == [(True, True), (False, True)]


def test_golden_versions_say_what_they_lost(begun, after):
    store, done = after
    [before], [now] = (rows_by_key(one, "golden_versions") for one in (begun, store))
    [lost] = done.what.lost
    assert (lost.version, lost.n_lost, lost.n_left) == (1, 2, len(PEOPLE) * 2 - 3)
    assert (now["n"], now["n_forgotten"], now["version"], now["by"]) == (before["n"] - 2, 2, 1, "rita")
    assert now["content_hash"] == lost.content_hash != before["content_hash"]
    assert done.what.exports["note"].to_list() == ["ragas"]


def test_who_reviewed_stays_the_reviewer(begun, after):
    store, done = after
    reviews = store.table("reviews").collect()
    assert set(reviews["reviewer"]) == {PLAIN}
    assert reviews.height == begun.table("reviews").collect().height - 2
    assert done.what.n_as_staff >= len(PEOPLE) * 2 - 1
    assert done.proof.as_staff > 0


def test_older_snapshots_are_expired(copy):
    before = copy.at()
    forget(copy, PLAIN)
    with pytest.raises(StoreError, match="expired"):
        before.table("events").collect()
    with pytest.raises(StoreError, match="expired"):
        before.sql("SELECT count(*) FROM labels")
    with pytest.raises(StoreError, match="expired"):
        copy.at(2).table("labels").collect()


def test_the_plan_says_what_then_goes(copy):
    before = {file: file.stat().st_mtime_ns for file in copy.path.rglob("*")}
    planned = plan_forgetting(copy, Who(users=(PLAIN,)))
    assert {file: file.stat().st_mtime_ns for file in copy.path.rglob("*")} == before
    done = forget(copy, PLAIN)
    differing = ("surprises", "alarms", "quarantine")
    assert _without(planned.counts, differing) == _without(done.what.counts, differing)
    assert planned.lost == done.what.lost


def _without(counts: dict[str, int], names) -> dict[str, int]:
    return {name: n for name, n in counts.items() if name.removesuffix("_blotted") not in names}


def test_ids_that_are_hard_to_quote_or_to_tell_apart(copy):
    hard = {HOSTILE, LENGTHY, SHORT, WORD}
    done = forget(copy, *hard)
    assert (done.proof.found, done.what.counts["events"]) == ({}, 16 * len(hard))
    assert set(copy.table("events").collect()["user_id"]) - {None} == {*PEOPLE} - hard
    assert check_store(copy).findings == ()


def test_a_session_is_forgotten(copy):
    done = forget(copy, sessions=(f"session-{OTHER}-1",))
    assert (done.proof.found, done.what.counts["events"], done.what.n_sessions) == ({}, 8, 1)
    assert f"session-{OTHER}-0" in set(copy.table("events").collect()["session_id"])
    assert check_store(copy).findings == ()


def test_all_before_a_day_is_forgotten_and_refused(copy, tmp_path):
    day = datetime(2026, 1, 6, tzinfo=UTC)
    done = forget(copy, before=day)
    assert done.proof.found == {}
    events = copy.table("events").collect()
    assert events["occurred_at"].min() >= day
    assert copy.table("labels").collect()["shown_at"].min() >= day
    assert check_store(copy).findings == ()
    log().write_parquet(tmp_path / "again.parquet")
    read = ingest_logs(copy, [tmp_path / "again.parquet"], clock=clock)
    assert (read.n_new, read.n_forgotten) == (0, log().height - events.height)


def test_the_same_log_does_not_bring_them_back(copy, tmp_path):
    forget(copy, PLAIN)
    before = {name: rows_by_key(copy, name) for name in ("events", "quarantine")}
    pl.concat([log(), broken()]).write_parquet(tmp_path / "again.parquet")
    read = ingest_logs(copy, [tmp_path / "again.parquet"], clock=clock)
    assert read.n_rows == read.n_new + read.n_duplicates + read.n_quarantined + read.n_forgotten
    assert (read.n_new, read.n_forgotten) == (0, 21 + 1)
    assert {name: rows_by_key(copy, name) for name in before} == before
    later = log().filter(session_id=f"session-{PLAIN}-0").with_columns(session_id=pl.lit("new"), interaction_id=None)
    later.write_csv(tmp_path / "later.csv")
    assert ingest_logs(copy, [tmp_path / "later.csv"], clock=clock).n_forgotten == 8
    nameless = later.with_columns(user_id=pl.lit(None, pl.String), event_id=pl.format("{}-n", "event_id"))
    nameless.write_csv(tmp_path / "nameless.csv")
    assert ingest_logs(copy, [tmp_path / "nameless.csv"], clock=clock).n_forgotten == 8


def test_it_is_as_if_they_had_never_been_there(copy, tmp_path):
    done = forget(copy, LONGER)
    assert (done.proof.found, done.what.counts["events"]) == ({}, 16)
    assert check_store(copy).findings == ()
    run_labels(copy, clock=clock)
    of_others = ~pl.col("session_id").str.starts_with(f"session-{LONGER}-")
    pl.concat([log(), broken()]).filter(of_others).write_parquet(tmp_path / "rest.parquet")
    scratch = Store(tmp_path / "scratch")
    ingest_logs(scratch, [tmp_path / "rest.parquet"], clock=clock)
    run_labels(scratch, clock=clock, watermark="end")
    for name, other in AS_NEVER.items():
        assert rows_by_key(copy, name, *other) == rows_by_key(scratch, name, *other), name


# One was labelled in two runs, reviewed, and the other at once.
AS_NEVER = {
    "events": (), "votes": (), "tallies": (), "outcomes": (), "interactions": ("is_backfill",),
    "labels": ("is_backfill",), "data_health": ("n_late",),
}  # fmt: skip


def test_forgetting_again_changes_nothing(copy):
    forget(copy, PLAIN)
    again = forget(copy, PLAIN)
    assert (again.what.counts, again.proof.found) == ({}, {})
    assert copy.table("tombstones").collect()["tombstone"].is_unique().all()
    assert check_store(copy).findings == ()


def test_the_audit_trail_names_nobody(after):
    store, _ = after
    [row] = store.table("audit").filter(action="forgot").collect().to_dicts()
    stones = store.table("tombstones").filter(kind="user").collect()["tombstone"].to_list()
    assert (row["by"], [row["about"]]) == ("rita", stones)


@pytest.mark.parametrize("who", [Who(), Who(users=("ann",))])
def test_somebody_in_a_store_is_to_be_named(tmp_path, who):
    with pytest.raises((SettingsError, StoreError)):
        plan_forgetting(Store(tmp_path / "none"), who)


def test_every_table_is_known_to_be_about_people_or_not():
    assert set(TABLES) == {*ABOUT, *NOT_ABOUT}


ABOUT = {
    "events", "quarantine", "interactions", "votes", "labels", "open_labels", "clusters", "surprises", "candidates",
    "reviews", "reservations", "golden_events", "golden_versions", "golden_refusals", "eval_results", "audit",
    "incident_events", "alarms", "candidate_draws", "quality", "tallies", "outcomes", "segments", "watched",
    "watch_states", "online_states", "data_health",
}  # fmt: skip
NOT_ABOUT = {"columns", "label_versions", "horizons", "pseudonyms", "tombstones", "runs"}
"""a new table belongs into one of these, and what is about people into `forget/belongings.py` and `forget/proof.py`"""
