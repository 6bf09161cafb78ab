"""What does a golden set reach, and what does it cost to know?

    uv run python -m benchmarks.golden [--seeds 20] [--write]

The bundled simulated log stands for the traffic: 28 days, of which every response has a true intent and language. Per
seed 150 of its requests, drawn at random, are the golden set. A request within reach *fits* where the nearest example
has its intent and language. The cost is CPU time of one thread, on the log and on the log repeated to 100,000
interactions. With `--write` the tables go into docs/golden-set.md.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.rate_tables import write_between_marks
from feedback.golden import SPLITS, find_duplicates, find_reached, find_text_groups, identify_example
from feedback.golden.splits import tie_together
from feedback.interactions import derive_interactions
from feedback.pipeline.golden_examples import place_examples
from feedback.schemas import empty_table

ROOT = Path(__file__).parent.parent
PAGE, MARKS = ROOT / "docs" / "golden-set.md", ("<!-- golden -->", "<!-- /golden -->")
N_EXAMPLES = 150
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9)
TRUTH = ("intent", "language")


def read_traffic() -> pl.DataFrame:
    events = pl.read_parquet(ROOT / "data" / "events.parquet")
    found = derive_interactions(events, watermark=events["occurred_at"].max())
    told = found.select("interaction_id", "session_id", "request_text", "response_text", *TRUTH)
    return told.drop_nulls("request_text")


def draw_examples(traffic: pl.DataFrame, n: int, seed: int) -> pl.DataFrame:
    drawn = traffic.sample(n, seed=seed)
    ids = [identify_example(*texts) for texts in drawn.select("request_text", "response_text").iter_rows()]
    named = drawn.rename({"request_text": "input", "response_text": "observed_output"})
    return named.with_columns(example_id=pl.Series(ids), label=pl.lit("good"), added_at=0).unique(
        "example_id", maintain_order=True
    )


def measure(traffic: pl.DataFrame, seed: int) -> list[dict]:
    examples = draw_examples(traffic, N_EXAMPLES, seed)
    reached = find_reached(traffic, examples, reach=0.0).traffic
    nearest = reached.join(examples.select("example_id", *TRUTH), on="example_id", how="left", maintain_order="left")
    fits = np.all([(nearest[name] == traffic[name]).fill_null(value=False).to_numpy() for name in TRUTH], axis=0)
    alike = nearest["similarity"].to_numpy()
    return [
        {"level": level, "reached": float((alike >= level).mean()), "fits": float(fits[alike >= level].mean())}
        for level in LEVELS
    ]


def place_in_batches(traffic: pl.DataFrame, n: int, n_batches: int = 10) -> list[str]:
    drawn = draw_examples(traffic, n, 0).with_columns(groups=pl.concat_list(pl.format("session:{}", "session_id")))
    fresh = drawn.select("example_id", "input", "groups")
    known = empty_table("golden_events").select("example_id", "input", "groups", "split", "split_reason", added_at="at")
    for batch in range(n_batches):
        placed = place_examples(known, fresh[batch::n_batches]).with_columns(added_at=pl.lit(batch))
        before = known.with_columns(pl.col("added_at").cast(placed.schema["added_at"]))
        known = pl.concat([before, placed.select(known.columns)])
    groups = tie_together(dict(known.drop_nulls("split").select("example_id", "groups").iter_rows()))
    shares = [f"{100 * known.filter(split=side).height / known.height:.0f} %" for side in SPLITS]
    left_out = f"{100 * known['split'].null_count() / known.height:.1f} %"
    return [f"{n:,}", f"{len(groups):,}", f"{max(map(len, groups)):,}", *shares, left_out]


def time_cost(traffic: pl.DataFrame, n_traffic: int, n_examples: int) -> list[str]:
    copies = pl.concat([traffic] * -(-n_traffic // traffic.height)).head(n_traffic)
    # Other texts, not the same again: distinct requests are what costs.
    words = pl.int_range(pl.len()).cast(pl.String)
    varied = copies.with_columns(pl.concat_str("request_text", words, separator=" item").alias("request_text"))
    examples = draw_examples(varied, n_examples, 0)
    nobody = empty_table("golden_events").select("example_id", "input", "groups")
    seconds = []
    for step in (
        lambda: find_reached(varied, examples),
        lambda: find_text_groups(nobody, examples),
        lambda: find_duplicates(examples),
    ):
        began = time.process_time()
        step()
        seconds.append(f"{time.process_time() - began:.1f}")
    return [f"{n_traffic:,}", f"{n_examples:,}", *seconds]


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def share_range(values: pl.Series) -> str:
    low, high = 100 * float(values.min() or 0), 100 * float(values.max() or 0)
    return f"{100 * float(values.mean() or 0):.0f} % ({low:.0f} to {high:.0f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    traffic = read_traffic()
    found = pl.DataFrame([row for seed in range(options.seeds) for row in measure(traffic, seed)])
    rows = [
        [f"{level:.1f}", *(share_range(found.filter(level=level)[name]) for name in ("reached", "fits"))]
        for level in LEVELS
    ]
    costs = [time_cost(traffic, n, m) for n, m in ((traffic.height, N_EXAMPLES), (100_000, 1_000))]
    text = "\n\n".join([
        f"{N_EXAMPLES} random examples, {traffic.height:,} interactions, {options.seeds} seeds: mean (least to most).",
        table(["cosine at least", "of the traffic within reach", "of these with the same intent and language"], rows),
        "Sides of random examples, added in ten batches:",
        table(
            ["examples", "groups", "largest", *SPLITS, "left out"],
            [place_in_batches(traffic, n) for n in (100, 500, 2_000)],
        ),
        "CPU seconds:",
        table(["interactions", "examples", "coverage", "text groups", "duplicates"], costs),
    ])  # fmt: skip
    if options.write:
        write_between_marks(PAGE, MARKS, text)
    else:
        print(text)


if __name__ == "__main__":
    main()
