"""The tables of `rates.py` as Markdown."""

import argparse
from pathlib import Path

import polars as pl

METHODS = ("wilson", "weighted", "ppi_python", "ours")
NAMES = {"wilson": "Wilson", "weighted": "weighted", "ppi_python": "ppi-python", "ours": "ours"}
LOWEST, HIGHEST = 0.935, 0.97
WIDTH_TARGETS = {"uniform": "", "half uniform": "<= 0.87", "tenth uniform": "<= 0.86", "mined": ""}


def page(found: pl.DataFrame, options: argparse.Namespace) -> str:
    """Return all tables."""
    plain = found.filter(kind="plain")
    target = plain.filter(pl.col("auc") == 0.8, n=300)
    parts = [
        f"{options.replicates:,} replicates per cell, seed {options.seed}; {len(found)} cells. A coverage has a "
        f"Monte-Carlo error of {_mean(found, 'coverage_error_ours'):.2%}, a width ratio of "
        f"{_mean(found, 'width_error_ours'):.4f}.",
        "**Coverage of 95 % intervals**, lowest and highest cell, and the cells outside 93.5-97 %:",
        _table(["reviews drawn", *NAMES.values(), "ours outside"], _coverage_rows(plain)),
        "**Width** at AUC 0.8 and 300 reviews, over that of Wilson from 300 even reviews: mean over the base rates "
        "0.6, 0.8 and 0.93 and labels off by -1, 0 and 1 logit; of those that are right; and the widest cell:",
        _table(["reviews drawn", "target", "ppi-python", "ours", "ours, labels right", "widest"], _width_rows(target)),
        "**Width by how good the labels are** (ours, off by a logit, mean over base rates and 100 and 300 reviews):",
        _table(["AUC", "uniform", "half uniform", "tenth uniform"], _auc_rows(plain.filter(off=1.0))),
        "**Segments** of 25 reviews or more (12 per replicate, their rates 2.4 logits apart), **heavy users** (300 "
        "people, intra-class correlation 0.2) and a **sine wave** (quality goes up and down with `p_good`):",
        _table(
            ["world", "base", "reviews", "reviews drawn", "Wilson", "weighted", "ours", "width"], _special_rows(found)
        ),
        "<details><summary>Every cell: coverage / width</summary>",
        _table(["base", "AUC", "reviews", "off", "reviews drawn", *NAMES.values()], _cell_rows(plain)),
        "</details>",
    ]
    return "\n\n".join(parts)


def _coverage_rows(plain: pl.DataFrame) -> list[list[str]]:
    rows = []
    for (design,), some in plain.group_by(["design"], maintain_order=True):
        ranges = [_range(some[f"coverage_{name}"]) for name in METHODS]
        n_outside = some.filter(~pl.col("coverage_ours").is_between(LOWEST, HIGHEST)).height
        rows.append([str(design), *ranges, f"{n_outside} of {len(some)}"])
    return rows


def _width_rows(target: pl.DataFrame) -> list[list[str]]:
    return [
        [
            str(design),
            WIDTH_TARGETS[str(design)],
            _number(_mean(some, "width_ppi_python")),
            f"**{_number(_mean(some, 'width_ours'))}**",
            _number(_mean(some.filter(off=0.0), "width_ours")),
            _number(_max(some, "width_ours")),
        ]
        for (design,), some in target.group_by(["design"], maintain_order=True)
    ]


def _auc_rows(plain: pl.DataFrame) -> list[list[str]]:
    even = plain.filter(pl.col("n") < 1000)
    return [
        [str(auc)]
        + [_number(_mean(even.filter(auc=auc, design=design), "width_ours")) for design in list(WIDTH_TARGETS)[:3]]
        for auc in (0.7, 0.8, 0.9)
    ]


def _special_rows(found: pl.DataFrame) -> list[list[str]]:
    special = found.filter(pl.col("kind") != "plain").sort("kind", "base", "n", maintain_order=True)
    return [
        [
            row["kind"],
            str(row["base"]),
            str(round(row["n_per_interval"])),
            row["design"],
            *(_share(row[f"coverage_{name}"]) for name in ("wilson", "weighted", "ours")),
            _number(row["width_ours"]),
        ]
        for row in special.iter_rows(named=True)
    ]


def _cell_rows(plain: pl.DataFrame) -> list[list[str]]:
    return [
        [
            *(str(row[name]) for name in ("base", "auc", "n", "off", "design")),
            *(f"{_share(row[f'coverage_{name}'])} / {_number(row[f'width_{name}'])}" for name in METHODS),
        ]
        for row in plain.iter_rows(named=True)
    ]


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _range(values: pl.Series) -> str:
    known = values.drop_nulls().to_list()
    return f"{min(known):.1%}-{max(known):.1%}".replace("%-", "-") if known else "-"


def _mean(frame: pl.DataFrame, column: str) -> float | None:
    values = frame[column].drop_nulls().to_list()
    return sum(values) / len(values) if values else None


def _max(frame: pl.DataFrame, column: str) -> float | None:
    return max(frame[column].drop_nulls().to_list(), default=None)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def write_between_marks(page: Path, marks: tuple[str, str], text: str) -> None:
    """Put the text between two marks of a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(marks[0])
    _, _, after = rest.partition(marks[1])
    page.write_text(f"{before}{marks[0]}\n\n{text}\n\n{marks[1]}{after}", encoding="utf-8")
