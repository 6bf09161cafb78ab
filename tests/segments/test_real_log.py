"""On a real log: traffic of one language pair that is swapped for that of a harder one is found, and nothing else."""

from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.real_agreement import label_log
from feedback.segments.find import find_degraded

REAL = Path(__file__).parents[3] / "shared" / "real"
DIMENSIONS = ["language", "model", "client", "release"]
EASY = "en-de"
DRAWS = 20


@pytest.fixture(scope="module")
def labels() -> pl.DataFrame:
    """Return the labels of the log, and two dimensions by session that mean nothing."""
    if not (REAL / "mlqe_pe").exists():
        pytest.skip("the real logs are not here")
    found, _ = label_log("mlqe_pe", REAL)
    sessions = found.select(pl.col("session_id").unique().sort())
    rng = np.random.default_rng(0)
    made_up = {name: rng.choice(["a", "b", "c"], sessions.height) for name in ("client", "release")}
    return found.join(sessions.with_columns(**made_up), on="session_id")


def degraded(labels: pl.DataFrame, seed: int, *, share: float, hard: str = "ro-en") -> tuple[str, ...]:
    """Return the segments found when so much of the later traffic of one language pair is swapped.

    The sessions are parted at random into earlier and later ones.
    """
    rng = np.random.default_rng(seed)
    sessions = labels["session_id"].unique().sort()
    is_later = pl.col("session_id").is_in(sessions.filter(pl.Series(rng.random(len(sessions)) < 0.5)).implode())
    before, after = labels.filter(~is_later), labels.filter(is_later)
    swapped = swap(after, share, hard, seed)
    return tuple(find_degraded(before, swapped, DIMENSIONS, value="score")["segment"])


def swap(after: pl.DataFrame, share: float, hard: str, seed: int) -> pl.DataFrame:
    """Return the labels with a share of the easy pair replaced by labels of the harder one under its name."""
    easy, harder = after.filter(language=EASY), after.filter(language=hard)
    n = round(share * easy.height)
    moved = harder.sample(min(n, harder.height), seed=seed)
    renamed = moved.with_columns(language=pl.lit(EASY), model=pl.lit(easy["model"][0]))
    kept = easy.sample(easy.height - moved.height, seed=seed)
    others = after.filter(pl.col("language") != EASY).join(moved, on="interaction_id", how="anti")
    return pl.concat([others, kept, renamed])


def test_half_of_the_traffic_swapped_is_found_and_nothing_else(labels):
    found = Counter(degraded(labels, seed, share=0.5) for seed in range(DRAWS))
    assert found == {(f"language = {EASY}",): DRAWS}


def test_half_swapped_for_a_pair_that_is_less_hard_is_nearly_always_found(labels):
    found = Counter(degraded(labels, seed, share=0.5, hard="et-en") for seed in range(DRAWS))
    assert found[(f"language = {EASY}",)] >= DRAWS - 2


def test_a_tenth_swapped_is_found_at_times_and_hardly_ever_misnamed(labels):
    found = Counter(degraded(labels, seed, share=0.1) for seed in range(DRAWS))
    assert found[(f"language = {EASY}",)] >= 1
    assert found[()] + found[(f"language = {EASY}",)] >= DRAWS - 2


def test_a_random_split_of_unchanged_data_shows_nothing(labels):
    found = Counter(degraded(labels, seed, share=0.0) for seed in range(DRAWS))
    assert found[()] >= DRAWS - 1
