"""The segments that got worse: found by name, by nothing else, and not where nothing happened."""

import numpy as np
import polars as pl
import pytest

from feedback.errors import SchemaError, SettingsError
from feedback.segments.find import find_degraded
from feedback.segments.report import REPORT_TYPES
from feedback.segments.rows import Frame

DIMENSIONS = ["language", "intent", "model"]


def labels(seed: int, n: int = 6000, n_users: int = 600) -> pl.DataFrame:
    """Return labels of which seven in ten are good, whatever they are about."""
    rng = np.random.default_rng(seed)
    user = rng.integers(0, n_users, n)
    values = {name: rng.choice(list("abcd"), n, p=[0.4, 0.3, 0.2, 0.1]) for name in DIMENSIONS}
    return pl.DataFrame(values).with_columns(
        session_id=pl.Series([f"s{one}" for one in user]),
        user_id=pl.Series([f"u{one}" for one in user]),
        p_good=pl.Series((rng.random(n) < 0.7).astype(float)),
    )


def spoil(frame: pl.DataFrame, where: pl.Expr, share: float = 0.5, seed: int = 9) -> pl.DataFrame:
    """Return the labels with a share of those in a segment gone bad."""
    is_hit = pl.Series(np.random.default_rng(seed).random(frame.height) < share)
    return frame.with_columns(p_good=pl.when(where & is_hit).then(0.0).otherwise(pl.col("p_good")))


def found(before: Frame, after: Frame, dimensions: list[str] | None = None, **options) -> pl.DataFrame:
    return find_degraded(before, after, dimensions or DIMENSIONS, value="p_good", **options)


def test_nothing_happened_is_an_empty_frame_of_the_documented_columns():
    result = found(labels(3), labels(4))
    assert result.is_empty()
    assert dict(result.schema) == REPORT_TYPES


def test_a_segment_of_one_condition_is_named():
    result = found(labels(3), spoil(labels(4), pl.col("intent") == "c"))
    assert result["segment"].to_list() == ["intent = c"]


def test_a_segment_of_two_conditions_is_named():
    where = (pl.col("language") == "b") & (pl.col("intent") == "c")
    result = found(labels(3), spoil(labels(4), where, share=0.7))
    assert result["segment"].to_list() == ["language = b & intent = c"]
    row = result.row(0, named=True)
    assert row["change_low"] < -0.49 < row["change_high"]
    assert row["shrunk_low"] < row["shrunk_change"] < row["shrunk_high"] < 0
    assert row["q_value"] < 0.001
    assert row["lost_successes"] == pytest.approx(-row["n_after"] * row["shrunk_change"])
    assert row["definition"][0] | {} == {
        "dimension": "language", "value": "b", "low": None, "high": None, "not_in": None,
    }  # fmt: skip


def test_two_segments_are_told_apart_and_ranked_by_what_was_lost():
    after = spoil(spoil(labels(4), pl.col("language") == "b"), pl.col("model") == "d")
    result = found(labels(3), after)
    assert result["segment"].to_list() == ["language = b", "model = d"]
    assert result["rank"].to_list() == [1, 2]
    assert result["overlaps_with"].to_list() == ["model = d", "language = b"]
    assert result["overlap"].to_list() == pytest.approx([0.1, 0.3], abs=0.03)


def test_a_drop_everywhere_is_one_segment():
    assert found(labels(3), spoil(labels(4), pl.lit(value=True), share=0.3))["segment"].to_list() == ["all"]


def test_a_changed_mix_is_no_drop():
    hard = pl.col("language") == "a"
    before, after = spoil(labels(3), hard), spoil(labels(4, n=9000), hard)
    is_left_out = pl.Series(np.random.default_rng(3).random(after.height) < 0.8)
    mostly_hard = after.filter(hard | ~is_left_out)
    assert mostly_hard["p_good"].mean() < before["p_good"].mean() - 0.05  # pyright: ignore[reportOperatorIssue, reportOptionalOperand]
    assert found(before, mostly_hard).is_empty()


def test_one_heavy_user_is_no_segment():
    after = labels(4)
    is_heavy = pl.Series(np.arange(6000) % 8 == 0) & (after["language"] == "d")
    user = pl.when(is_heavy).then(pl.lit("heavy")).otherwise(pl.col("user_id"))
    heavy = after.with_columns(user_id=user)
    worse = spoil(heavy, pl.col("user_id") == "heavy", share=1.0)
    assert found(labels(3), worse).is_empty()
    assert not found(labels(3), spoil(heavy, pl.col("language") == "d", share=0.6)).is_empty()


def test_labels_without_a_value_are_counted_and_say_nothing():
    after = spoil(labels(4), pl.col("intent") == "c")
    censored = pl.Series(np.arange(6000) % 2 == 0)
    result = found(labels(3), after.with_columns(p_good=pl.when(~censored).then(pl.col("p_good"))))
    row = result.row(0, named=True)
    assert row["n_after"] + row["n_unknown_after"] == after.filter(intent="c").height
    assert row["n_unknown_before"] == 0
    assert row["rate_after"] == pytest.approx(0.35, abs=0.05)


def test_automated_sessions_are_left_out():
    after = spoil(labels(4), pl.col("intent") == "c").with_columns(is_automated=pl.col("intent") == "c")
    assert found(labels(3), after).is_empty()


def test_numbers_are_parted_at_the_fifths_of_the_window_before():
    rng = np.random.default_rng(5)
    before = labels(3).with_columns(latency_ms=pl.Series(rng.uniform(0, 1000, 6000)))
    after = labels(4).with_columns(latency_ms=pl.Series(rng.uniform(0, 1000, 6000)))
    result = found(before, spoil(after, pl.col("latency_ms") > 800), ["language", "latency_ms"])
    assert result["segment"].str.starts_with("latency_ms = over ").to_list() == [True]
    assert result["definition"][0][0]["low"] == pytest.approx(800, abs=20)


def test_rare_values_are_looked_at_together():
    names = pl.Series([f"t{one}" for one in np.random.default_rng(5).integers(0, 400, 6000)])
    before, after = labels(3).with_columns(tenant=names), labels(4).with_columns(tenant=names)
    result = found(before, after, ["tenant", "language"])
    assert result.is_empty()
    worse = found(before, spoil(after, pl.col("language") == "b"), ["tenant", "language"])
    assert worse["segment"].to_list() == ["language = b"]


def test_weights_count():
    after = spoil(labels(4), pl.col("intent") == "c")
    weighted = after.with_columns(w=pl.when(pl.col("p_good") == 0).then(1e-6).otherwise(1.0))
    even = labels(3).with_columns(w=1.0)
    assert found(even, weighted, weight="w").is_empty()
    assert found(even, after.with_columns(w=2.0), weight="w")["segment"].to_list() == ["intent = c"]


def test_beyond_twelve_dimensions_the_search_is_narrowed_and_still_finds():
    rng = np.random.default_rng(7)
    further = [f"d{one:02}" for one in range(11)]
    columns = {name: rng.choice(["x", "y", "z"], 6000) for name in further}
    where = (pl.col("language") == "b") & (pl.col("d03") == "x") & (pl.col("d07") == "y")
    before, after = labels(3, n_users=6000).with_columns(**columns), labels(4, n_users=6000).with_columns(**columns)
    result = found(before, spoil(after, where, share=1.0), [*DIMENSIONS, *further])
    assert result["segment"].to_list() == ["language = b & d03 = x & d07 = y"]


def test_rows_may_come_in_any_order_and_lazily():
    before, after = labels(3), spoil(labels(4), pl.col("intent") == "c")
    shuffled = found(before.sample(fraction=1, shuffle=True, seed=1).lazy(), after.reverse().lazy())
    straight = found(before, after)
    assert shuffled.select("segment", "n_after", "n_users_after").equals(
        straight.select("segment", "n_after", "n_users_after")
    )
    assert shuffled["change"].to_list() == pytest.approx(straight["change"].to_list())


def test_a_version_that_had_just_begun_does_not_hide_what_it_broke():
    is_german = pl.col("language") == "b"
    began = pl.int_range(pl.len()) >= 5970
    before = spoil(labels(3), is_german & began, share=1.0)
    before = before.with_columns(version=pl.when(began).then(pl.lit("new")).otherwise(pl.lit("old")))
    after = spoil(labels(4), is_german).with_columns(version=pl.lit("new"))
    result = found(before, after, [*DIMENSIONS, "version"])
    assert result["segment"].to_list() == ["language = b"]
    assert result["change"][0] == pytest.approx(-0.34, abs=0.05)


def test_too_few_labels_give_no_segment():
    assert found(labels(3).head(20), labels(4)).is_empty()
    assert found(labels(3).clear(), labels(4).clear()).is_empty()


def test_a_value_that_is_new_has_nothing_to_be_compared_with():
    after = spoil(labels(4), pl.col("model") == "d").with_columns(pl.col("model").replace("d", "brand new"))
    assert "model = brand new" not in found(labels(3), after)["segment"].to_list()


@pytest.mark.parametrize("options", [{"max_conditions": 4}, {"alpha": 0.0}, {"min_n": 1}, {"dimensions": []}])
def test_impossible_arguments_are_refused(options):
    arguments = {"dimensions": DIMENSIONS} | options
    with pytest.raises(SettingsError):
        find_degraded(labels(3), labels(4), value="p_good", **arguments)


def test_a_missing_column_is_named():
    with pytest.raises(SchemaError, match="tenant"):
        found(labels(3), labels(4), ["tenant"])
