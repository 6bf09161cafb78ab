"""What kind of change is it?"""

import numpy as np
import polars as pl
import pytest
from label_rows import labels_of

from feedback.drift.kinds import Windows, likely_kind
from feedback.drift.settings import WatchSettings

RNG = np.random.default_rng(0)
SETTINGS = WatchSettings([])


def window(n: int, **rates: float) -> pl.DataFrame:
    """Return labels on which each function fires at its rate; those named good_* vote good."""
    fires = {
        f"fires: {name}": pl.Series(np.where(RNG.random(n) < rate, float(name.startswith("good")), np.nan)).fill_nan(
            None
        )
        for name, rate in rates.items()
    }
    return labels_of(np.ones(n), **fires)


BEFORE = {"good_copy": 0.4, "good_accept": 0.5, "bad_undo": 0.1, "bad_retry": 0.1}


@pytest.mark.parametrize(
    ("after", "metric", "kind"),
    [
        (BEFORE | {"good_copy": 0.2}, "fires: good_copy", "signal"),
        (BEFORE | {"good_copy": 0.2}, "voted", "signal"),
        (BEFORE | {"good_copy": 0.2}, "score", "signal"),
        ({"good_copy": 0.2, "good_accept": 0.3, "bad_undo": 0.3, "bad_retry": 0.3}, "fires: good_copy", "quality"),
        ({"good_copy": 0.2, "good_accept": 0.3, "bad_undo": 0.3, "bad_retry": 0.3}, "score", "quality"),
        (BEFORE, "voted", "missing data"),
        (BEFORE, "score", "quality"),
    ],
)
def test_kinds_are_told_apart(after: dict, metric: str, kind: str):
    windows = Windows(window(4_000, **BEFORE), window(1_000, **after), SETTINGS)
    assert likely_kind(windows, metric=metric, change=-0.1, mix=0.0) == kind


def test_mostly_mix_is_mix_and_without_votes_only_the_label_has_a_kind():
    windows = Windows(labels_of([1.0] * 10), labels_of([0.0] * 10), SETTINGS)
    assert likely_kind(windows, metric="score", change=-0.1, mix=-0.06) == "mix"
    assert likely_kind(windows, metric="score", change=-0.1, mix=0.06) == "quality"
    assert likely_kind(windows, metric="event: undo", change=0.1, mix=None) is None


def test_empty_windows_show_no_change():
    windows = Windows(window(5, **BEFORE)[:0], window(5, **BEFORE), SETTINGS)
    assert windows.shift(pl.col("score")) == (0.0, 0.0, 0.0)
