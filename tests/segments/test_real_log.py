"""On a real log: traffic of one language pair that is swapped for that of a harder one is found, and nothing else."""

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from benchmarks.segment_real import DRAWS, EASY, LOG, degraded, read_labels

pytestmark = pytest.mark.slow
REAL = Path(__file__).parents[3] / "shared" / "real"
RIGHT = (f"language = {EASY}",)


@pytest.fixture(scope="module")
def labels() -> pl.DataFrame:
    if not (REAL / LOG).exists():
        pytest.skip("the real logs are not beside the checkout")
    return read_labels(REAL)


def draw(labels: pl.DataFrame, **swap) -> Counter:
    return Counter(degraded(labels, seed, **swap) for seed in range(DRAWS))


def test_half_of_the_traffic_swapped_is_found_and_nothing_else(labels):
    assert draw(labels, share=0.5) == {RIGHT: DRAWS}


def test_half_swapped_for_a_pair_that_is_less_hard_is_nearly_always_found(labels):
    assert draw(labels, share=0.5, hard="et-en")[RIGHT] >= DRAWS - 2


def test_a_tenth_swapped_is_found_at_times_and_hardly_ever_misnamed(labels):
    found = draw(labels, share=0.1)
    assert found[RIGHT] >= 1
    assert found[()] + found[RIGHT] >= DRAWS - 2


def test_a_random_split_of_unchanged_data_shows_nothing(labels):
    assert draw(labels, share=0.0)[()] >= DRAWS - 1
