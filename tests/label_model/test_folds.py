"""Folds by session."""

import numpy as np

from feedback.label_model.folds import fold_sessions

SESSIONS = np.array([f"s{i % 20}" for i in range(100)])


def test_a_session_is_in_one_fold():
    folds = fold_sessions(SESSIONS, seed=0)
    assert all(len(set(folds[session == SESSIONS])) == 1 for session in set(SESSIONS))
    assert np.bincount(folds).tolist() == [20] * 5


def test_the_order_of_rows_does_not_matter():
    order = np.random.default_rng(0).permutation(100)
    assert (fold_sessions(SESSIONS[order], seed=3) == fold_sessions(SESSIONS, seed=3)[order]).all()


def test_another_seed_folds_otherwise():
    assert (fold_sessions(SESSIONS, seed=0) != fold_sessions(SESSIONS, seed=1)).any()


def test_fewer_sessions_than_folds_and_none():
    assert sorted(fold_sessions(np.array(["a", "b"]), seed=0).tolist()) == [0, 1]
    assert fold_sessions(np.array([], str), seed=0).tolist() == []
