"""Real votes with real verdicts: crowd matrices and behaviour logs, as tasks.

Half of the sessions may be learned from, drawn anew for every seed. A crowd item is a session of its own. In the
logs `feature` is the language pair or the model, the nearest thing to an AI feature that they have.
"""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.label_tasks import CONTEXT, Task, half_of_sessions
from feedback.pipeline import ingest_logs, run_labels
from feedback.store import Store

ROOT = Path(__file__).parent.parent
REAL = ROOT.parent / "shared" / "real"
# `dog` has four classes and is left out.
CROWDS = ("rte", "sp_amt", "product", "zencrowd_in")
PLAIN = "-plain"
# In the last two behaviour says nothing; once more without `feature`, only the base rate is left to say.
LOGS = (
    "mlqe_pe",
    "halie_summarization",
    "dbdc3_en_dev",
    "halie_crossword",
    f"dbdc3_en_dev{PLAIN}",
    f"halie_crossword{PLAIN}",
)
_COLUMNS = 20
Votes = tuple[pl.DataFrame, np.ndarray]


def load_real(real: Path, name: str) -> Votes:
    """Return the votes of a real set (with `feature` and `session_id`) and which rows are good."""
    if name.endswith(PLAIN):
        votes, is_good = load_real(real, name.removesuffix(PLAIN))
        return votes.with_columns(feature=pl.lit(None, pl.String)), is_good
    return _LOADERS.get(name, _crowd)(real, name)


def task_of_real(name: str, loaded: Votes, *, seed: int) -> Task:
    votes, is_good = loaded
    group = votes["feature"].fill_null("all").to_numpy()
    return Task(name, votes, is_good, half_of_sessions(votes, seed), group)


def _crowd(real: Path, name: str) -> Votes:
    """Return items x the 20 busiest workers, and the share of good votes among all others as a graded vote."""
    labels = pl.read_parquet(real / "crowd" / name / "labels.parquet").with_columns(pl.col("label").cast(pl.Int8))
    gold = pl.read_parquet(real / "crowd" / name / "gold.parquet").select(
        interaction_id="item", is_good=pl.col("label") == "1"
    )
    busiest = labels["worker"].value_counts().sort(["count", "worker"], descending=[True, False])["worker"][:_COLUMNS]
    is_busy = pl.col("worker").is_in(busiest.implode())
    others = labels.filter(~is_busy).group_by("item").agg(others=pl.col("label").mean())
    wide = labels.filter(is_busy).pivot(on="worker", index="item", values="label", aggregate_function="last")
    named = wide.rename({worker: f"worker_{worker}" for worker in busiest})
    rows = (
        gold.join(named, left_on="interaction_id", right_on="item", how="left")
        .join(others, left_on="interaction_id", right_on="item", how="left")
        .with_columns(feature=pl.lit(None, pl.String), session_id="interaction_id")
        .sort("interaction_id")
    )
    return _ordered(rows)


def _translations(real: Path, name: str) -> Votes:
    return _responses(real, name, threshold=0.7, feature="language")


def _summaries(real: Path, name: str) -> Votes:
    return _responses(real, name, threshold=2 / 3, feature="model", reviewer="third_party")


def _dialogues(real: Path, name: str) -> Votes:
    return _responses(real, name, threshold=0.5, feature="model")


def _responses(real: Path, name: str, *, threshold: float, feature: str, reviewer: str | None = None) -> Votes:
    votes, context = label_log(name, real)
    judged = pl.read_parquet(real / name / "reviews.parquet").filter(level="response")
    if reviewer is not None:
        judged = judged.filter(reviewer=reviewer)
    rows = (
        judged.select("interaction_id", is_good=pl.col("score") >= threshold)
        .join(votes, on="interaction_id")
        .join(context.select("interaction_id", "session_id", feature=feature), on="interaction_id")
        .sort("interaction_id")
    )
    return _ordered(rows)


def _crosswords(real: Path, name: str) -> Votes:
    """Return sessions, because the verdicts are about sessions: each function's vote is its mean in the session."""
    votes, context = label_log(name, real)
    judged = pl.read_parquet(real / name / "reviews.parquet").filter(level="session")
    functions = [column for column in votes.columns if column != "interaction_id" and votes[column].count()]
    in_session = (
        votes.join(context.select("interaction_id", "session_id", "model"), on="interaction_id")
        .group_by("session_id")
        # The mean of the votes cast, and the share of responses with one: silence is information here too.
        .agg(
            pl.col("model").first().alias("feature"),
            pl.col(functions).mean(),
            *(pl.col(function).is_not_null().mean().alias(f"{function}_fired") for function in functions),
        )
    )
    rows = judged.select("session_id", is_good=pl.col("score") >= 0.5).join(in_session, on="session_id")
    return _ordered(rows.with_columns(interaction_id="session_id").sort("interaction_id"))


def label_log(name: str, real: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the votes and the interactions of a real log, through a store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store")
        ingest_logs(store, [real / name / "events.parquet"], clock=_now)
        run_labels(store, clock=_now, watermark="end")
        return store.table("votes").collect(), store.table("interactions").collect()


def _now() -> datetime:
    return datetime.now(UTC)


def _ordered(rows: pl.DataFrame) -> Votes:
    """Return context, then the functions that vote at all, and the verdicts."""
    functions = [name for name in rows.columns if name not in (*CONTEXT, "is_good") and rows[name].count()]
    return rows.select(*CONTEXT, *functions), rows["is_good"].to_numpy()


_LOADERS: dict[str, Callable[[Path, str], Votes]] = {
    "mlqe_pe": _translations,
    "halie_summarization": _summaries,
    "dbdc3_en_dev": _dialogues,
    "halie_crossword": _crosswords,
}
