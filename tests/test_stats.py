"""Intervals: literal values, and coverage by simulation."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from feedback.stats import mean_of_clusters, t_critical


def mean_of(*clusters: tuple[float, int], level: float = 0.95) -> dict:
    """Return the interval of one group from (total, number of values) of each cluster."""
    rows = [{"day": 1, "total": total, "n_values": n} for total, n in clusters]
    return mean_of_clusters(pl.LazyFrame(rows), by=["day"], level=level).collect().row(0, named=True)


def test_critical_values_of_students_t():
    assert t_critical(pl.Series([4, 1_000_000])).round(3).to_list() == [2.776, 1.96]
    assert t_critical(pl.Series([4]), level=0.9).round(3).to_list() == [2.132]


@pytest.mark.parametrize("degrees", [None, 0, -1])
def test_without_degrees_of_freedom_there_is_no_critical_value(degrees: int | None):
    assert t_critical(pl.Series([degrees], dtype=pl.Int64)).to_list() == [None]


def test_of_no_groups_there_are_no_critical_values():
    assert t_critical(pl.Series([], dtype=pl.Int64)).dtype == pl.Float64


def test_with_one_value_each_it_is_students_interval_of_a_mean():
    values = [0.2, 0.4, 0.4, 0.5, 0.9, 0.3]
    low, high = stats.t.interval(0.95, 5, loc=np.mean(values), scale=stats.sem(values))
    found = mean_of(*((value, 1) for value in values))
    assert (found["mean"], found["n_clusters"]) == (pytest.approx(0.45), 6)
    assert (found["low"], found["high"]) == (pytest.approx(low), pytest.approx(high))


def test_the_mean_is_that_of_the_values_not_of_the_clusters():
    assert mean_of((9.0, 10), (0.0, 1), (0.0, 1), (0.0, 1), (0.0, 1))["mean"] == pytest.approx(9 / 14)


def test_the_interval_stays_inside_0_and_1():
    found = mean_of((1.0, 1), (1.0, 1), (1.0, 1), (1.0, 1), (0.0, 1))
    assert (found["low"], found["high"]) == (pytest.approx(0.245, abs=1e-3), 1.0)


@pytest.mark.parametrize(("n", "is_known"), [(4, False), (5, True)])
def test_under_five_clusters_the_interval_is_unknown(n: int, is_known: bool):
    found = mean_of(*[(0.0, 1), (1.0, 1), (1.0, 1), (1.0, 1), (1.0, 1)][:n])
    assert (found["low"] is not None) is (found["high"] is not None) is is_known


def test_clusters_without_values_do_not_count():
    found = mean_of((1.0, 2), (0.0, 0), (0.0, 0), (0.0, 0), (0.0, 0))
    assert (found["mean"], found["n_clusters"], found["low"]) == (0.5, 1, None)


def test_groups_without_any_value_are_left_out():
    people = pl.LazyFrame({"day": [1, 2], "total": [0.0, 1.0], "n_values": [0, 1]})
    assert mean_of_clusters(people, by=["day"]).collect()["day"].to_list() == [2]


def test_a_null_group_is_a_group():
    people = pl.LazyFrame({"day": [None] * 5, "total": [0.0, 1.0, 1.0, 1.0, 1.0], "n_values": [1] * 5})
    found = mean_of_clusters(people, by=["day"]).collect()
    assert found["mean"].to_list() == [0.8]
    assert found["low"].null_count() == 0


def test_nothing_in_nothing_out():
    people = pl.LazyFrame(schema={"day": pl.Int64, "total": pl.Float64, "n_values": pl.Int64})
    assert mean_of_clusters(people, by=["day"]).collect().columns == ["day", "mean", "low", "high", "n_clusters"]


@pytest.mark.parametrize("n_people", [8, 40])
def test_intervals_cover_what_they_say_though_people_differ(n_people: int):
    rng = np.random.default_rng(7)
    n_worlds, per_person = 2_000, 10
    own_rate = rng.beta(6, 4, size=(n_worlds, n_people))
    totals = rng.binomial(per_person, own_rate)
    people = pl.LazyFrame(
        {
            "world": np.repeat(np.arange(n_worlds), n_people),
            "total": totals.ravel().astype(float),
            "n_values": np.full(n_worlds * n_people, per_person),
        }
    )
    found = mean_of_clusters(people, by=["world"]).collect()
    assert 0.935 < found.select(pl.lit(0.6).is_between("low", "high").mean()).item() < 0.965
    as_if_independent = 1.96 * (found["mean"] * (1 - found["mean"]) / (n_people * per_person)).sqrt()
    assert ((found["mean"] - 0.6).abs() <= as_if_independent).mean() < 0.9
