"""Texts as points: duplicates, clusters, patterns; the same for the same seed, and nothing made up where no text is."""

import numpy as np
import polars as pl

from feedback.text_space import cluster_points, fit_text_space, group_near_duplicates, word_patterns

WORDS = "where is my big parcel from the shop in town today"


def test_case_digits_and_punctuation_make_no_difference():
    said = pl.Series(["Order 17: refund!", "order 99 refund", "order refund please"])
    assert group_near_duplicates(said).tolist() == [0, 0, 2]


def test_one_word_of_many_makes_little_difference_and_one_of_few_a_great_one():
    said = pl.Series([WORDS, WORDS.replace("today", ""), "refund lamp", "refund sofa"])
    assert group_near_duplicates(said).tolist() == [0, 0, 2, 3]


def test_texts_without_words_are_like_no_other():
    assert group_near_duplicates(pl.Series([None, "", "...", None, "..."])).tolist() == [0, 1, 2, 3, 4]


def test_groups_do_not_drift():
    words = [f"w{chr(97 + n)}" for n in range(30)]
    said = pl.Series([" ".join(words[start : start + 20]) for start in range(10)])
    group = group_near_duplicates(said)
    assert (np.arange(10) - group).max() <= 2
    assert (group[group] == group).all()


def test_ten_thousand_copies_are_one_group():
    assert set(group_near_duplicates(pl.Series([WORDS] * 10_000)).tolist()) == {0}


def test_no_texts_give_no_groups_and_no_points():
    nothing = pl.Series([], dtype=pl.String)
    assert len(group_near_duplicates(nothing)) == 0
    assert len(fit_text_space(nothing, seed=0).place(nothing)) == 0
    assert word_patterns([nothing]).n_patterns == 0


def test_points_of_alike_texts_lie_together():
    said = pl.Series(["refund the lamp", "refund the sofa", "track parcel", "track order", None])
    points = fit_text_space(said, seed=0).place(said)
    assert points[0] @ points[1] > points[0] @ points[2]
    assert not points[4].any()


def test_the_same_seed_gives_the_same_space_and_clusters():
    said = pl.Series([f"w{n % 7} w{n % 11} w{n % 13} w{n % 300}" for n in range(1_500)])
    one, other = (fit_text_space(said, n_directions=20, seed=3).place(said) for _ in range(2))
    assert np.array_equal(one, other)
    assert np.array_equal(cluster_points(one, 30, seed=1).cluster, cluster_points(one, 30, seed=1).cluster)


def test_clusters_are_numbered_by_size_and_never_more_than_points_differ():
    points = np.array([[1, 0]] * 2 + [[0, 1]] * 5, np.float32)
    found = cluster_points(points, 6, seed=0)
    assert found.cluster.tolist() == [1, 1, 0, 0, 0, 0, 0]
    assert len(found.centres) == 2
    assert len(cluster_points(points[:0], 3, seed=0).cluster) == 0


def test_the_same_word_asked_and_answered_is_two_patterns():
    said = pl.Series(["refund"] * 4 + ["hello"] * 4 + ["you", "there"])
    patterns = word_patterns([said, said.reverse()])
    assert patterns.n_patterns == 4
    assert sorted(patterns.items_with(n).tolist() for n in range(4))[0] == [0, 1, 2, 3]


def test_scripts_without_spaces_have_words_too():
    said = pl.Series(["退款请求", "退款问题", "天气预报"])
    points = fit_text_space(said, seed=0).place(said)
    assert points[0] @ points[1] > points[0] @ points[2]
