"""How behaviour labels agree with people's verdicts on real logs.

    uv run benchmarks/real_agreement.py [--real DIR] [--draws 1000] [--seed 0] [--write]

Ingests every log of `../shared/real` into a store of its own, runs the pipeline on it as the command line
does, and compares `score` with the verdicts that came with the log. Nothing is fitted to a verdict. With
`--write` the table goes into docs/real-data.md.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from rapidfuzz.distance import Levenshtein

from feedback.pipeline import current_labels, ingest_logs, run_labels
from feedback.store import Store

ROOT = Path(__file__).parent.parent
REAL = ROOT.parent / "shared" / "real"
PAGE = ROOT / "docs" / "real-data.md"
MARKS = ("<!-- agreement -->", "<!-- /agreement -->")
UNJUDGED = ("cups", "coauthor_creative", "realhumaneval_chat")


@dataclass(frozen=True)
class Comparison:
    """One set of labels beside one set of verdicts.

    `rows` holds `score`, `is_good` and `cluster`, and `naive` where the naive rule is worked out here;
    `stated` is the AUC of that rule as the README of the logs gives it.
    """

    name: str
    verdict: str
    rows: pl.DataFrame
    baseline: str
    stated: float


def label_log(name: str, real: Path, *, without: tuple[str, ...] = ()) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the labels and the interactions of a real log, through a store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        log = real / name / "events.parquet"
        if without:
            kept = Path(folder) / "events.parquet"
            pl.scan_parquet(log).filter(~pl.col("kind").is_in(list(without))).sink_parquet(kept)
            log = kept
        store = Store(Path(folder) / "store")
        ingest_logs(store, [log], clock=now)
        run_labels(store, clock=now, watermark="end")
        return current_labels(store).collect(), store.table("interactions").collect()


def now() -> datetime:
    return datetime.now(UTC)


def compare_all(real: Path) -> Iterator[Comparison]:
    """Yield every comparison the logs allow."""
    yield from compare_summaries(real)
    yield from compare_translations(real)
    yield from compare_dialogues(real)
    yield from compare_crosswords(real)
    yield from compare_calls(real)


def compare_summaries(real: Path) -> Iterator[Comparison]:
    labels, interactions = label_log("halie_summarization", real)
    for reviewer, threshold, stated in (("third_party", 2 / 3, 0.645), ("first_party", 1.0, 0.851)):
        judged = verdicts(real, "halie_summarization", "response").filter(reviewer=reviewer)
        rows = beside(labels, interactions, judged, threshold)
        yield Comparison(f"halie_summarization, {reviewer}", f">= {threshold:.2f}", rows, "minus edit share", stated)


def compare_translations(real: Path) -> Iterator[Comparison]:
    labels, interactions = label_log("mlqe_pe", real)
    rows = beside(labels, interactions, verdicts(real, "mlqe_pe", "response"), 0.7)
    stated = {"en-de": 0.677, "et-en": 0.766, "ro-en": 0.754}
    yield Comparison("mlqe_pe, pooled", ">= 0.7", rows, "minus token edit share", 0.767)
    for pair, auc in stated.items():
        yield Comparison(f"mlqe_pe, {pair}", ">= 0.7", rows.filter(language=pair), "minus token edit share", auc)


def compare_dialogues(real: Path) -> Iterator[Comparison]:
    labels, interactions = label_log("dbdc3_en_dev", real)
    rows = beside(labels, interactions, verdicts(real, "dbdc3_en_dev", "response"), 0.5).drop("naive")
    yield Comparison("dbdc3_en_dev, turns", ">= 0.5", rows, "complaint words in the next turn", 0.535)


def compare_crosswords(real: Path) -> Iterator[Comparison]:
    labels, _ = label_log("halie_crossword", real)
    judged = verdicts(real, "halie_crossword", "session")
    rows = sessions(labels).join(judged.select("session_id", is_good=pl.col("score") >= 0.5), on="session_id")
    yield Comparison("halie_crossword, sessions", ">= 0.5", rows, "re-query share", 0.528)


def compare_calls(real: Path) -> Iterator[Comparison]:
    labels, _ = label_log("betold_valid", real, without=("escalate",))
    outcomes = pl.read_parquet(real / "betold_valid" / "outcomes.parquet")
    escalated = pl.read_parquet(real / "betold_valid" / "events.parquet").filter(kind="escalate")["session_id"].unique()
    judged = outcomes.select("session_id", is_good=~pl.col("session_id").is_in(escalated.implode()))
    yield Comparison(
        "betold_valid, calls (escalations hidden)", "call not lost", sessions(labels).join(judged, on="session_id"),
        "agent repeats", 0.618,
    )  # fmt: skip


def verdicts(real: Path, name: str, level: str) -> pl.DataFrame:
    return pl.read_parquet(real / name / "reviews.parquet").filter(level=level)


def beside(labels: pl.DataFrame, interactions: pl.DataFrame, judged: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """Return one row per judged response: score, verdict, cluster, dimensions, and the naive rule's score."""
    rows = (
        judged.select("interaction_id", is_good=pl.col("score") >= threshold)
        .join(labels, on="interaction_id")
        .join(interactions.select("interaction_id", "response_text", "final_text", "kept_share"), on="interaction_id")
        .with_columns(cluster="session_id")
    )
    kept = [
        1.0 if was_kept else Levenshtein.normalized_similarity(response.split(), final.split())
        for response, final, was_kept in rows.select(
            pl.col("response_text", "final_text").fill_null(""), pl.col("kept_share").is_null()
        ).iter_rows()
    ]
    return rows.with_columns(naive=pl.Series(kept))


def sessions(labels: pl.DataFrame) -> pl.DataFrame:
    """Return one row per session: the mean score of its voted responses."""
    return labels.group_by("session_id").agg(pl.col("score").mean()).with_columns(cluster="session_id")


def weighted_auc(score: np.ndarray, good: np.ndarray, weight: np.ndarray) -> float:
    """Return the probability that a good one outranks a bad one, ties counting half."""
    _, place = np.unique(score, return_inverse=True)
    for_good = np.bincount(place, weight * good)
    for_bad = np.bincount(place, weight * ~good)
    below = np.cumsum(for_bad) - for_bad
    pairs = for_good.sum() * for_bad.sum()
    return float((for_good * (below + for_bad / 2)).sum() / pairs) if pairs else float("nan")


def bootstrap(rows: pl.DataFrame, *, draws: int, seed: int) -> dict[str, tuple[float, float, float]]:
    """Return the AUC of `score`, of `naive` and of their difference, each with its 95 % interval.

    Whole clusters are drawn, the same ones for both. A missing score ranks as 0.5.
    """
    good = rows["is_good"].to_numpy()
    rankings = {name: rows[name].fill_null(0.5).to_numpy() for name in ("score", "naive") if name in rows.columns}
    _, cluster = np.unique(rows["cluster"].to_numpy(), return_inverse=True)
    rng = np.random.default_rng(seed)
    n = cluster.max() + 1
    weights = [np.ones(len(good))]
    weights += [np.bincount(rng.integers(0, n, n), minlength=n)[cluster].astype(float) for _ in range(draws)]
    aucs = {
        name: np.array([weighted_auc(ranking, good, weight) for weight in weights])
        for name, ranking in rankings.items()
    }
    if "naive" in aucs:
        aucs["difference"] = aucs["score"] - aucs["naive"]
    return {name: (value[0], *np.nanquantile(value[1:], [0.025, 0.975])) for name, value in aucs.items()}


def interval(estimate: tuple[float, float, float] | None, *, sign: str = "") -> str:
    return "none" if estimate is None else "{:{s}.3f} ({:{s}.3f} to {:{s}.3f})".format(*estimate, s=sign)


def summarise(comparison: Comparison, *, draws: int, seed: int) -> dict[str, object]:
    """Return one row of the table."""
    rows = comparison.rows
    voted = rows.filter(pl.col("score").is_not_null())
    aucs = bootstrap(rows, draws=draws, seed=seed)
    where_voted = weighted_auc(voted["score"].to_numpy(), voted["is_good"].to_numpy(), np.ones(voted.height))
    agree = voted.select(((pl.col("score") >= 0.5) == pl.col("is_good")).mean()).item()
    return {
        "set": comparison.name,
        "good means": comparison.verdict,
        "n": f"{rows.height:,}",
        "good": f"{rows['is_good'].mean():.3f}",
        "coverage": f"{voted.height / rows.height:.3f}",
        "AUC of score": interval(aucs["score"]),
        "AUC where it votes": "none" if voted.is_empty() else f"{where_voted:.3f}",
        "agreement where it votes": "none" if agree is None else f"{agree:.3f}",
        "naive rule": comparison.baseline,
        "its AUC, stated": f"{comparison.stated:.3f}",
        "score minus stated": f"{aucs['score'][0] - comparison.stated:+.3f}",
        "its AUC, worked out here": "none" if "naive" not in aucs else f"{aucs['naive'][0]:.3f}",
        "paired difference": interval(aucs.get("difference"), sign="+"),
    }


def describe_unjudged(real: Path) -> Iterator[dict[str, object]]:
    """Yield, for the logs nobody judged, what the labels say."""
    for name in UNJUDGED:
        labels, _ = label_log(name, real)
        voted = labels.filter(pl.col("score").is_not_null())
        outcomes = dict(labels["outcome"].value_counts(sort=True).iter_rows())
        yield {
            "set": name,
            "n": f"{labels.height:,}",
            "coverage": f"{voted.height / labels.height:.3f}",
            "mean score": f"{voted['score'].mean():.3f}",
            "conflict": f"{(voted['conflict'] > 0).mean():.3f}",
            "outcomes": ", ".join(f"{name} {n:,}" for name, n in outcomes.items()),
        }


def to_markdown(rows: list[dict[str, object]]) -> str:
    lines = [" | ".join(rows[0]), " | ".join("---" for _ in rows[0])]
    lines += [" | ".join(str(value) for value in row.values()) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--real", type=Path, default=REAL)
    arguments.add_argument("--draws", type=int, default=1000)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--write", action="store_true")
    given = arguments.parse_args()
    if not given.real.is_dir():
        arguments.error(f"no real logs in {given.real}")
    judged = [summarise(one, draws=given.draws, seed=given.seed) for one in compare_all(given.real)]
    text = f"{to_markdown(judged)}\n\nLogs nobody judged:\n\n{to_markdown(list(describe_unjudged(given.real)))}"
    print(text)
    if given.write:
        before, rest = PAGE.read_text().split(MARKS[0])
        PAGE.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.split(MARKS[1])[1]}")


if __name__ == "__main__":
    main()
