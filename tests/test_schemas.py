"""Declared tables: names, keys, orders, and what a frame must hold to be one."""

import polars as pl
import pytest
from event_rows import event, event_table, interaction_table

from feedback.errors import SchemaError, UnknownNameError
from feedback.schemas import RESERVED, TABLES, Table, check_table, empty_table, find_table
from feedback.schemas.behaviour import KINDS, OPENERS

HUMAN = {
    "reviews", "reservations", "incident_events", "golden_events", "golden_refusals", "golden_versions", "eval_results",
    "audit",
}  # fmt: skip
STORABLE = (pl.String, pl.Int64, pl.Float64, pl.Boolean, pl.Date, pl.Datetime("us", "UTC"), pl.List, pl.Struct)
tables = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


@tables
def test_every_table_has_a_key_and_an_order_among_its_columns(table: Table):
    assert table.key
    assert table.order
    assert {*table.key, *table.order} <= set(table.columns)


@tables
def test_every_column_says_what_it_holds(table: Table):
    assert all(column.description for column in table.schema.columns().values())
    assert table.schema.__doc__


@tables
def test_types_are_storable(table: Table):
    assert all(any(dtype == storable for storable in STORABLE) for dtype in table.columns.values())


@tables
def test_an_empty_table_passes_its_own_check(table: Table):
    assert check_table(table.name, empty_table(table.name)).is_empty()


@tables
def test_times_are_utc(table: Table):
    times = [dtype for dtype in table.columns.values() if isinstance(dtype, pl.Datetime)]
    assert all(dtype == pl.Datetime("us", "UTC") for dtype in times)


def test_human_tables_are_those_that_people_write():
    assert {table.name for table in TABLES.values() if table.is_human} == HUMAN


def test_openers_are_kinds():
    assert set(OPENERS) < set(KINDS)
    assert len(KINDS) == 13


def test_an_unknown_table_is_refused_and_the_known_named():
    with pytest.raises(UnknownNameError, match=r"'votez'.*votes"):
        find_table("votez")


def test_columns_come_back_in_order_the_further_ones_last_by_name():
    events = event_table(event(0, "view", zone="z", model="m"))
    checked = check_table("events", events.select(sorted(events.columns, reverse=True)))
    assert checked.columns == [*TABLES["events"].columns, "model", "zone"]


def test_a_missing_column_is_named():
    with pytest.raises(SchemaError, match=r"table events.*kind"):
        check_table("events", event_table(event(0, "view")).drop("kind"))


def test_another_type_is_refused_not_cast():
    with pytest.raises(SchemaError, match=r"table events.*value"):
        check_table("events", event_table(event(0, "view")).with_columns(pl.lit(1).alias("value")))


def test_a_table_that_carries_nothing_has_no_further_columns():
    with pytest.raises(SchemaError, match="clusters has no column size"):
        check_table("clusters", pl.DataFrame({"interaction_id": ["i"], "cluster": [1], "size": [2]}))


def test_a_key_is_unique():
    with pytest.raises(SchemaError, match="primary_key"):
        check_table("clusters", pl.DataFrame({"interaction_id": ["i", "i"], "cluster": [1, 2]}))


@pytest.mark.parametrize(
    ("row", "is_fine"),
    [
        ({"kind": "view", "value": 4_000.0}, True),
        ({"kind": "view", "value": -1.0}, False),
        ({"kind": "view"}, True),
        ({"kind": "edit", "value": 1.0}, True),
        ({"kind": "edit", "value": 1.5}, False),
        ({"kind": "undo", "value": -0.5}, False),
        ({"kind": "rating", "value": 0.0}, True),
        ({"kind": "rating", "value": 5.0}, False),
        ({"kind": "rating"}, False),
        ({"kind": "copy", "value": 99.0}, True),
        ({"kind": "thumb"}, False),
    ],
)
def test_what_an_event_may_say(row: dict, is_fine: bool):
    events = event_table(event(0, **row))
    if is_fine:
        assert check_table("events", events).height == 1
        return
    with pytest.raises(SchemaError, match="table events"):
        check_table("events", events)


@pytest.mark.parametrize(
    "wrong", [{"kept_share": 1.5}, {"copied_after_s": -1.0}, {"outcome": "fine"}, {"interaction_id": ""}, {"turn": -1}]
)
def test_what_an_interaction_may_not_hold(wrong: dict):
    assert check_table("interactions", interaction_table({})).height == 1
    with pytest.raises(SchemaError, match=next(iter(wrong))):
        check_table("interactions", interaction_table(wrong))


def test_what_a_user_wrote_is_never_in_the_message():
    secret = "my card number is 4111"
    for wrong in (
        {"kind": secret},
        {"kind": "rating", "text": secret},
        {"kind": "view", "of": "", "text": secret, "value": -1.0},
    ):
        with pytest.raises(SchemaError) as caught:
            check_table("events", event_table(event(0, **wrong), event(0, **wrong)))
        assert secret not in str(caught.value)


def test_names_of_ours_are_reserved_but_feature_is_everyones():
    assert {"interaction_id", "score", "turn", "outcome", "p_good", "text"} <= RESERVED
    assert "feature" not in RESERVED
