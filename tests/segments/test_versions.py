"""Two versions side by side: right decisions, and right at every look."""

import numpy as np
import polars as pl
import pytest

from feedback.errors import SettingsError, UnknownNameError
from feedback.segments.versions import compare_versions


def labels(rates: dict[tuple[str, str], float], n: int = 4000, seed: int = 1) -> pl.DataFrame:
    """Return n labels per version and intent, each of a user of its own, exactly as many good as the rate says."""
    parts = [
        pl.DataFrame({"prompt": version, "intent": intent, "p_good": (np.arange(n) < rate * n).astype(float)})
        for (version, intent), rate in rates.items()
    ]
    frame = pl.concat(parts).sample(fraction=1, shuffle=True, seed=seed)
    return frame.with_columns(session_id=pl.int_range(pl.len()).cast(pl.String))


def compare(frame: pl.DataFrame, **options) -> pl.DataFrame:
    return compare_versions(frame, dimension="prompt", first="v1", second="v2", value="p_good", **options)


def test_an_equal_version_is_promoted_once_enough_is_known():
    rates = {("v1", "buy"): 0.8, ("v2", "buy"): 0.8}
    assert compare(labels(rates, n=300))["decision"].to_list() == ["hold"]
    assert compare(labels(rates, n=30_000))["decision"].to_list() == ["promote"]


def test_a_worse_version_is_rolled_back():
    found = compare(labels({("v1", "buy"): 0.8, ("v2", "buy"): 0.65}))
    assert found["decision"].to_list() == ["roll back"]
    assert found["high"][0] < -0.02


def test_a_segment_to_be_rolled_back_holds_the_whole():
    rates = {("v1", "buy"): 0.7, ("v2", "buy"): 0.85, ("v1", "sell"): 0.8, ("v2", "sell"): 0.7}
    found = compare(labels(rates, n=8000), segments=["intent"])
    assert dict(found.select("segment", "decision").iter_rows()) == {
        "all": "hold", "intent = buy": "promote", "intent = sell": "roll back",
    }  # fmt: skip
    assert found["reason"][0] == "roll back in intent = sell"


def test_a_different_mix_is_told_apart():
    easy, hard = labels({("v1", "easy"): 0.9, ("v2", "easy"): 0.9}), labels({("v1", "hard"): 0.5, ("v2", "hard"): 0.5})
    frame = pl.concat([easy, hard.filter((pl.col("prompt") == "v2") | (pl.int_range(pl.len()) % 4 == 0))])
    whole = compare(frame, segments=["intent"]).row(0, named=True)
    assert whole["difference"] < -0.1
    assert whole["mix"] == pytest.approx(whole["difference"], abs=0.02)


def test_few_people_hold():
    few = labels({("v1", "buy"): 0.8, ("v2", "buy"): 0.2}).with_columns(
        user_id=(pl.int_range(pl.len()) % 20).cast(pl.String)
    )
    found = compare(few).row(0, named=True)
    assert (found["decision"], found["low"], found["n_users_first"]) == ("hold", None, 20)


@pytest.mark.slow
def test_looking_often_does_not_mislead():
    rng, missed = np.random.default_rng(5), 0
    for _ in range(60):
        n = 3000
        frame = pl.DataFrame(
            {"prompt": rng.choice(["v1", "v2"], n), "p_good": (rng.random(n) < 0.8).astype(float)}
        ).with_columns(session_id=pl.int_range(pl.len()).cast(pl.String))
        looks = [compare(frame.head(size), margin=0.05) for size in range(150, n + 1, 150)]
        missed += any(look["low"][0] > 0 or look["high"][0] < 0 for look in looks)
    assert missed <= 6


def test_impossible_arguments_are_refused():
    frame = labels({("v1", "buy"): 0.8, ("v2", "buy"): 0.8}, n=10)
    with pytest.raises(SettingsError):
        compare(frame, margin=0.0)
    with pytest.raises(UnknownNameError, match="v3"):
        compare_versions(frame, dimension="prompt", first="v1", second="v3", value="p_good")
