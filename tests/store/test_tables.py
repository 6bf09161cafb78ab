import polars as pl
import pytest
from deltalake import write_deltalake
from polars.testing import assert_frame_equal
from store_rows import DERIVED, HUMAN, NOON, clusters, commit, one_row, rows, write

from feedback.errors import SchemaError, StoreError, UnknownNameError
from feedback.schemas import TABLES, empty_table


def test_opening_creates_nothing(store):
    assert store.version() == 0
    assert store.last_run() is None
    assert not store.exists()
    assert not store.path.exists()


@pytest.mark.parametrize("name", TABLES)
def test_a_table_never_written_is_empty_with_its_declared_columns(store, name):
    assert_frame_equal(store.table(name).collect(), empty_table(name))
    assert_frame_equal(store.sql(f"FROM {name}"), empty_table(name))


def test_an_unknown_table_is_named(store):
    with pytest.raises(UnknownNameError, match="there is no table 'event'"):
        store.table("event")


@pytest.mark.parametrize("name", DERIVED)
def test_derived_tables_come_back_as_they_were(store, name):
    frame = one_row(name)
    write(store, name, frame)
    assert_frame_equal(store.table(name).collect(), frame)
    assert_frame_equal(store.sql(f"FROM {name}"), frame)


@pytest.mark.parametrize("name", HUMAN)
def test_human_tables_come_back_as_they_were(store, name):
    frame = one_row(name)
    store.append(name, frame)
    assert_frame_equal(store.table(name).collect(), frame)
    assert_frame_equal(store.sql(f"FROM {name}"), frame)


def test_votes_keep_their_narrow_types(store):
    votes = pl.DataFrame(
        {"interaction_id": ["i1", "i2"], "kept": [0.25, None], "undone": [1, None]},
        schema={"interaction_id": pl.String, "kept": pl.Float32, "undone": pl.Int8},
    )
    write(store, "votes", votes)
    assert_frame_equal(store.table("votes").collect(), votes)
    assert_frame_equal(store.sql("FROM votes ORDER BY 1"), votes)


def test_a_run_comes_back_as_it_was(store):
    with store.writer(clock=NOON) as writer:
        writer.replace("clusters", clusters(i1=1))
        commit(writer, watermark=NOON, label_version=2, sources={"app": NOON}, counts={"events": 9, "late": 0})
    run = store.last_run()
    assert (run.run, run.watermark, run.label_version) == (1, NOON, 2)
    assert run.sources == {"app": NOON}
    assert run.counts == {"events": 9, "late": 0}
    assert run.pins == {"clusters": 0}


def test_rows_are_stored_in_the_declared_order(store):
    write(store, "clusters", clusters(i3=1, i1=2, i2=3))
    assert store.table("clusters").collect()["interaction_id"].to_list() == ["i1", "i2", "i3"]


def test_a_new_column_is_null_for_the_rows_before(store):
    write(store, "votes", one_row("votes", undone=pl.lit(1, pl.Int8)))
    with store.writer(clock=NOON) as writer:
        writer.append("votes", pl.DataFrame({"kept": [0.5], "interaction_id": ["y"]}))
        commit(writer)
    expected = pl.DataFrame(
        {"interaction_id": ["x", "y"], "kept": [None, 0.5], "undone": [1, None]},
        schema_overrides={"undone": pl.Int8},
    )
    assert_frame_equal(store.table("votes").sort("interaction_id").collect(), expected)
    assert_frame_equal(store.sql("FROM votes ORDER BY interaction_id"), expected)


def test_a_column_that_new_rows_lack_is_null_for_them(store):
    write(store, "votes", one_row("votes", undone=pl.lit(1, pl.Int8)))
    with store.writer(clock=NOON) as writer:
        writer.append("votes", pl.DataFrame({"interaction_id": ["y"]}))
        commit(writer)
    assert rows(store, "votes") == [("x", 1), ("y", None)]


def test_a_column_declared_later_is_null_for_the_rows_before(store):
    store.append("reviews", one_row("reviews", review_id=pl.lit("old")))
    write_deltalake(
        store.path / "reviews",
        store.table("reviews").collect().drop("note"),
        mode="overwrite",
        schema_mode="overwrite",
    )
    assert store.table("reviews").collect()["note"].to_list() == [None]
    store.append("reviews", one_row("reviews", review_id=pl.lit("new")))
    assert store.sql("SELECT review_id, note FROM reviews ORDER BY ALL").rows() == [("new", "x"), ("old", None)]


def test_replacing_forgets_columns(store):
    write(store, "votes", one_row("votes", undone=pl.lit(1, pl.Int8)))
    write(store, "votes", one_row("votes"))
    assert store.table("votes").collect().columns == ["interaction_id"]


def test_replacing_by_no_rows_empties(store):
    write(store, "clusters", clusters(i1=1))
    write(store, "clusters", empty_table("clusters"))
    assert_frame_equal(store.table("clusters").collect(), empty_table("clusters"))


def test_appending_no_rows_writes_nothing(store):
    with store.writer(clock=NOON) as writer:
        writer.append("clusters", empty_table("clusters"))
        commit(writer)
    store.append("reservations", empty_table("reservations"))
    assert store.last_run().pins == {}
    assert not (store.path / "reservations").exists()


def test_delete_takes_the_rows_that_match_all_key_columns(store):
    keys = {"interaction_id": ["i1", "i1", "i2"], "label_version": [1, 2, 1]}
    write(
        store, "labels", pl.concat([one_row("labels")] * 3).with_columns(**{k: pl.Series(v) for k, v in keys.items()})
    )
    with store.writer(clock=NOON) as writer:
        gone = pl.DataFrame({"interaction_id": ["i1", "i1", "i3"], "label_version": [1, 1, 1]})
        writer.delete("labels", gone)
        writer.delete("clusters", clusters(i1=1))
        writer.delete("labels", gone.clear())
        commit(writer)
    left = store.table("labels").select("interaction_id", "label_version").collect().rows()
    assert sorted(left) == [("i1", 2), ("i2", 1)]


def test_delete_by_a_column_the_table_lacks_is_refused(store):
    write(store, "clusters", clusters(i1=1))
    with store.writer(clock=NOON) as writer, pytest.raises(SchemaError, match="no column colour to delete by"):
        writer.delete("clusters", pl.DataFrame({"colour": ["red"]}))


@pytest.mark.parametrize(
    ("further", "message"),
    [
        (pl.lit(None).alias("model"), "column model has type Null, which cannot be stored"),
        (pl.lit("a", pl.Categorical).alias("model"), "column model has type Categorical"),
        (pl.lit(1, pl.UInt32).alias("n_tokens"), "column n_tokens has type UInt32"),
        (pl.lit("3").alias("cost_usd"), "column cost_usd is stored as Float64, the new rows have String"),
        (pl.lit(3.0).alias("Cost_USD"), "columns Cost_USD and cost_usd differ in case only"),
    ],
)
def test_what_cannot_be_stored_unchanged_is_refused(store, further, message):
    write(store, "events", one_row("events", cost_usd=pl.lit(0.5)))
    with store.writer(clock=NOON) as writer, pytest.raises(SchemaError, match=message):
        writer.append("events", one_row("events").with_columns(further))


def test_each_table_has_its_writer(store):
    with pytest.raises(StoreError, match="labels is written by ingest, run and fit only"):
        store.append("labels", one_row("labels"))
    with store.writer(clock=NOON) as writer:
        with pytest.raises(StoreError, match="reviews is written by people"):
            writer.append("reviews", one_row("reviews"))
        with pytest.raises(StoreError, match="runs is written by Writer"):
            writer.replace("runs", one_row("runs"))
    with pytest.raises(StoreError, match="this writer has ended"):
        writer.append("clusters", clusters(i1=1))


def test_the_log_holds_no_user_text(store):
    write(store, "events", one_row("events", text=pl.lit("my password is hunter2")))
    assert not any("hunter2" in log.read_text() for log in store.path.glob("events/_delta_log/*.json"))
