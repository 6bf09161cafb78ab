# /// script
# requires-python = "==3.11.*"
# dependencies = ["snorkel==0.10.0", "torch==2.13.0+cpu", "polars>=1.30", "pyarrow"]
# ///
"""Snorkel's LabelModel over every `*.votes.parquet` of a folder; started by `label_model.py`.

    UV_FIND_LINKS=FOLDER_OR_PAGE uv run --script benchmarks/peers/run_snorkel.py FOLDER

The CPU build of torch is named on purpose: the default build brings gigabytes of CUDA. `UV_FIND_LINKS` says
where its wheel lies. Fitted on the training rows without any verdict: once at Snorkel's defaults, and under
three further settings among which the verdicts choose.
"""

import sys
from pathlib import Path

import numpy as np
import polars as pl
from snorkel.labeling.model import LabelModel

SETTINGS = {
    "snorkel": {},
    "snorkel_longer": {"n_epochs": 500},
    "snorkel_mostly_good": {"n_epochs": 500, "class_balance": [0.2, 0.8]},
    "snorkel_ridge": {"n_epochs": 500, "class_balance": [0.2, 0.8], "l2": 0.1},
}
# Snorkel refuses fewer functions; it then says nothing.
FEWEST = 3
CONTEXT = ("interaction_id", "is_train")


def main() -> None:
    for path in sorted(Path(sys.argv[1]).glob("*.votes.parquet")):
        target = path.with_name(path.name.replace(".votes.", ".snorkel."))
        if not target.exists():
            score_items(pl.read_parquet(path)).write_parquet(target)


def score_items(votes: pl.DataFrame) -> pl.DataFrame:
    """Return one row per interaction: the chance of good under each setting."""
    matrix = votes.drop(CONTEXT).fill_null(-1).to_numpy().astype(int)
    training = matrix[votes["is_train"].to_numpy()]
    if matrix.shape[1] < FEWEST:
        return votes.select("interaction_id", **{name: pl.lit(0.5) for name in SETTINGS})
    scores = {}
    for name, setting in SETTINGS.items():
        model = LabelModel(cardinality=2, verbose=False)
        model.fit(training, seed=0, progress_bar=False, **setting)
        scores[name] = np.asarray(model.predict_proba(matrix))[:, 1]
    return votes.select("interaction_id").with_columns(**{name: pl.Series(p) for name, p in scores.items()})


if __name__ == "__main__":
    main()
