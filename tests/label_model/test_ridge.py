"""Logistic regression with expectations."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from feedback.label_model.ridge import Prior, fit_ridge


def data(n: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    columns = rng.standard_normal((n, 3))
    good = (rng.random(n) < 1 / (1 + np.exp(-columns @ [1.0, -2.0, 0.0]))).astype(float)
    return columns, good, rng.uniform(0.5, 2, n)


def test_it_agrees_with_scikit_learn():
    columns, good, weights = data()
    ours = fit_ridge(columns, good, weights, Prior(np.zeros(3), np.full(3, 0.7)))
    theirs = LogisticRegression(C=0.49, fit_intercept=False, tol=1e-10).fit(columns, good, sample_weight=weights)
    assert ours == pytest.approx(theirs.coef_[0], abs=1e-4)


def test_without_reviews_it_is_what_was_expected():
    expected = np.array([1.0, -1.0])
    found = fit_ridge(np.zeros((0, 2)), np.zeros(0), np.zeros(0), Prior(expected, np.ones(2)))
    assert found.tolist() == expected.tolist()


def test_a_verdict_in_between_counts_as_half_of_each():
    columns, prior = np.ones((2, 1)), Prior(np.zeros(1), np.full(1, 9.0))
    both = fit_ridge(columns, np.array([1.0, 0.0]), np.ones(2), prior)
    half = fit_ridge(columns, np.array([0.5, 0.5]), np.ones(2), prior)
    assert half == pytest.approx(both)


def test_separable_reviews_stay_finite():
    columns = np.array([[-50.0], [50.0]])
    found = fit_ridge(columns, np.array([0.0, 1.0]), np.ones(2), Prior(np.zeros(1), np.full(1, 5.0)))
    assert 0 < found[0] < 5
