import polars as pl
import pytest
from alarm_rows import at

from feedback.errors import SettingsError
from feedback.incidents.rules import check_rules, functions_asked, route_incident
from feedback.settings import Broken
from feedback.settings.incidents import read_broken, read_notify

SPANS = {1: (at(0), at(24)), 7: (at(-144), at(24))}


def labels(scores: list[float | None], **columns) -> pl.DataFrame:
    """Return one label per score, each of its own person."""
    values = pl.DataFrame({"score": scores}, schema={"score": pl.Float64})
    return values.with_columns(
        p_good=pl.lit(None, pl.Float64),
        session_id=pl.int_range(pl.len()).cast(pl.String), user_id=pl.lit(None, pl.String), shown_at=pl.lit(at(5)),
        feature=pl.lit("chat"), outcome=pl.lit("failed"), is_automated=pl.lit(value=False), **columns,
    )  # fmt: skip


def status(rule: Broken, frame: pl.DataFrame) -> str:
    return check_rules(frame, [rule], SPANS)["status"][0]


@pytest.mark.parametrize(
    ("n_bad", "expected"),
    [(180, "broken"), (100, "broken"), (60, "unknown"), (10, "met")],
)
def test_broken_is_when_the_whole_interval_is_below(n_bad: int, expected: str):
    frame = labels([0.0] * n_bad + [1.0] * (200 - n_bad))
    assert status(Broken("r", segment="feature = chat", below=0.7), frame) == expected


def test_above_works_the_other_way_round():
    frame = labels([1.0] * 200)
    assert status(Broken("r", metric="outcome: failed", above=0.3), frame.with_columns(outcome=pl.lit("failed"))) == (
        "broken"
    )
    assert status(Broken("r", metric="outcome: escalated", above=0.3), frame) == "met"


def test_too_few_labels_or_people_say_nothing():
    frame = labels([0.0] * 99)
    assert status(Broken("r", below=0.7), frame) == "unknown"
    assert status(Broken("r", below=0.7, min_n=50), frame) == "broken"
    assert status(Broken("r", below=0.7, min_n=50), frame.with_columns(user_id=pl.lit("one"))) == "unknown"


def test_only_its_days_and_its_segment_count():
    frame = labels([0.0] * 200)
    assert status(Broken("r", below=0.7), frame.with_columns(shown_at=pl.lit(at(24)))) == "unknown"
    assert status(Broken("r", below=0.7, segment="feature = search"), frame) == "unknown"
    assert status(Broken("r", below=0.7, days=7), frame.with_columns(shown_at=pl.lit(at(-100)))) == "broken"


def test_automated_sessions_and_labels_without_a_value_are_left_out():
    frame = labels([0.0] * 120 + [None] * 50, automated=pl.int_range(pl.len()) < 40)
    found = check_rules(frame.with_columns(is_automated="automated"), [Broken("r", below=0.7)], SPANS)
    assert found["n"].to_list() == [80]


def test_the_probability_goes_before_the_score_once_there_is_one():
    frame = labels([0.0] * 200).with_columns(p_good=pl.lit(0.9))
    assert status(Broken("r", below=0.7), frame) == "met"
    assert status(Broken("r", metric="score", below=0.7), frame) == "broken"


def test_functions_and_votes_are_shares_of_labels():
    frame = labels([0.5] * 100 + [None] * 100).with_columns(pl.col("score").alias("fires: copied"))
    rules = [Broken("a", metric="fires: copied", below=0.7), Broken("b", metric="voted", below=0.3)]
    assert check_rules(frame, rules, SPANS).select("rate", "status").rows() == [(0.5, "broken"), (0.5, "met")]
    assert functions_asked(rules) == ["copied"]


@pytest.mark.parametrize(("key", "value"), [("metric", "copied"), ("segment", "colour = red")])
def test_a_rule_about_something_else_is_one_clear_error(key: str, value: str):
    with pytest.raises(SettingsError, match=value):
        check_rules(labels([0.0]), [Broken("r", below=0.5, **{key: value})], SPANS)


def test_an_incident_goes_to_the_narrowest_rule():
    rules = [
        Broken("everything", owner="ann"),
        Broken("chat", segment="feature = chat", owner="bob"),
        Broken("copies", segment="feature = chat", metric="fires: copied", owner="cid"),
    ]

    def owner(segment: str, metric: str) -> str | None:
        found = route_incident(rules, segment, metric)
        return found and found.owner

    assert owner("all", "score") == "ann"
    assert owner("language = de & feature = chat", "score") == "bob"
    assert owner("feature = chat", "fires: copied") == "cid"
    assert route_incident(rules[1:], "feature = search", "score") is None


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"below": 0.5, "colour": "red"}, "it has the keys"),
        ({"below": 1.5}, "between 0 and 1"),
        ({"below": 0.5, "above": 0.6}, "one of the two"),
        ({"segment": "all"}, "what is broken"),
        ({"below": 0.5, "severity": "bad"}, "severity is one of"),
        ({"below": 0.5, "min_n": 0}, "min_n is a number"),
        ({"below": 0.5, "owner": 3}, "owner is a text"),
        ("below", "it has the keys"),
    ],
)
def test_what_the_file_gets_wrong_is_named(table: object, said: str):
    with pytest.raises(SettingsError, match=said):
        read_broken([table])


def test_two_rules_of_one_name_are_an_error():
    with pytest.raises(SettingsError, match="two tables are named x"):
        read_broken([{"name": "x", "below": 0.5}, {"name": "x", "above": 0.5}])


@pytest.mark.parametrize(
    "table", [{"urls": "json://x"}, {"urls": [""]}, {"url": []}, {"max_age": "soon"}, [], {"max_age": "0d"}]
)
def test_a_notify_table_that_means_nothing_is_an_error(table: object):
    with pytest.raises(SettingsError):
        read_notify(table)
