# /// script
# requires-python = "==3.11.*"
# dependencies = ["ppi-python==0.2.3"]
# ///
"""PPI++ intervals of `ppi-python` for replicates read from files; started by `rates.py`.

Reads paths of .npz files from standard input, one per line, and says a line once the intervals are in
`*.out.npy` beside it. A file holds, per replicate, verdicts `y`, predictions `p` and weights `w` of the
reviewed one after the other, with `sizes`, and the predictions `everyone` of all labels.
"""

import sys
from pathlib import Path

import numpy as np
from ppi_py import ppi_mean_ci


def main() -> None:
    for line in sys.stdin:
        path = Path(line.strip())
        np.save(path.with_suffix(".out.npy"), intervals(np.load(path)))
        print("done", flush=True)


def intervals(given: np.lib.npyio.NpzFile) -> np.ndarray:
    """Return low and high of each replicate."""
    ends = np.cumsum(given["sizes"])[:-1]
    reviewed = [np.split(given[name], ends) for name in ("y", "p", "w")]
    found = [
        ppi_mean_ci(y, p, everyone, alpha=0.05, w=w)
        for y, p, w, everyone in zip(*reviewed, given["everyone"], strict=True)
    ]
    return np.array([[float(np.ravel(low)[0]), float(np.ravel(high)[0])] for low, high in found])


if __name__ == "__main__":
    main()
