import shutil
import threading
from datetime import UTC, datetime

import polars as pl
import pytest
from store_rows import clusters, one_row, reservation, write

from feedback.errors import SettingsError
from feedback.store import Store


def test_sql_binds_parameters(store):
    write(store, "clusters", clusters(i1=1, i2=2, i3=2))
    assert store.sql("SELECT interaction_id FROM clusters WHERE cluster = ? ORDER BY 1", [2]).rows() == [
        ("i2",),
        ("i3",),
    ]
    assert store.sql("SELECT count(*) FROM clusters WHERE interaction_id = $id", {"id": "i'1"}).item() == 0


def test_sql_sees_each_new_version(store):
    store.append("reservations", reservation(1))
    query = "SELECT (SELECT max(cluster) FROM clusters) AS cluster, (SELECT count(*) FROM reservations) AS n"
    write(store, "clusters", clusters(i1=1))
    assert store.sql(query).rows() == [(1, 1)]
    write(store, "clusters", clusters(i1=2))
    assert store.sql(query).rows() == [(2, 1)]
    store.append("reservations", reservation(2))
    assert store.sql(query).rows() == [(2, 2)]


def test_sql_sees_a_store_made_anew_in_the_same_place(store):
    write(store, "clusters", clusters(i1=1))
    assert store.sql("FROM clusters").rows() == [("i1", 1)]
    shutil.rmtree(store.path)
    write(store, "clusters", clusters(i2=2))
    assert store.sql("FROM clusters").rows() == [("i2", 2)]


def test_sql_keeps_days_in_utc(store):
    write(store, "events", one_row("events", occurred_at=pl.lit(datetime(2024, 5, 1, 23, 30, tzinfo=UTC))))
    days = store.sql("SELECT date_trunc('day', occurred_at) AS day, hour(occurred_at) AS hour FROM events")
    assert days.schema["day"] == pl.Datetime("us", "UTC")
    assert days.rows() == [(datetime(2024, 5, 1, tzinfo=UTC), 23)]


def test_sql_works_from_several_threads(store):
    write(store, "clusters", clusters(i1=1, i2=2))
    totals = []
    query = "SELECT sum(cluster)::BIGINT FROM clusters"
    threads = [threading.Thread(target=lambda: totals.append(store.sql(query).item())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals == [3] * 6


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("DROP VIEW clusters", "must be one SELECT"),
        ("COPY clusters TO 'x.csv'", "must be one SELECT"),
        ("EXPLAIN ANALYZE COPY clusters TO 'x.csv'", "must be one SELECT"),
        ("SELECT 1; SELECT 2", "must be one SELECT"),
        ("", "must be one SELECT"),
        ("SELEC", "Parser Error"),
        ("FROM nowhere", "Catalog Error: Table with name nowhere does not exist"),
        ("SELECT colour FROM clusters", "Binder Error"),
        ("FROM read_text('{path}/store.json')", "PermissionException"),
        ("FROM read_parquet('{path}/clusters/*.parquet')", "PermissionException"),
    ],
)
def test_sql_only_reads_tables(tmp_path, query, message):
    store = Store(tmp_path)
    write(store, "clusters", clusters(i1=1))
    with pytest.raises(SettingsError, match=message):
        store.sql(query.format(path=tmp_path))


def test_sql_errors_do_not_quote_what_is_stored(store):
    write(store, "events", one_row("events", text=pl.lit("hunter2")))
    with pytest.raises(SettingsError, match=r"failed on what the tables hold: ConversionException$") as caught:
        store.sql("SELECT text::INTEGER FROM events")
    assert caught.value.__cause__ is None
