"""Reviews through a real store."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from event_rows import START, event, event_table

from feedback.errors import InputError, SettingsError
from feedback.pipeline import ingest_logs, run_labels
from feedback.pipeline.reviews import export_stored_reviews, import_reviews, measure_store_agreement
from feedback.store import Store


def clock():
    return START + timedelta(days=1)


def later():
    return START + timedelta(days=2)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store with the labelled responses i1 (feature mail) and i2 (feature chat)."""
    log = event_table(
        event(2, "response", "i1", text="Two years.", feature="mail"),
        event(602, "response", "i2", text="No idea.", feature="chat"),
    )
    log.write_parquet(tmp_path / "log.parquet")
    store = Store(tmp_path / "store")
    ingest_logs(store, [tmp_path / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    return store


def write(folder: Path, text: str, name: str = "reviews.csv") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_good_rows_are_stored_and_faulty_ones_listed(store: Store, tmp_path: Path):
    file = write(tmp_path, "interaction_id,verdict\ni1,good\ni9,bad\ni2\ni2,fine\n")
    found = import_reviews(store, [file], clock=clock, reviewer="ann")
    assert (found.n_rows, found.n_new, found.n_duplicates, found.n_faulty) == (4, 1, 0, 3)
    assert found.faults.rows() == [
        (str(file), 2, "interaction_id", "there is no interaction i9"),
        (str(file), 3, None, "the line has 1 fields where the header has 2"),
        (str(file), 4, "verdict", "unknown verdict 'fine'"),
    ]
    stored = store.table("reviews").collect().select("interaction_id", "reviewer", "label_version_seen")
    assert stored.rows() == [("i1", "ann", 1)]


def test_importing_again_changes_nothing(store: Store, tmp_path: Path):
    file = write(tmp_path, "interaction_id,verdict,reviewer\ni1,good,ann\ni1,good,ann\ni2,0,bob\n")
    assert import_reviews(store, [file], clock=clock).n_new == 2
    again = import_reviews(store, [file, write(tmp_path, file.read_text(), "copy.csv")], clock=later)
    assert (again.n_rows, again.n_new, again.n_duplicates) == (6, 0, 6)
    assert store.table("reviews").collect().height == 2


def test_what_was_exported_is_known(store: Store, tmp_path: Path):
    import_reviews(store, [write(tmp_path, 'interaction_id,score,note\ni1,0.7,"a,\nb"\n')], clock=clock, reviewer="ann")
    export_stored_reviews(store).write_csv(tmp_path / "out.csv")
    assert import_reviews(store, [tmp_path / "out.csv"], clock=later).n_duplicates == 1


def test_an_unreadable_file_does_not_stop_the_others(store: Store, tmp_path: Path):
    files = [write(tmp_path, "interaction_id,verdict\ni1,good\n"), write(tmp_path, "a,b\n1,2\n", "other.csv")]
    found = import_reviews(store, files, clock=clock, reviewer="ann")
    assert (found.n_files, found.n_new, len(found.unreadable)) == (1, 1, 1)
    with pytest.raises(InputError, match="holds no reviews"):
        import_reviews(store, files[1:], clock=clock)


def test_without_interactions_nothing_can_be_reviewed(tmp_path: Path):
    file = write(tmp_path, "interaction_id,verdict\ni1,good\n")
    with pytest.raises(SettingsError, match="no interactions to review yet"):
        import_reviews(Store(tmp_path / "none"), [file], clock=clock)


def test_a_draw_in_the_store_gives_probability_and_stream(store: Store, tmp_path: Path):
    draw = {
        "draw_id": "d1",
        "drawn_at": clock(),
        "stream": "mining",
        "seed": 0,
        "k": 1,
        "frame_at": clock(),
        "frame_filter": "",
        "frame_n": 2,
    }
    item = {
        "draw_id": "d1",
        "interaction_id": "i1",
        "rank": 1,
        "reason": "low score",
        "score": 0.1,
        "cluster": None,
        "inclusion_probability": 0.4,
    }
    with store.writer(clock=clock()) as writer:
        writer.append(
            "candidate_draws",
            pl.DataFrame(
                [draw], schema_overrides={"frame_at": pl.Datetime("us", "UTC"), "drawn_at": pl.Datetime("us", "UTC")}
            ),
        )
        writer.append("candidates", pl.DataFrame([item], schema_overrides={"cluster": pl.Int64}))
        writer.commit(
            command="run",
            started_at=clock(),
            finished_at=clock(),
            watermark=None,
            label_version=1,
            sources={},
            counts={},
        )
    import_reviews(
        store, [write(tmp_path, "interaction_id,verdict,draw_id\ni1,good,d1\n")], clock=clock, reviewer="ann"
    )
    stored = store.table("reviews").select("stream", "inclusion_probability").collect()
    assert stored.rows() == [("mining", 0.4)]


def test_agreement_goes_by_dimensions_of_the_log(store: Store, tmp_path: Path):
    rows = "interaction_id,verdict,reviewer\ni1,good,ann\ni1,good,bob\ni2,good,ann\ni2,bad,bob\n"
    import_reviews(store, [write(tmp_path, rows)], clock=clock)
    found = measure_store_agreement(store, by=["feature"])
    assert found.groups.select("feature", "n_items", "agreement").rows() == [("chat", 1, 0.0), ("mail", 1, 1.0)]
    assert found.pairs.select("feature", "reviewer", "other_reviewer").height == 2
    with pytest.raises(SettingsError, match=r"no dimension note; there are level, stream, draw_id, feature"):
        measure_store_agreement(store, by=["note"])
