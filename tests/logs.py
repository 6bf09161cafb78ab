"""Small adversarial logs: tied times, repeated ids, gaps, words much alike. Drawn by Hypothesis, or at random."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
from event_rows import START
from hypothesis import strategies as st

from feedback.pipeline import current_labels, ingest_logs, run_labels
from feedback.schemas import empty_table
from feedback.schemas.behaviour import KINDS
from feedback.store import Store

SESSION_GAP = timedelta(hours=12)
WINDOWS = {"default": timedelta(minutes=30), "code": timedelta(minutes=5), "mail": timedelta(hours=13)}
SCHEMA = {**empty_table("events").schema, "feature": pl.String, "model": pl.String, "cost_usd": pl.Float64}
_SESSIONS = ("s1", "s1", "s1", "s2", "s3")
_STEPS_S = (0, 0, 0.3, 0.7, 1, 5, 5, 5, 40, 40, 40, 200, 299, 300, 900, 1_700, 1_800, 1_801, 43_200, 43_201)
_ASKED = (
    "How long is the warranty?", "how long is the warranty", "And how long is the warranty, please?",
    "Which warranty?", "Where is my parcel?", "Thanks, perfect!", "That is wrong.", None,
)  # fmt: skip
_LIKELY = (
    "request", "response", "request", "response", "response", "rephrase", "response", "retry", "accept", "undo", "edit",
    "accept", "undo", "copy", "escalate",
)  # fmt: skip
_VALUES = {
    "view": (None, 0.0, 400.0, 5_000.0), "edit": (None, None, 0.0, 0.6, 1.0), "undo": (None, None, 0.3),
    "rating": (0.0, 0.5, 1.0),
}  # fmt: skip
Pick = Callable[[Sequence[Any]], Any]


def _event(pick: Pick, number: int, *, session: str, after_s: float) -> dict:
    kind = pick((*_LIKELY, *KINDS))
    ids = [f"{session}-i{n}" for n in range(4)]
    own = [f"{session}-own{number}"] * len(ids) if kind == "response" else [None] * 2 * len(ids)
    return {
        "event_id": f"{pick(range(10))}-{number}",
        "occurred_at": START + timedelta(seconds=after_s),
        "kind": kind,
        "session_id": session,
        "user_id": pick((None, "u")),
        "interaction_id": pick((*own, *ids)),
        "text": pick(_ASKED),
        "value": pick(_VALUES.get(kind, (None,))),
        "feature": pick((None, None, None, "code", "mail")),
        "model": pick((None, "m1")),
        "cost_usd": pick((None, 0.5)),
    }


@st.composite
def logs(draw: st.DrawFn, *, at_least: int = 1, at_most: int = 30) -> pl.DataFrame:
    """Return table `events` with up to three sessions that overlap in time, two dimensions and a measure."""

    def pick(options: Sequence[Any]) -> Any:
        return draw(st.sampled_from(options))

    rows, after_s = [], 0.0
    for number in range(draw(st.integers(at_least, at_most))):
        after_s += pick(_STEPS_S)
        rows.append(_event(pick, number, session=pick(_SESSIONS), after_s=after_s))
    return pl.DataFrame(rows, schema=SCHEMA)


def random_log(seed: int, *, sessions: int) -> pl.DataFrame:
    """Return table `events` with many sessions of up to 30 events, every second one without long silences."""
    rng = Random(seed)
    rows = []
    for n in range(sessions):
        steps, after_s = _STEPS_S if n % 2 else _STEPS_S[:-2], 0.0
        for number in range(rng.randint(3, 30)):
            after_s += rng.choice(steps)
            rows.append(_event(rng.choice, number, session=f"s{n}", after_s=after_s))
    return pl.DataFrame(rows, schema=SCHEMA)


def label_whole_and_split(
    folder: Path, log: pl.DataFrame, cut: int, random: Random
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the final labels of a log ingested whole, and of the same log shuffled, split, and partly sent twice."""
    order = list(range(log.height))
    random.shuffle(order)
    shuffled = log[order]
    batches = {"whole": [log], "split": [shuffled.head(cut), shuffled.slice(cut), shuffled.head(cut)]}
    return _label(folder, "whole", batches["whole"]), _label(folder, "split", batches["split"])


def label_as_it_arrives(
    folder: Path, log: pl.DataFrame, delays_s: Sequence[int], cuts: Sequence[int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the final labels of a log ingested whole, and of the same log as it came in, some of it later than other.

    Every event comes its delay after it happened, at most the allowed lateness; there is a run after each cut.
    """
    late = log.with_columns(
        arrives=pl.col("occurred_at") + pl.duration(seconds=pl.Series(delays_s, dtype=pl.Int64), time_unit="us")
    )
    arrived = late.sort("arrives", "event_id").drop("arrives")
    ends = [*sorted(cuts), log.height]
    parts = [arrived.slice(start, end - start) for start, end in zip([0, *ends], ends, strict=False)]
    return _label(folder, "whole", [log], watermark=None), _label(folder, "arriving", parts, watermark=None)


def _label(
    folder: Path, name: str, batches: list[pl.DataFrame], watermark: datetime | None = START - timedelta(days=1)
) -> pl.DataFrame:
    store, later = Store(folder / name), lambda: datetime(2027, 1, 1, tzinfo=UTC)
    for n, batch in enumerate(batches):
        batch.write_parquet(folder / f"{name}{n}.parquet")
        ingest_logs(store, [folder / f"{name}{n}.parquet"], clock=later)
        run_labels(store, clock=later, watermark=watermark)
    run_labels(store, clock=later, watermark="end")
    return current_labels(store).collect().sort("interaction_id")
