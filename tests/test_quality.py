"""Quality per day and value, in literal rows."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from event_rows import START, at, verdicts

from feedback.quality import compare_periods, derive_quality
from feedback.schemas import check_table, empty_table

DAY = date(2026, 1, 5)


def label_table(*rows: dict) -> pl.DataFrame:
    """Return table `labels`: ids i1, i2 ..., one person each, unless the row says otherwise."""
    quiet = {
        "label_version": 1, "evidence_event_ids": [], "final_at": at(1800), "session_part": 0,
        "shown_at": START, "is_backfill": False, "is_automated": False,
    }  # fmt: skip
    filled = [
        {
            "interaction_id": f"i{n}",
            "session_id": f"s{n}",
            "user_id": f"u{n}",
            **quiet,
            "n_votes": int(row.get("score") is not None),
            **row,
        }
        for n, row in enumerate(rows, start=1)
    ]
    further = {name: pl.String for row in rows for name in row if name not in empty_table("labels").columns}
    return pl.DataFrame(filled, schema={**empty_table("labels").schema, **further})


def quality_of(*rows: dict, dimensions: tuple[str, ...] = (), **settings) -> pl.DataFrame:
    return derive_quality(label_table(*rows), dimensions=dimensions, **settings)


def test_one_row_for_everything():
    found = quality_of({"score": 0.25}, {"score": 0.75}, {}).row(0, named=True)
    assert (found["day"], found["dimension"], found["value"]) == (DAY, "all", "all")
    assert (found["n"], found["n_voted"], found["n_users"], found["mean_score"]) == (3, 2, 3, 0.5)


def test_one_row_per_value_of_a_dimension():
    rows = {"feature": "chat", "score": 1.0}, {"feature": "chat", "score": 0.5}, {"feature": "mail", "score": 0.25}
    found = quality_of(*rows, dimensions=("feature",)).select("dimension", "value", "n", "mean_score")
    assert found.rows() == [("all", "all", 3, 1.75 / 3), ("feature", "chat", 2, 0.75), ("feature", "mail", 1, 0.25)]


def test_what_was_not_recorded_stands_by_itself():
    found = quality_of({"feature": "chat"}, {}, dimensions=("feature",))
    assert found.filter(dimension="feature").select("value", "n").rows() == [("(not recorded)", 1), ("chat", 1)]


def test_where_nothing_voted_the_score_is_null():
    found = quality_of({}, {}).row(0, named=True)
    assert (found["n"], found["n_voted"], found["mean_score"]) == (2, 0, None)


def test_days_part_at_the_midnights_of_the_zone():
    rows = {"shown_at": datetime.fromisoformat("2026-01-05T22:30:00+00:00")}, {}
    assert quality_of(*rows)["day"].to_list() == [DAY]
    in_berlin = quality_of(*rows, time_zone="Europe/Athens")
    assert in_berlin.select("day", "n").rows() == [(DAY, 1), (date(2026, 1, 6), 1)]


def test_automated_sessions_are_left_out():
    found = quality_of({"score": 1.0}, {"score": 0.0, "is_automated": True})
    assert found.select("n", "mean_score").rows() == [(1, 1.0)]


def test_nothing_but_automated_sessions_is_nothing():
    assert quality_of({"is_automated": True}).is_empty()


def test_reviewed_are_counted():
    assert quality_of({}, {}, reviews=verdicts(["i2", "elsewhere"]))["n_reviewed"].to_list() == [1]


def test_people_are_counted_once_and_by_session_where_unknown():
    rows = (
        {"user_id": "u"},
        {"user_id": "u"},
        {"user_id": None, "session_id": "s"},
        {"user_id": None, "session_id": "s"},
    )
    assert quality_of(*rows)["n_users"].to_list() == [2]


def test_no_interval_under_five_people():
    rows = [{"score": 0.25}, {"score": 0.75}, {"score": 0.25}, {"score": 0.75}]
    assert quality_of(*rows).select("score_low", "score_high").row(0) == (None, None)
    low, high = quality_of(*rows, {"score": 0.5}).select("score_low", "score_high").row(0)
    assert (low, high) == (
        pytest.approx(0.5 - 2.7764 * 0.1118, abs=1e-4),
        pytest.approx(0.5 + 2.7764 * 0.1118, abs=1e-4),
    )


def test_one_heavy_user_is_one_person():
    heavy = [{"user_id": "u", "score": 0.0}] * 40
    assert quality_of(*heavy, {"score": 1.0}, {"score": 1.0})["score_low"].to_list() == [None]


def test_the_probability_is_null_until_calibrated():
    assert quality_of({"score": 1.0})["proxy_rate"].to_list() == [None]
    assert quality_of({"p_good": 0.5}, {"p_good": 0.75}, {})["proxy_rate"].to_list() == [0.625]


def test_a_rate_is_null_without_reviews():
    unknown = quality_of({"score": 1.0}).select("rate", "low", "high", "n_effective", "method")
    assert unknown.row(0) == (None,) * 5


def test_the_200_most_frequent_values_stand_for_themselves():
    rows = [{"tenant": f"t{n:03}"} for n in range(250)] + [{"tenant": "t249"}, {}]
    values = dict(quality_of(*rows, dimensions=("tenant",)).filter(dimension="tenant").select("value", "n").rows())
    assert len(values) == 201
    assert (values["t249"], values["(not recorded)"], values["(other values)"]) == (2, 1, 252 - 2 - 1 - 198)
    assert "t197" in values
    assert "t198" not in values


def test_200_values_need_no_others():
    found = quality_of(*({"tenant": f"t{n}"} for n in range(200)), dimensions=("tenant",))
    assert "(other values)" not in found["value"]


def test_the_most_frequent_are_so_day_by_day_so_that_days_can_be_written_one_by_one():
    many = [{"tenant": f"t{n:03}"} for n in range(250)]
    late = [{"tenant": "t249", "shown_at": START + timedelta(days=1)}] * 3
    found = quality_of(*many, *late, dimensions=("tenant",))
    assert found.filter(value="t249").select("day", "n").rows() == [(date(2026, 1, 6), 3)]
    assert found.filter(value="(other values)").select("day", "n").rows() == [(DAY, 50)]


@pytest.mark.parametrize("name", ["day", "person", "n", "score_in", "dimension", "is_reviewed", "count", "time"])
def test_a_dimension_may_have_any_name(name: str):
    found = quality_of({name: "x"}, {name: "y"}, dimensions=(name,))
    assert found.filter(dimension=name).select("value", "n").rows() == [("x", 1), ("y", 1)]


def test_the_order_of_the_labels_changes_not_a_digit():
    rows = [
        {"feature": f"f{n % 3}", "user_id": f"u{n % 41}", "score": n / 700, "p_good": 1 / (n + 1)} for n in range(600)
    ]
    labels, reviews = label_table(*rows), verdicts([f"i{n}" for n in range(1, 60)])
    expected = derive_quality(labels, dimensions=["feature"], reviews=reviews)
    for seed in range(20):
        shuffled = labels.sample(fraction=1, shuffle=True, seed=seed)
        assert derive_quality(shuffled, dimensions=["feature"], reviews=reviews).equals(expected)


def test_counts_of_a_dimension_add_up_to_all():
    rows = [{"tenant": f"t{n % 230}", "score": 0.5 if n % 3 else None} for n in range(500)]
    found = quality_of(*rows, dimensions=("tenant",), reviews=verdicts(["i1", "i7"]))
    sums = found.group_by("dimension").agg(pl.col("n", "n_voted", "n_reviewed").sum()).sort("dimension").rows()
    assert sums == [("all", 500, 333, 2), ("tenant", 500, 333, 2)]


def test_rows_are_as_declared_and_in_order():
    found = quality_of({"feature": "b"}, {"feature": "a"}, dimensions=("feature",))
    assert check_table("quality", found).columns == found.columns
    assert found["value"].to_list() == ["all", "a", "b"]


def test_periods_are_compared_by_value():
    before = [{"feature": "chat", "score": 0.8, "shown_at": at(-60)}] * 5
    after = [{"feature": "chat", "score": 0.5, "shown_at": at(0)}] * 5
    numbered = [{**row, "user_id": f"u{n}"} for n, row in enumerate([*before, *after])]
    found = compare_periods(label_table(*numbered), dimensions=["feature"], since=START)
    assert found.select("dimension", "value", "n_before", "n_after").rows() == [
        ("all", "all", 5, 5),
        ("feature", "chat", 5, 5),
    ]
    assert found["change"].to_list() == [pytest.approx(-0.3)] * 2
    assert found["low"].to_list() == found["high"].to_list() == [pytest.approx(-0.3)] * 2


def test_a_value_seen_in_one_period_only_is_not_compared():
    rows = {"feature": "old", "score": 0.5, "shown_at": at(-60)}, {"feature": "new", "score": 0.5}
    assert compare_periods(label_table(*rows), dimensions=["feature"], since=START)["value"].to_list() == ["all"]
