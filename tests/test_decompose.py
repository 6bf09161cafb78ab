"""Mix, within and interaction: they add up, they are right, and they say when the total misleads."""

import numpy as np
import polars as pl
import pytest

from feedback.decompose import PARTS, decompose_change
from feedback.errors import SchemaError, SettingsError


def window(counts: dict[str, tuple[int, int]], prefix: str = "") -> pl.DataFrame:
    """Return labels: per intent so many good of so many, each of a user of its own."""
    rows = [(intent, float(place < good)) for intent, (good, n) in counts.items() for place in range(n)]
    labels = pl.DataFrame(rows, schema={"intent": pl.String, "p_good": pl.Float64}, orient="row")
    return labels.with_columns(session_id=prefix + pl.int_range(pl.len()).cast(pl.String))


def decompose(before: dict, after: dict) -> pl.DataFrame:
    return decompose_change(window(before, "b"), window(after, "a"), ["intent"], value="p_good")


def test_a_changed_mix_alone_is_all_mix():
    found = decompose({"easy": (90, 100), "hard": (40, 100)}, {"easy": (90, 100), "hard": (120, 300)})
    whole = found.row(0, named=True)
    assert (whole["change"], whole["mix"]) == pytest.approx((-0.125, -0.125))
    assert (whole["within"], whole["interaction"]) == pytest.approx((0, 0))
    assert whole["within_low"] < 0 < whole["within_high"]


def test_a_drop_everywhere_is_all_within():
    whole = decompose({"easy": (90, 100), "hard": (50, 100)}, {"easy": (70, 100), "hard": (30, 100)}).row(0, named=True)
    assert (whole["mix"], whole["within"], whole["interaction"]) == pytest.approx((0, -0.2, 0))
    assert whole["within_high"] < 0


def test_a_segment_that_grows_and_gets_worse_is_interaction_too():
    whole = decompose({"a": (90, 100), "b": (90, 100)}, {"a": (90, 100), "b": (150, 300)}).row(0, named=True)
    assert (whole["mix"], whole["within"], whole["interaction"]) == pytest.approx((0, -0.2, -0.1))


def test_parts_add_up_over_parts_and_over_segments():
    found = decompose({"a": (90, 100), "b": (30, 60), "c": (40, 80)}, {"a": (50, 70), "b": (80, 120), "d": (20, 50)})
    for part in PARTS:
        assert found[part].slice(1).sum() == pytest.approx(found[part][0])
    assert (found["mix"] + found["within"] + found["interaction"]).to_list() == pytest.approx(found["change"].to_list())


def test_a_segment_that_is_new_or_gone_is_all_mix():
    found = decompose({"a": (90, 100), "old": (40, 80)}, {"a": (90, 100), "new": (10, 80)})
    rows = {row["segment"]: row for row in found.iter_rows(named=True)}
    assert (rows["intent = new"]["within"], rows["intent = old"]["within"]) == (0, 0)
    assert rows["intent = new"]["rate_before"] is None
    assert rows["intent = new"]["mix"] < 0


def test_simpson_is_named():
    found = decompose({"easy": (180, 200), "hard": (400, 800)}, {"easy": (640, 800), "hard": (80, 200)})
    whole = found.row(0, named=True)
    assert whole["change"] > 0 > whole["within"]
    assert whole["hides_opposite"]
    assert whole["words"] == (
        "the total rose by 14.0 points, but within the segments quality fell by 10.0 points: "
        "the mix moved towards segments that were better before (+24.0 points)"
    )


def test_a_plain_drop_hides_nothing():
    found = decompose({"easy": (180, 200), "hard": (100, 200)}, {"easy": (160, 200), "hard": (80, 200)})
    assert found["hides_opposite"].to_list() == [False, False, False]
    assert found["words"].null_count() == 3


def test_a_segment_that_moved_against_the_total_is_named():
    found = decompose({"a": (900, 1000), "b": (100, 200)}, {"a": (600, 1000), "b": (180, 200)})
    against = found.filter("hides_opposite")
    assert against["words"].to_list() == ["intent = b moved against the total: from 50.0 % to 90.0 %"]


def test_rare_segments_are_taken_together():
    counts = {f"i{one}": (10, 20) for one in range(5)} | {"a": (50, 100)}
    assert set(decompose(counts, counts)["segment"]) == {"all", "intent = a", "(other values)"}


def test_intervals_are_clustered_by_user():
    before, after = window({"a": (50, 100), "b": (50, 100)}), window({"a": (40, 100), "b": (40, 100)})
    few = [frame.with_columns(user_id=(pl.int_range(pl.len()) // 20).cast(pl.String)) for frame in (before, after)]
    alone = decompose_change(before, after.with_columns("x" + pl.col("session_id")), ["intent"], value="p_good")
    alike = decompose_change(few[0], few[1], ["intent"], value="p_good")
    assert alike["within"][0] == pytest.approx(alone["within"][0])
    assert width(alike) > 1.4 * width(alone)


def width(found: pl.DataFrame) -> float:
    return found["within_high"][0] - found["within_low"][0]


def test_intervals_cover():
    rng, covered = np.random.default_rng(3), np.zeros(3)
    for _ in range(200):
        before = window({"a": (rng.binomial(200, 0.8), 200), "b": (rng.binomial(200, 0.5), 200)}, "b")
        n = int(rng.binomial(400, 0.7))
        after = window({"a": (rng.binomial(n, 0.7), n), "b": (rng.binomial(400 - n, 0.5), 400 - n)}, "a")
        row = decompose_change(before, after, ["intent"], value="p_good").row(0, named=True)
        truth = {"mix": 0.2 * 0.3, "within": -0.05, "interaction": 0.2 * -0.1}
        covered += [row[f"{part}_low"] <= true <= row[f"{part}_high"] for part, true in truth.items()]
    # The share before was fixed, which makes the interval of the mix a little too wide.
    assert (covered / 200 >= 0.91).all()


def test_empty_and_impossible_input():
    nothing = window({}).clear()
    assert decompose_change(nothing, window({"a": (1, 2)}), ["intent"], value="p_good").is_empty()
    with pytest.raises(SettingsError):
        decompose_change(nothing, nothing, [], value="p_good")
    with pytest.raises(SchemaError, match="tenant"):
        decompose_change(nothing, nothing, ["tenant"], value="p_good")
