"""What the golden set holds: the fold of all changes, and the changes themselves."""

import json

import polars as pl
import pytest
from golden_days import STEPS, play
from golden_rows import added, at, events, name, proposed
from hypothesis import given
from hypothesis import strategies as st

from feedback.errors import SettingsError, UnknownNameError
from feedback.golden import add_examples, correct_example, current_examples, golden_frame, retire_examples
from feedback.schemas import check_table

BY = {"by": "bob", "why": "because"}


def then(table: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([table, changes])


def labels(table: pl.DataFrame) -> list[tuple]:
    return golden_frame(current_examples(table)).select("example_id", "label", "expected").rows()


def test_adding_twice_is_a_no_op():
    table = added({}, {})
    assert add_examples(table, proposed({}, {}), by="eve", at=at(5)).is_empty()
    assert check_table("golden_events", table).height == 2


def test_a_retired_example_comes_back_only_when_asked_to():
    table = added({"split": "train"})
    table = then(table, retire_examples(table, [name(1)], at=at(1), **BY))
    assert labels(table) == []
    assert add_examples(table, proposed({}), by="ann", at=at(2)).is_empty()
    again = add_examples(table, proposed({"split": "test"}), by="ann", at=at(2), again=True)
    assert again["split"].to_list() == ["train"]
    assert labels(then(table, again)) == [(name(1), "good", None)]


def test_retiring_twice_is_a_no_op_and_takes_the_first_digits():
    table = added({}, {})
    once = then(table, retire_examples(table, [name(1)[:6]], at=at(1), **BY))
    assert [row[0] for row in labels(once)] == [name(2)]
    assert retire_examples(once, [name(1)], at=at(2), **BY).is_empty()


def test_a_correction_says_who_gave_the_answer():
    table = added({"label": "bad"})
    corrected = then(table, correct_example(table, name(1), expected="do this", at=at(1), **BY))
    assert labels(corrected) == [(name(1), "bad", "do this")]
    row = current_examples(corrected).row(0, named=True)
    assert json.loads(row["provenance"])["expected_from"] == "given by bob"
    assert row["rejected_output"] == "answer 1"
    assert correct_example(corrected, name(1), expected="do this", at=at(2), **BY).is_empty()
    assert labels(then(corrected, correct_example(corrected, name(1), expected="", at=at(2), **BY)))[0][2] is None


def test_what_is_not_there_cannot_be_changed():
    table = added({})
    gone = then(table, retire_examples(table, [name(1)], at=at(1), **BY))
    with pytest.raises(UnknownNameError, match="no example 'zz'"):
        retire_examples(table, [name(1), "zz"], at=at(1), **BY)
    with pytest.raises(SettingsError, match="retired"):
        correct_example(gone, name(1), label="bad", at=at(2), **BY)
    with pytest.raises(SettingsError, match="--why"):
        retire_examples(table, [name(1)], by="bob", at=at(1), why=" ")


def test_a_clock_that_is_slow_loses_no_change():
    table = added({})
    slow = retire_examples(table, [name(1)], at=at(-600), **BY)
    assert slow["at"][0] > table["at"][0]
    assert labels(then(table, slow)) == []


def test_two_who_add_at_the_same_moment_add_once():
    some, other = added({}), add_examples(events(), proposed({"label": "bad"}), by="eve", at=at(1))
    assert labels(then(some, other)) == [(name(1), "good", None)]


@given(STEPS, st.randoms())
def test_any_order_of_rows_and_any_copies_give_the_same_set(steps: list[tuple], random):
    table = play(steps)
    copies = pl.concat([table, table.head(random.randint(0, table.height))])
    shuffled = copies[random.sample(range(copies.height), copies.height)] if copies.height else copies
    assert current_examples(shuffled).equals(current_examples(table))


@given(STEPS)
def test_doing_it_again_is_a_no_op(steps: list[tuple]):
    table = play(steps)
    there = golden_frame(current_examples(table))["example_id"].to_list()
    numbers = [n for n in (1, 2, 3) if name(n) in there]
    rows = [{"input": f"request {n}", "observed_output": f"answer {n}"} for n in numbers]
    assert add_examples(table, proposed(*rows), by="eve", at=at(99), again=True).is_empty()
    gone = current_examples(table).filter("is_retired")["example_id"].to_list()
    assert retire_examples(table, gone, at=at(99), **BY).is_empty()
