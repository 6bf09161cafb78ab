"""Coefficients in general and by feature."""

import numpy as np

from feedback.label_model.pooling import Coefficients, Term, blend, gather, lay_out, prior_of

TERMS = [Term(0, 1.0, 2.0), Term(1, 0.0, 0.5), Term(1, 0.0, 0.3, "chat")]


def test_a_term_of_a_feature_is_zero_elsewhere_and_where_it_is_unknown():
    numbers = np.array([[1.0, 5.0], [1.0, 6.0], [1.0, 7.0]])
    assert lay_out(numbers, ["chat", "search", None], TERMS)[:, 2].tolist() == [5.0, 0.0, 0.0]


def test_a_feature_without_a_name_is_not_an_unknown_one():
    assert lay_out(np.ones((2, 1)), ["", None], [Term(0, 0, 1, "")])[:, 0].tolist() == [1.0, 0.0]


def test_expectations_follow_the_terms():
    prior = prior_of(TERMS)
    assert (prior.mean.tolist(), prior.spread.tolist()) == ([1.0, 0.0, 0.0], [2.0, 0.5, 0.3])


def test_a_feature_has_the_general_coefficients_and_its_deviations():
    found = gather(np.array([1.0, 2.0, -0.5]), TERMS, 2)
    assert found.of("chat").tolist() == [1.0, 1.5]
    assert found.of("search").tolist() == found.of(None).tolist() == [1.0, 2.0]


def test_laying_out_and_gathering_fit_together():
    numbers, values = np.array([[1.0, 5.0], [1.0, 6.0]]), np.array([1.0, 2.0, -0.5])
    features = ["chat", "search"]
    found = gather(values, TERMS, 2)
    one_by_one = [found.of(feature) @ row for feature, row in zip(features, numbers, strict=True)]
    assert (lay_out(numbers, features, TERMS) @ values).tolist() == one_by_one


def test_blending_takes_the_general_ones_where_a_part_has_none_of_its_own():
    plain, own = Coefficients(np.array([4.0]), {}), Coefficients(np.array([0.0]), {"chat": np.array([2.0])})
    mixed = blend([(0.25, plain), (0.75, own)])
    assert (mixed.general.tolist(), mixed.of("chat").tolist()) == ([1.0], [2.5])
