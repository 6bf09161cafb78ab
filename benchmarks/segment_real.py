"""Is a segment found on a real log when its traffic is swapped for harder traffic under the same name?

    uv run python -m benchmarks.segment_real [--real DIR] [--draws 20] [--write]

Translations of `real/mlqe_pe`, labelled by behaviour as the command line does. In each draw the documents are parted
at random into earlier and later ones, and a share of the later traffic of one language pair is replaced by that of
a harder pair (by its own labels, and by people's verdicts). With `--write` the table goes into docs/segments.md.
"""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.rate_tables import write_between_marks
from benchmarks.real_agreement import REAL, label_log
from feedback.segments.find import find_degraded

PAGE = Path(__file__).parent.parent / "docs" / "segments.md"
MARKS = ("<!-- real -->", "<!-- /real -->")
LOG = "mlqe_pe"
DIMENSIONS = ["language", "model", "client", "release"]
EASY = "en-de"
DRAWS = 20
SWAPS = ((0.5, "ro-en"), (0.5, "et-en"), (0.1, "ro-en"), (0.1, "et-en"), (0.0, "ro-en"))


def read_labels(real: Path) -> pl.DataFrame:
    """Return the labels of the log, and two dimensions by document that mean nothing."""
    found, _ = label_log(LOG, real)
    sessions = found.select(pl.col("session_id").unique().sort())
    rng = np.random.default_rng(0)
    made_up = {name: rng.choice(["a", "b", "c"], sessions.height) for name in ("client", "release")}
    return found.join(sessions.with_columns(**made_up), on="session_id")


def degraded(labels: pl.DataFrame, seed: int, *, share: float, hard: str = "ro-en") -> tuple[str, ...]:
    """Return the segments found when so much of the later traffic of the easy pair is swapped."""
    rng = np.random.default_rng(seed)
    sessions = labels["session_id"].unique().sort()
    is_later = pl.col("session_id").is_in(sessions.filter(pl.Series(rng.random(len(sessions)) < 0.5)).implode())
    before, after = labels.filter(~is_later), labels.filter(is_later)
    found = find_degraded(before, _swap(after, share, hard, seed), DIMENSIONS, value="score")
    return tuple(found["segment"])


def _swap(after: pl.DataFrame, share: float, hard: str, seed: int) -> pl.DataFrame:
    """Return the labels with a share of the easy pair replaced by labels of the harder one under its name."""
    easy, harder = after.filter(language=EASY), after.filter(language=hard)
    n = round(share * easy.height)
    moved = harder.sample(min(n, harder.height), seed=seed)
    renamed = moved.with_columns(language=pl.lit(EASY), model=pl.lit(easy["model"][0]))
    kept = easy.sample(easy.height - moved.height, seed=seed)
    others = after.filter(pl.col("language") != EASY).join(moved, on="interaction_id", how="anti")
    return pl.concat([others, kept, renamed])


def table(labels: pl.DataFrame, n_draws: int) -> str:
    """Return how often each swap was found as what it is."""
    lines = [
        f"| of {EASY}, afterwards | exactly `language = {EASY}` | with or as something else | nothing | draws |",
        "| --- | --- | --- | --- | --- |",
    ]
    for share, hard in SWAPS:
        found = Counter(degraded(labels, seed, share=share, hard=hard) for seed in range(n_draws))
        right, none = found[(f"language = {EASY}",)], found[()]
        what = f"{share:.0%} is {hard}" if share else "nothing is swapped"
        lines.append(f"| {what} | {right} | {n_draws - right - none} | {none} | {n_draws} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, default=REAL)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--write", action="store_true", help="write the table into docs/segments.md")
    options = parser.parse_args()
    text = table(read_labels(options.real), options.draws)
    print(text)
    if options.write:
        write_between_marks(PAGE, MARKS, text)


if __name__ == "__main__":
    main()
