"""The proof finds what is left anywhere in the store, and nothing else."""

import json
import shutil
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from event_rows import START, event, event_table

from feedback.drift.checkpoint import write_state
from feedback.pipeline import ingest_logs, run_labels
from feedback.pipeline.forget.belongings import Who, find_belongings
from feedback.pipeline.forget.file_texts import texts_of_log
from feedback.pipeline.forget.mentions import Ids
from feedback.pipeline.forget.needles import Needles, find_needles
from feedback.pipeline.forget.proof import search_store
from feedback.store import Store
from feedback.store.commits import append_rows
from feedback.store.versions import find_head

ID = 'person "nümber" 1'
TEXT = "A text that nobody else ever wrote."
LONG = "y" * 40
NEEDLES = Needles(ids=(ID, "x" * 40 + "1", LONG), texts=(TEXT,))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("sound")
    others = [f"{ID}1", "x" * 40 + "2", "bob"]
    rows = [
        event(60 * n, kind, f"answer-{n}", session=f"s{n}", user_id=other, text=f"{kind} of {n}")
        for n, other in enumerate(others)
        for kind in ("request", "response")
    ]
    event_table(*rows).write_parquet(folder / "log.parquet")
    store = Store(folder / "store")
    ingest_logs(store, [folder / "log.parquet"], clock=lambda: START)
    run_labels(store, clock=lambda: START, watermark="end")
    return store


@pytest.fixture
def copy(sound: Store, tmp_path: Path) -> Store:
    return Store(shutil.copytree(sound.path, tmp_path / "copy"))


def test_longer_ids_of_others_are_not_taken_for_them(sound):
    proof = search_store(sound.path, NEEDLES)
    assert (proof.found, proof.n_ids, proof.n_texts) == ({}, 3, 1)
    assert proof.n_files == sum(file.is_file() for file in sound.path.rglob("*"))


def in_a_row(store: Store) -> None:
    _append(store, session_id=ID)


def in_a_text_of_a_row(store: Store) -> None:
    _append(store, text=f"{TEXT} And more.")


def in_a_dimension(store: Store) -> None:
    _append(store, tenant=ID)


def _append(store: Store, **said: str) -> None:
    row = event_table(event(0, "request", **{"session": "s", **{k: v for k, v in said.items() if k != "session_id"}}))
    named = row.with_columns(session_id=pl.lit(said.get("session_id", "s")))
    append_rows(store.path / "events", "events", named)


def in_a_file_of_no_version(store: Store) -> None:
    frame = pl.DataFrame({"session_id": [ID, "x"]})
    frame.write_parquet(store.path / "events" / "part-left-over.parquet")


def in_a_commit(store: Store) -> None:
    def quote(action: dict) -> None:
        action.get("commitInfo", {}).get("operationParameters", {})["predicate"] = f"session_id = '{ID}'"

    _edit_commit(store, "events", quote)


def in_statistics_of_a_commit(store: Store) -> None:
    def shorten(action: dict) -> None:
        if "add" in action:
            stats = json.loads(action["add"]["stats"])
            stats["minValues"]["interaction_id"] = LONG[:32]
            action["add"]["stats"] = json.dumps(stats)

    _edit_commit(store, "votes", shorten)


def _edit_commit(store: Store, name: str, edit: Callable[[dict], None]) -> None:
    entry = store.path / name / "_delta_log" / f"{find_head(store.path / name).version:020}.json"
    actions = [json.loads(line) for line in entry.read_text().splitlines()]
    for action in actions:
        edit(action)
    entry.write_text("".join(json.dumps(action) + "\n" for action in actions))


def in_a_saved_state(store: Store) -> None:
    state = b64encode(write_state({"segments": [ID]}, {"n": np.zeros(2)})).decode()
    row = pl.DataFrame([{"label_version": 9, "saved_at": START, "state": state}])
    append_rows(store.path / "online_states", "online_states", row.cast({"saved_at": pl.Datetime("us", "UTC")}))


def in_bytes_of_another_file(store: Store) -> None:
    (store.path / ".scratch").mkdir(exist_ok=True)
    (store.path / ".scratch" / "rows.ipc").write_bytes(b"\0" * (2**20 - 7) + TEXT.encode() + b"\0")


def in_the_name_of_a_file(store: Store) -> None:
    (store.path / "events" / f"{ID.replace('/', '')}.tmp").touch()


def in_checksums(store: Store) -> None:
    (store.path / "events" / "_sha256sums").write_text(f"{'0' * 64}  {ID}.parquet\n")


@pytest.mark.parametrize(
    "leave",
    [
        in_a_row, in_a_text_of_a_row, in_a_dimension, in_a_file_of_no_version, in_a_commit, in_statistics_of_a_commit,
        in_a_saved_state, in_bytes_of_another_file, in_the_name_of_a_file, in_checksums,
    ],
)  # fmt: skip
def test_what_is_left_is_found(copy, leave: Callable[[Store], None]):
    leave(copy)
    assert not search_store(copy.path, NEEDLES).is_clean


def test_texts_in_a_checkpoint_are_told_from_words_of_the_format(tmp_path):
    stats = json.dumps({"minValues": {"interaction_id": ID}})
    actions = pl.DataFrame([{"add": {"path": "a", "stats": stats}, "metaData": None},
                            {"add": None, "metaData": {"schemaString": '{"name": "response_text"}'}}])  # fmt: skip
    actions.write_parquet(tmp_path / "1.checkpoint.parquet")
    found = texts_of_log(tmp_path / "1.checkpoint.parquet")
    assert (found.values["interaction_id"], "response_text" in found.words) == ([ID], True)


def test_texts_of_others_prove_nothing(tmp_path):
    rows = [
        event(0, "request", "a", user_id="ann", text="Nobody else asks so."),
        event(1, "response", "a", user_id="ann", text="A standard answer, as ever"),
        event(2, "edit", "a", user_id="ann", text="short"),
        event(3, "response", "b", session="t", user_id="bob", text="> A standard answer, as ever <"),
    ]
    event_table(*rows).write_parquet(tmp_path / "log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, [tmp_path / "log.parquet"], clock=lambda: START)
    snapshot = store.at()
    needles = find_needles(snapshot, find_belongings(snapshot, Who(users=("ann",))))
    assert (needles.texts, needles.n_short, needles.n_shared) == (("Nobody else asks so.",), 1, 1)
    assert needles.ids == ("a", "ann", "e01", "e02", "e03", "s")


@pytest.mark.parametrize(
    ("text", "blotted"),
    [
        ("ann@x.org", "(forgotten)"),
        ("seen by ann@x.org, twice", "seen by (forgotten), twice"),
        ("joann@x.org ann@x.org.uk ann@x.org2", "joann@x.org ann@x.org.uk ann@x.org2"),
        ("7", "(forgotten)"),
        ("7 of 7 rows", "7 of 7 rows"),
        ("tenant = 7 & model = 7b", "tenant = (forgotten) & model = 7b"),
    ],
)
def test_an_id_is_blotted_where_it_is_one(text, blotted):
    assert Ids(["ann@x.org", "7"]).blot(text) == blotted
