# /// script
# requires-python = ">=3.11"
# dependencies = ["crowd-kit==1.4.2", "polars>=1.30"]
# ///
"""crowd-kit's Dawid-Skene over every `*.votes.parquet` of a folder; started by `label_model.py`.

    uv run --script benchmarks/peers/run_crowdkit.py FOLDER

A function that abstains has no row, as crowd-kit means it. It can only score what it was fitted on, so it
sees the votes of the evaluation rows too, which favours it. Items nobody voted on get the mean.
"""

import sys
from pathlib import Path

import polars as pl
from crowdkit.aggregation import DawidSkene


def main() -> None:
    for path in sorted(Path(sys.argv[1]).glob("*.votes.parquet")):
        target = path.with_name(path.name.replace(".votes.", ".crowdkit."))
        if not target.exists():
            score_items(pl.read_parquet(path)).write_parquet(target)


def score_items(votes: pl.DataFrame) -> pl.DataFrame:
    """Return one row per interaction: the chance of good."""
    ballots = (
        votes.drop("is_train")
        .unpivot(index="interaction_id", variable_name="worker", value_name="label")
        .drop_nulls()
        .rename({"interaction_id": "task"})
        .to_pandas()
    )
    fitted = DawidSkene(n_iter=100).fit(ballots).probas_
    said = pl.DataFrame({"interaction_id": fitted.index.to_list(), "dawid_skene": fitted[1].to_list()})
    scores = votes.select("interaction_id").join(said, on="interaction_id", how="left", maintain_order="left")
    return scores.with_columns(pl.col("dawid_skene").fill_null(strategy="mean"))


if __name__ == "__main__":
    main()
