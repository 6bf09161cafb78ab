"""Alarms and labels as literal rows."""

from datetime import UTC, datetime, timedelta

import polars as pl

from feedback.schemas import TABLES

START = datetime(2026, 1, 5, tzinfo=UTC)


def at(hours: float) -> datetime:
    """Return a time so many hours after the start."""
    return START + timedelta(hours=hours)


def alarm(name: str, segment: str = "all", *, onset: float = 100, detected: float = 110, **said) -> dict:
    """Return a row of table `alarms`: a drop of the score from 0.8 to 0.6, its onset known to two hours."""
    usual = {
        "alarm_id": name, "label_version": 1, "segment": segment, "metric": "score", "direction": "drop",
        "detector": "drop", "detected_at": at(detected), "onset_at": at(onset), "onset_low": at(onset - 1),
        "onset_high": at(onset + 1), "n_before": 500, "n_after": 100, "rate_before": 0.8, "rate_after": 0.6,
        "change_kind": "quality", "budget": "at most 1 false alarm per 7d over everything watched",
        "is_replayed": False,
    }  # fmt: skip
    return {**usual, **said}


def alarm_table(*rows: dict) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=TABLES["alarms"].columns)


def label_rows(n: int = 400) -> pl.DataFrame:
    """Return one label every hour: half of them chat, of these half refunds; every fourth label is German."""
    hour = pl.int_range(n, eager=True)
    shown = pl.Series([at(hours) for hours in range(n)], dtype=pl.Datetime("us", "UTC"))
    return pl.DataFrame(
        {
            "interaction_id": "i" + hour.cast(pl.String).str.zfill(5),
            "feature": pl.Series(["chat", "search"])[hour % 2],
            "intent": pl.Series(["refund", "find", "order", "find"])[hour % 4],
            "language": pl.Series(["en", "en", "en", "en", "de", "de", "de", "de"])[hour % 8],
            "tenant": pl.Series(["a" if n < 4 else "b" for n in range(10)])[hour % 10],
            "plan": pl.Series(["p" if n in (0, 1, 2, 6) else "q" for n in range(10)])[hour % 10],
            "shown_at": shown,
            "final_at": shown,
        }
    )
