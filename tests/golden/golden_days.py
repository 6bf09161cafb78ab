"""Days in the life of a golden set, as Hypothesis makes them up."""

import polars as pl
from golden_rows import at, events, name, proposed
from hypothesis import strategies as st

from feedback.golden import add_examples, correct_example, current_examples, golden_frame, retire_examples

STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "retire", "correct"]), st.integers(1, 3), st.integers(0, 9), st.booleans()),
    max_size=12,
)


def play(steps: list[tuple]) -> pl.DataFrame:
    """Return the changes of some days in the life of three examples, with clocks that go as they like."""
    table = events()
    for action, n, minute, flag in steps:
        present = set(golden_frame(current_examples(table))["example_id"])
        if action == "add":
            row = {"input": f"request {n}", "observed_output": f"answer {n}", "label": "good" if flag else "bad"}
            changes = add_examples(table, proposed(row), by="ann", at=at(minute), again=flag)
        elif name(n) not in present:
            continue
        elif action == "retire":
            changes = retire_examples(table, [name(n)], at=at(minute), by="bob", why="because")
        else:
            changes = correct_example(
                table, name(n), label="good" if flag else "bad", at=at(minute), by="bob", why="because"
            )
        table = pl.concat([table, changes])
    return table
