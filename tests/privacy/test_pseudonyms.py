"""People are stored under keyed hashes: everywhere, from any format, and never under two."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from event_rows import START, event, event_table

from feedback.errors import SettingsError
from feedback.events.pseudonyms import hide_ids, pseudonym
from feedback.pipeline import ingest_logs, run_labels
from feedback.pipeline.pseudonyms import stored_id
from feedback.settings import Settings, read_settings
from feedback.settings.privacy import Privacy
from feedback.store import Store

KEY = "k" * 32
HIDDEN = Settings(privacy=Privacy(("user_id",), key=KEY))
OTHER_KEY = Settings(privacy=Privacy(("user_id",), key="o" * 32))
ANN = "ann@example.org"


def clock():
    return START + timedelta(days=1)


def rows() -> pl.DataFrame:
    about = {"user_id": ANN, "tenant": "Acme"}
    return event_table(
        event(0, "request", "i", text="Why?", **about),
        event(2, "response", "i", text="Because.", **about),
        event(5, "copy", "i", **about),
        event(9, "thumb", "i", **about),
        event(9, "copy", "i", user_id=None),
    )


def ingest(folder: Path, frame: pl.DataFrame, settings: Settings = HIDDEN, *, name: str = "log.parquet") -> Store:
    file = folder / name
    {".parquet": frame.write_parquet, ".csv": frame.write_csv, ".jsonl": frame.write_ndjson}[file.suffix](file)
    ingest_logs(Store(folder / "store"), [file], clock=clock, settings=settings)
    return Store(folder / "store")


@pytest.mark.parametrize("name", ["log.parquet", "log.csv", "log.jsonl"])
def test_the_store_holds_the_hash_alone_whatever_the_format(tmp_path: Path, name: str):
    store = ingest(tmp_path, rows(), name=name)
    run_labels(store, clock=clock, settings=HIDDEN, watermark="end")
    assert set(store.table("events").collect()["user_id"]) == {pseudonym(ANN, KEY.encode()), None}
    assert store.table("labels").collect()["user_id"].to_list() == [pseudonym(ANN, KEY.encode())]
    assert find_in(store.path, ANN) == []


def test_the_same_log_again_is_all_duplicates(tmp_path: Path):
    ingest(tmp_path, rows())
    again = ingest_logs(Store(tmp_path / "store"), [tmp_path / "log.parquet"], clock=clock, settings=HIDDEN)
    assert (again.n_new, again.n_duplicates, again.n_quarantined) == (0, 4, 1)


def test_a_number_and_its_text_are_one_person():
    hidden = [
        hide_ids(pl.DataFrame({"user_id": ids}), ["user_id"], KEY.encode())["user_id"].to_list()
        for ids in ([7, None], ["7", " "], [7.0, float("nan")])
    ]
    assert hidden == [[pseudonym("7", KEY.encode()), None]] * 3


def test_a_session_that_goes_by_the_id_of_its_person_is_hidden_too():
    raw = pl.DataFrame({"session_id": [ANN, "s"], "user_id": [ANN, ANN]})
    ann = pseudonym(ANN, KEY.encode())
    assert hide_ids(raw, ["user_id"], KEY.encode()).rows() == [(ann, ann), ("s", ann)]


def test_other_ids_that_tell_the_person_are_counted(tmp_path: Path):
    log = rows().with_columns(session_id=pl.format("{}/1", pl.lit(ANN)))
    log.write_parquet(tmp_path / "log.parquet")
    made = ingest_logs(Store(tmp_path / "store"), [tmp_path / "log.parquet"], clock=clock, settings=HIDDEN)
    assert made.n_telling_ids == 4


def test_dimensions_that_name_somebody_can_be_hidden(tmp_path: Path):
    both = Settings(privacy=Privacy(("user_id", "tenant"), key=KEY))
    store = ingest(tmp_path, rows(), both)
    assert store.table("events").collect()["tenant"][0] == pseudonym("Acme", KEY.encode())
    assert find_in(store.path, "Acme") == []


def test_another_key_is_refused(tmp_path: Path):
    ingest(tmp_path, rows())
    with pytest.raises(SettingsError, match="made with another key"):
        ingest(tmp_path, rows(), OTHER_KEY)


def test_switching_it_off_is_refused(tmp_path: Path):
    ingest(tmp_path, rows())
    with pytest.raises(SettingsError, match="pseudonyms does not name it"):
        ingest(tmp_path, rows(), Settings())


def test_switching_it_on_later_is_refused(tmp_path: Path):
    ingest(tmp_path, rows(), Settings())
    with pytest.raises(SettingsError, match="the store holds user_id as it came"):
        ingest(tmp_path, rows())


def test_switching_it_on_before_anybody_was_stored_is_fine(tmp_path: Path):
    ingest(tmp_path, rows().with_columns(user_id=pl.lit(None, pl.String)), Settings(), name="first.jsonl")
    store = ingest(tmp_path, rows().with_columns(event_id=pl.col("event_id") + "x"))
    assert store.table("pseudonyms").collect()["column"].to_list() == ["user_id"]


def test_people_are_found_with_the_key_and_by_the_pseudonym(tmp_path: Path):
    store = ingest(tmp_path, rows())
    ann = pseudonym(ANN, KEY.encode())
    assert stored_id(store, HIDDEN, ANN) == stored_id(store, Settings(), ann) == ann
    with pytest.raises(SettingsError, match="need a key"):
        stored_id(store, Settings(), ANN)
    with pytest.raises(SettingsError, match="another key"):
        stored_id(store, OTHER_KEY, ANN)


def key_file(folder: Path, text: str = KEY, mode: int = 0o600) -> Path:
    file = folder / "my.key"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def test_the_key_file_lies_beside_the_settings(tmp_path: Path):
    key_file(tmp_path)
    (tmp_path / "feedback.toml").write_text('[privacy]\npseudonyms = ["user_id"]\nkey_file = "my.key"\n')
    privacy = read_settings(tmp_path / "feedback.toml").privacy
    assert privacy.find_key(tmp_path / "store") == KEY.encode()
    assert replace(privacy, key="e" * 40).find_key(tmp_path / "store") == b"e" * 40


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": "short"}, "has 5 bytes; it needs 32"),
        ({"mode": 0o644}, "others can read"),
        ({"mode": 0o640}, "others can read"),
    ],
)
def test_a_bad_key_file_is_refused(tmp_path: Path, change: dict, said: str):
    with pytest.raises(SettingsError, match=said):
        Privacy(("user_id",), key_file(tmp_path, **change)).find_key(tmp_path / "store")


def test_a_key_in_the_store_is_refused(tmp_path: Path):
    with pytest.raises(SettingsError, match="lies in the store"):
        Privacy(("user_id",), key_file(tmp_path)).find_key(tmp_path)


def test_a_missing_key_is_said(tmp_path: Path):
    with pytest.raises(SettingsError, match="there is no key file"):
        Privacy(("user_id",), tmp_path / "none").find_key(tmp_path / "store")


def test_the_key_is_in_no_representation():
    assert KEY not in repr(HIDDEN)


@pytest.mark.parametrize(
    "table", ["pseudonyms = 1", 'pseudonyms = ["session_id"]', "key_file = 3", 'key = "k"', 'pseudonyms = [""]']
)
def test_settings_that_mean_nothing_are_refused(tmp_path: Path, table: str):
    (tmp_path / "feedback.toml").write_text(f"[privacy]\n{table}\n")
    with pytest.raises(SettingsError, match="privacy"):
        read_settings(tmp_path / "feedback.toml")


def find_in(folder: Path, word: str) -> list[str]:
    """Return the files that hold a word, as bytes or in a column."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if word.encode() in file.read_bytes() or word in columns_of(file)]


def columns_of(file: Path) -> str:
    if file.suffix != ".parquet":
        return ""
    return json.dumps(pl.read_parquet(file).to_dict(as_series=False), default=str)
