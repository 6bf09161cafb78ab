"""Which of two overlapping segments a drop belongs to, and how many different ones there are."""

import numpy as np
import polars as pl

from feedback.segments.cells import all_subsets, repeats
from feedback.segments.find import find_degraded
from feedback.segments.rows import make_windows
from feedback.segments.scores import add_cells


def labels(*groups: tuple[str, str, int, int]) -> pl.DataFrame:
    """Return the good and the bad labels of each intent and language."""
    rows = [
        (intent, language, value)
        for intent, language, n_good, n_bad in groups
        for value in [1.0] * n_good + [0.0] * n_bad
    ]
    frame = pl.DataFrame(rows, schema=["intent", "language", "p_good"], orient="row")
    return frame.with_columns(session_id=pl.int_range(pl.len()).cast(pl.String))


def test_a_segment_that_grew_from_few_labels_is_told_from_the_wider_one_around_it():
    others = ("b", "de", 800, 200), ("b", "en", 1600, 400)
    before = labels(("a", "de", 80, 20), ("a", "en", 1600, 400), *others)
    after = labels(("a", "de", 480, 520), ("a", "en", 1600, 400), *others)
    found = find_degraded(before, after, ["intent", "language"], value="p_good")
    assert found["segment"].to_list() == ["intent = a & language = de"]


def test_a_drop_through_all_of_a_segment_stays_one_segment_whatever_part_of_it_grew():
    others = ("b", "de", 800, 200), ("b", "en", 1600, 400)
    before = labels(("a", "de", 80, 20), ("a", "en", 1600, 400), *others)
    after = labels(("a", "de", 480, 520), ("a", "en", 960, 1040), *others)
    found = find_degraded(before, after, ["intent", "language"], value="p_good")
    assert found["segment"].to_list() == ["intent = a"]


def test_a_cell_that_holds_the_same_labels_with_a_condition_less_is_a_repeat():
    before = labels(("a", "de", 60, 40), ("b", "en", 60, 40), ("b", "fr", 60, 40))
    windows = make_windows(before, before, ["intent", "language"], value="p_good")
    nothing = np.zeros(windows.before.n)
    cells = add_cells(windows, all_subsets(2, 2), (nothing, nothing), min_n=50)
    # Everything, two intents, three languages, and three pairs, each of which is one of the languages again.
    assert len(cells.code) == 9
    assert int(repeats(cells, windows.sizes).sum()) == 3
