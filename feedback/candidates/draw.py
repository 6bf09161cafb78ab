"""Candidates for the golden set: what to show to people first, and why."""

from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from feedback.candidates.floor import draw_floor, floor_probabilities
from feedback.candidates.items import Frame, Items, make_items, place_items
from feedback.candidates.picks import Board, Pick, Shares, pick_all
from feedback.candidates.strata import Segments, find_strata
from feedback.errors import SettingsError
from feedback.stats.sums import Indices, Numbers
from feedback.text_space import cluster_points

AT_RANDOM = "drawn at random"
# Share of the budget that is random: enough for a rate over several draws, few enough for what mining finds.
FLOOR = 0.1
CLUSTERS_PER_PICK = 2
FEWEST_PER_CLUSTER = 10


class Drawn(NamedTuple):
    """A draw as in `draw_candidates`; the cluster of every item it was from; how many items there were."""

    candidates: pl.DataFrame
    clusters: pl.DataFrame
    n: int


def draw_candidates(
    labels: Frame,
    *,
    k: int,
    golden: pl.DataFrame | None = None,
    degraded: Segments | None = None,
    stream: Literal["mining", "rate"] = "mining",
    embeddings: Frame | None = None,
    seed: int,
    floor: float = FLOOR,
) -> pl.DataFrame:
    """Return what people should look at next: one row per candidate, in the order to review them.

    Most of the budget goes to kinds of requests that go wrong and then to different ones among the lowest scores.
    A part goes to degraded segments and to surprises where there are any, and a part to good answers to frequent
    requests: a golden set of failures only is biased. The rest, the floor, is drawn at random.

    Of requests that say nearly the same only one is picked, and none that the golden set has already. Everything
    but the floor is certain once the clusters are known, and has probability 1. Every other item has the chance
    the floor gives it, so that the draw as a whole is a sample with known probabilities.

    Parameters
    ----------
    labels
        One row per final label: `interaction_id`, `session_id`, `request_text`, `response_text`, `score`, and
        `p_good`, `surprise`, `is_automated` and the dimensions of `degraded` where they are known. The order of
        the rows does not matter; automated sessions are left out.
    k
        How many candidates; fewer where there are no more that differ.
    golden
        The golden set now: `input`, and `observed_output` where it is known.
    degraded
        Segments that got worse, rows of table `segments`.
    stream
        `mining`, or `rate`: a simple random sample of all items.
    embeddings
        `interaction_id` and a column of vectors, to use instead of the words of the texts.
    seed
        The same labels and seed give the same draw.
    floor
        Share of the budget that is drawn at random, in [0, 1]. At 0 items that are not picked have no chance.

    Returns
    -------
    pl.DataFrame
        `interaction_id`, `reason`, `score` (null where nobody voted), `cluster` (null without a text),
        `inclusion_probability` in (0, 1], `rank` (1 = first to review). Reasons hold no user text.

    Raises
    ------
    SettingsError
        When k is under 1, the floor not in [0, 1], or the stream unknown.
    SchemaError
        When a frame lacks a column or holds something else than it may.

    Examples
    --------
    >>> asked = ["refund my order"] * 3 + ["refund for the lamp", "hello there", "track it"]
    >>> labels = pl.DataFrame({"interaction_id": [f"i{n}" for n in range(6)], "session_id": "s1", "score":
    ...     [0.1, 0.2, 0.1, 0.05, 0.9, 0.95], "request_text": asked, "response_text": "Here you are."})
    >>> draw_candidates(labels, k=2, seed=0).select("interaction_id", "inclusion_probability", "rank").rows()
    [('i3', 1.0, 1), ('i4', 0.2, 2)]
    """
    return draw_with_clusters(
        labels, k=k, golden=golden, degraded=degraded, stream=stream, embeddings=embeddings, seed=seed, floor=floor
    ).candidates


def draw_with_clusters(
    labels: Frame,
    *,
    k: int,
    golden: pl.DataFrame | None = None,
    degraded: Segments | None = None,
    stream: Literal["mining", "rate"] = "mining",
    embeddings: Frame | None = None,
    seed: int,
    floor: float = FLOOR,
) -> Drawn:
    """Return a draw as in `draw_candidates`, with the cluster of every item (one row per `interaction_id`)."""
    if k < 1 or not 0 <= floor <= 1 or stream not in ("mining", "rate"):
        raise SettingsError("k is at least 1, floor in [0, 1] and stream mining or rate")
    items = make_items(labels, golden)
    rng = np.random.default_rng(seed)
    if stream == "rate":
        return _draw_for_rate(items, k, rng)
    firsts, of_group = np.unique(items.group, return_inverse=True)
    space = place_items(items, firsts, golden, embeddings, seed)
    n_clusters = max(min(CLUSTERS_PER_PICK * k, len(firsts) // FEWEST_PER_CLUSTER), 1)
    cluster = cluster_points(space.points, n_clusters, seed=seed).cluster
    cluster = np.where(np.abs(space.points).sum(axis=1) > 0, cluster, -1)
    n_floor = min(max(round(floor * k), 1), k) if floor else 0
    strata = find_strata(items.labels, degraded)
    board = Board(items, space, of_group, cluster)
    picks = pick_all(board, strata, Shares.of(k - n_floor, has_strata=bool(strata), has_surprises=board.has_surprises))
    certain = np.array([pick.item for pick in picks], np.int64)
    drawn, chance = _draw_rest(items, certain, n_floor, rng)
    ordered = _mix(picks, [Pick(int(one), AT_RANDOM) for one in drawn])
    return Drawn(_frame(items, ordered, chance, cluster[of_group]), _clusters(items, cluster[of_group]), len(items))


def _draw_for_rate(items: Items, k: int, rng: np.random.Generator) -> Drawn:
    alone = np.arange(len(items))
    drawn = draw_floor(alone, k, rng)
    picks = [Pick(int(one), AT_RANDOM) for one in drawn]
    nowhere = np.full(len(items), -1)
    chance = floor_probabilities(alone, k)
    return Drawn(_frame(items, picks, chance, nowhere), _clusters(items, nowhere), len(items))


def _draw_rest(items: Items, certain: Indices, n: int, rng: np.random.Generator) -> tuple[Indices, Numbers]:
    """Return what the floor draws of all that is not certain, and the chance of every item to be drawn at all."""
    chance = np.ones(len(items))
    rest = np.setdiff1d(np.arange(len(items)), certain)
    if not len(rest) or n < 1:
        return rest[:0], chance
    _, group = np.unique(items.group[rest], return_inverse=True)
    chance[rest] = floor_probabilities(group, n)
    return rest[draw_floor(group, n, rng)], chance


def _mix(picks: list[Pick], at_random: list[Pick]) -> list[Pick]:
    """Return both lists spread over each other, so that whoever stops early has seen some of either."""
    placed = [((n + 0.5) / len(some), which, pick) for which, some in enumerate((picks, at_random))
              for n, pick in enumerate(some)]  # fmt: skip
    return [pick for _, _, pick in sorted(placed, key=lambda one: one[:2])]


def _frame(items: Items, picks: list[Pick], chance: Numbers, cluster: Indices) -> pl.DataFrame:
    rows = np.array([pick.item for pick in picks], np.int64)
    number = pl.Series(cluster[rows], dtype=pl.Int64)
    return items.labels[rows].select(
        "interaction_id",
        pl.Series("reason", [pick.reason for pick in picks], dtype=pl.String),
        pl.col("score").cast(pl.Float64).fill_nan(None),
        number.set(number < 0, None).alias("cluster"),
        pl.Series("inclusion_probability", chance[rows], dtype=pl.Float64),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank"),
    )


def _clusters(items: Items, cluster: Indices) -> pl.DataFrame:
    numbered = items.labels.select("interaction_id", pl.Series("cluster", cluster, dtype=pl.Int64))
    return numbered.filter(pl.col("cluster") >= 0)
