# /// script
# requires-python = "==3.11.*"
# dependencies = ["sliceline==0.3.0", "polars>=1.30", "pyarrow"]
# ///
"""SliceLine's top slices for worlds read from files; started by `segments.py`.

Reads paths of Parquet files from standard input, one per line, and says a line once the slices are in
`*.sliceline.json` beside it. A file holds the dimensions of the labels after, `loss` (what each is worth less than
expected) and `bad` (1 - value). SliceLine wants errors of at least 0: the positive part of the loss, or
`bad`; each with two weights of error against size.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
from sliceline.slicefinder import Slicefinder

ALPHAS = (0.95, 0.99)
MIN_SUPPORT = 0.01
MOST = 10


def main() -> None:
    for line in sys.stdin:
        path = Path(line.strip())
        rows = pl.read_parquet(path)
        started = time.process_time()
        found, n_settings = settings(rows), len(ALPHAS) * 2
        answer = {
            "cpu_s": (time.process_time() - started) / n_settings,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "found": found,
        }
        path.with_suffix(".sliceline.json").write_text(json.dumps(answer))
        print("done", flush=True)


def settings(rows: pl.DataFrame) -> dict[str, list[dict[str, str]]]:
    """Return the slices under every setting, the first one first."""
    dimensions = [name for name in rows.columns if name not in ("loss", "bad")]
    values = rows.select(dimensions).to_numpy()
    loss = rows["loss"].to_numpy()
    errors = {"loss": np.maximum(loss, 0), "bad": rows["bad"].to_numpy()}
    found = {}
    for name, error in errors.items():
        for alpha in ALPHAS:
            finder = Slicefinder(alpha=alpha, k=MOST, max_l=3, min_sup=MIN_SUPPORT, verbose=False)
            finder.fit(values, error)
            found[f"{name}, alpha {alpha}"] = [
                {key: str(value) for key, value in zip(dimensions, one, strict=True) if value is not None}
                for one in finder.top_slices_
            ]
    return found


if __name__ == "__main__":
    main()
