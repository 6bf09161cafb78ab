"""How much worse some groups are served, and whether that is allowed."""

import polars as pl
import pytest

from feedback.errors import SettingsError, UnknownNameError
from feedback.segments.disparity import Allowance, measure_disparity


def labels(counts: dict[tuple[str, str], tuple[int, int]]) -> pl.DataFrame:
    """Return labels: per language and plan so many good of so many, each of a user of its own."""
    rows = [(*group, float(place < good)) for group, (good, n) in counts.items() for place in range(n)]
    frame = pl.DataFrame(rows, schema=["language", "plan", "p_good"], orient="row")
    return frame.with_columns(session_id=pl.int_range(pl.len()).cast(pl.String))


EVEN = {("en", "free"): (320, 400), ("en", "paid"): (320, 400), ("de", "free"): (120, 200), ("de", "paid"): (160, 200)}


def rows(found: pl.DataFrame) -> dict[str, dict]:
    return {row["group"]: row for row in found.iter_rows(named=True)}


def test_groups_are_compared_with_the_largest_also_where_dimensions_meet():
    found = measure_disparity(labels(EVEN), ["language", "plan"], value="p_good")
    german = rows(found)["language = de"]
    assert (german["reference"], german["gap"], german["ratio"]) == (
        "language = en",
        pytest.approx(-0.1),
        pytest.approx(0.875),
    )
    assert german["gap_low"] < -0.1 < german["gap_high"] < 0
    assert rows(found)["language = de & plan = free"]["gap"] == pytest.approx(-0.2)
    assert rows(found)["language = en"]["gap"] is None
    assert found["dimensions"].unique().sort().to_list() == ["language", "language & plan", "plan"]


def test_few_labels_are_unknown_not_equal():
    few = {("en", "free"): (400, 500), ("de", "free"): (10, 40)}
    found = rows(measure_disparity(labels(few), ["language"], value="p_good", allowance=Allowance(max_gap=0.05)))
    assert (found["language = de"]["gap"], found["language = de"]["status"]) == (None, "unknown")


@pytest.mark.parametrize(("max_gap", "status"), [(0.02, "breached"), (0.1, "unknown"), (0.3, "met")])
def test_the_whole_interval_decides(max_gap, status):
    found = rows(measure_disparity(labels(EVEN), ["language"], value="p_good", allowance=Allowance(max_gap=max_gap)))
    assert found["language = de"]["status"] == status
    assert found["language = de"]["burn"] == pytest.approx(0.1 / max_gap)


def test_the_ratio_may_be_what_is_promised():
    found = rows(measure_disparity(labels(EVEN), ["language"], value="p_good", allowance=Allowance(min_ratio=0.95)))
    assert found["language = de"]["status"] == "breached"
    assert found["language = de"]["burn"] == pytest.approx(0.125 / 0.05)


def test_one_person_in_both_groups_counts_once():
    few = labels(EVEN).with_columns(user_id=(pl.int_range(pl.len()) % 20).cast(pl.String))
    alone, alike = (rows(measure_disparity(one, ["language"], value="p_good")) for one in (labels(EVEN), few))
    assert alike["language = de"]["gap"] == pytest.approx(alone["language = de"]["gap"])
    assert alike["language = de"]["n_users"] == 20


def test_the_reference_must_exist_and_the_allowance_be_possible():
    with pytest.raises(UnknownNameError):
        measure_disparity(labels(EVEN), ["language"], value="p_good", reference="language = fr")
    with pytest.raises(SettingsError):
        Allowance(max_gap=0.0)
    with pytest.raises(SettingsError):
        measure_disparity(labels(EVEN), [], value="p_good")


def test_no_labels_give_no_groups():
    assert measure_disparity(labels(EVEN).clear(), ["language"], value="p_good").is_empty()
