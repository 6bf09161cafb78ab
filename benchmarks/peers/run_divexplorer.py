# /// script
# requires-python = "==3.11.*"
# dependencies = ["divexplorer==0.2.6", "polars>=1.30", "pyarrow"]
# ///
"""DivExplorer's worst patterns for worlds read from files; started by `segments.py`.

Reads paths of Parquet files from standard input, one per line, and says a line once the patterns are in
`*.divexplorer.json` beside it. A file holds the dimensions of the labels after and `loss`, what each is worth less
than expected. Patterns of up to three conditions whose loss is above the mean by more than Bonferroni's line,
ranked by t or by divergence, with DivExplorer's redundancy pruning at several thresholds.
"""

import json
import resource
import statistics
import sys
import time
from pathlib import Path

import pandas as pd
import polars as pl
from divexplorer import DivergenceExplorer, DivergencePatternProcessor

MIN_SUPPORT = 0.01
PRUNED = (None, 0.01, 0.03, 0.06)
MOST = 20


def main() -> None:
    for line in sys.stdin:
        path = Path(line.strip())
        rows = pl.read_parquet(path).to_pandas()
        started = time.process_time()
        found = settings(rows)
        answer = {
            "cpu_s": time.process_time() - started,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "found": found,
        }
        path.with_suffix(".divexplorer.json").write_text(json.dumps(answer))
        print("done", flush=True)


def settings(rows: pd.DataFrame) -> dict[str, list[dict[str, str]]]:
    """Return the patterns under every setting, the first one first."""
    patterns = DivergenceExplorer(rows.drop(columns="bad")).get_pattern_divergence(
        min_support=MIN_SUPPORT, quantitative_outcomes=["loss"]
    )
    found = {}
    for pruned in PRUNED:
        kept = patterns if pruned is None else DivergencePatternProcessor(patterns, "loss").redundancy_pruning(pruned)
        kept = kept[(kept["length"] >= 1) & (kept["length"] <= 3) & (kept["loss_div"] > 0)]
        line = statistics.NormalDist().inv_cdf(1 - 0.05 / max(len(patterns), 1))
        kept = kept[kept["loss_t"] > line]
        for ranked_by in ("loss_t", "loss_div"):
            best = kept.sort_values(ranked_by, ascending=False).head(MOST)
            found[f"pruned {pruned}, by {ranked_by}"] = [
                dict(item.split("=", 1) for item in itemset) for itemset in best["itemset"]
            ]
    return found


if __name__ == "__main__":
    main()
