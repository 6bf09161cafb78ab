"""Which requests say the same, which are about the same, and which the golden set reaches."""

from typing import NamedTuple

import numpy as np
import polars as pl

from feedback.text_space import fit_text_space, group_near_duplicates

# Cosine of two requests. In simulated traffic nine of ten requests then have the intent and the language of their
# nearest example (benchmarks/golden.py).
REACH = 0.7
# Looser: it is worse to test on what was trained on than to have larger groups.
SAME_CLUSTER = 0.6


def find_text_groups(known: pl.DataFrame, fresh: pl.DataFrame, *, seed: int = 0) -> pl.DataFrame:
    """Return the groups of each new example by its text: one row per row of `fresh`, `example_id` and `groups`.

    A group of near-duplicates (`near:` and the id of its first example), and a text cluster (`cluster:` and the id
    of the example that leads it). Each example joins the nearest leader whose request is at least 0.6 alike
    (cosine of TF-IDF), else it leads a cluster itself. Those in the set keep the groups they have.

    Parameters
    ----------
    known
        All that were ever in the golden set, in the order they came: `example_id`, `input`, `groups`.
    fresh
        The new ones: `example_id`, `input`.
    seed
        Seed of the text space.
    """
    ordered = fresh.sort("example_id")
    names = [*known["example_id"], *ordered["example_id"]]
    requests = pl.concat([known["input"], ordered["input"]])
    first = group_near_duplicates(requests)
    points = fit_text_space(requests, seed=seed).place(requests)
    groups = [list(keys) for keys in known["groups"]]
    leads = [f"cluster:{name}" in keys for name, keys in zip(names, groups, strict=False)]
    for row in range(known.height, len(names)):
        leaders = np.flatnonzero(leads)
        alike = points[leaders] @ points[row]
        nearest = leaders[alike.argmax()] if len(leaders) and alike.max() >= SAME_CLUSTER else row
        leads.append(nearest == row)
        near = _key_of(groups[first[row]], "near:") if first[row] < row else None
        groups.append([near or f"near:{names[first[row]]}", f"cluster:{names[nearest]}"])
    found = pl.DataFrame({"example_id": ordered["example_id"], "groups": groups[known.height :]}, schema=_GROUPS)
    return fresh.select("example_id").join(found, on="example_id", how="left", maintain_order="left")


_GROUPS = {"example_id": pl.String, "groups": pl.List(pl.String)}


class Reached(NamedTuple):
    """How far the golden set reaches.

    Attributes
    ----------
    traffic
        One row per interaction, in their order: `interaction_id`, `example_id` of the nearest example (null where none
        is within reach) and `similarity` to the nearest one (null without examples).
    examples
        One row per example, by id: `example_id`, `n_within_reach` interactions.
    """

    traffic: pl.DataFrame
    examples: pl.DataFrame


def find_reached(traffic: pl.DataFrame, examples: pl.DataFrame, *, reach: float = REACH, seed: int = 0) -> Reached:
    """Return which requests of the traffic are like an example, and how many are like each example.

    Parameters
    ----------
    traffic
        Current interactions: `interaction_id`, `request_text`.
    examples
        Those in the golden set: `example_id`, `input`.
    reach
        How alike (cosine of TF-IDF, in [0, 1]) a request must be to count as reached.
    seed
        Seed of the text space.

    Examples
    --------
    >>> traffic = pl.DataFrame({"interaction_id": ["i1", "i2"], "request_text": ["refund order 7", "opening hours"]})
    >>> examples = pl.DataFrame({"example_id": ["a", "b"], "input": ["refund order 9", "late parcel"]})
    >>> found = find_reached(traffic, examples)
    >>> found.traffic.select("interaction_id", "example_id").rows()
    [('i1', 'a'), ('i2', None)]
    >>> found.examples.rows()
    [('a', 1), ('b', 0)]
    """
    known = examples.select("example_id", "input").sort("example_id")
    if known.is_empty() or traffic.is_empty():
        nowhere = {"example_id": pl.lit(None, pl.String), "similarity": pl.lit(None, pl.Float64)}
        none = known.select("example_id", n_within_reach=pl.lit(0, pl.Int64))
        return Reached(traffic.select("interaction_id", **nowhere), none)
    distinct = traffic.group_by("request_text").agg(n=pl.len().cast(pl.Int64)).sort("request_text", nulls_last=True)
    alike = _compare(distinct["request_text"], known["input"], seed=seed)
    n_within = distinct["n"].to_numpy() @ (alike >= reach)
    nearest = alike.argmax(axis=1)
    similarity = pl.Series(alike.max(axis=1), dtype=pl.Float64).clip(0, 1)
    found = distinct.with_columns(similarity=similarity, example_id=known["example_id"].gather(nearest))
    near = pl.when(pl.col("similarity") >= reach).then("example_id").alias("example_id")
    joined = traffic.join(found, on="request_text", how="left", nulls_equal=True, maintain_order="left")
    counted = known.select("example_id", n_within_reach=pl.Series(n_within, dtype=pl.Int64))
    return Reached(joined.select("interaction_id", near, "similarity"), counted)


def find_duplicates(examples: pl.DataFrame) -> pl.DataFrame:
    """Return the examples that nearly repeat an earlier one of the same label: `example_id`, `duplicate_of`.

    Two that differ in their label are a good and a bad answer to the same question, which is worth having.

    Parameters
    ----------
    examples
        Those in the golden set: `example_id`, `input`, `observed_output`, `label`, `added_at`.
    """
    ordered = examples.sort("added_at", "example_id")
    said = ordered.select(pl.concat_str("input", "observed_output", separator="\n", ignore_nulls=True)).to_series()
    found = [
        ordered.select("example_id", duplicate_of=ordered["example_id"].gather(group_near_duplicates(said)))
        for ordered, said in _by_label(ordered, said)
    ]
    rows = pl.concat([pl.DataFrame(schema={"example_id": pl.String, "duplicate_of": pl.String}), *found])
    return rows.filter(pl.col("example_id") != pl.col("duplicate_of")).sort("example_id")


def _by_label(ordered: pl.DataFrame, said: pl.Series) -> list[tuple[pl.DataFrame, pl.Series]]:
    labels = ordered["label"]
    return [(ordered.filter(labels == label), said.filter(labels == label)) for label in ("good", "bad")]


def _key_of(keys: list[str], kind: str) -> str | None:
    return next((key for key in keys if key.startswith(kind)), None)


def _compare(requests: pl.Series, inputs: pl.Series, *, seed: int) -> np.ndarray:
    """Return how alike each request is to each example, one row per request."""
    # Both are placed by the words of both: what only the golden set speaks of must not look like nothing.
    space = fit_text_space(pl.concat([requests, inputs]), seed=seed)
    return space.place(requests) @ space.place(inputs).T
