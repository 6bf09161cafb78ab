"""Since when a segment has been worse, and after which release."""

from datetime import UTC, datetime, timedelta

import polars as pl

from feedback.segments.onsets import add_onsets

START = datetime(2026, 3, 2, tzinfo=UTC)


def labels(*, falls_at: int | None, release_at: int = 10**6) -> pl.DataFrame:
    """Return 400 labels, one an hour, of two languages; those in German fall with hour `falls_at`."""
    hours = range(400)
    is_bad = [falls_at is not None and hour >= falls_at and hour % 2 == 0 for hour in hours]
    return pl.DataFrame(
        {
            "interaction_id": [f"i{hour}" for hour in hours],
            "session_id": [f"s{hour}" for hour in hours],
            "user_id": [f"u{hour}" for hour in hours],
            "shown_at": [START + timedelta(hours=hour) for hour in hours],
            "score": [0.1 if bad else (0.8 if hour % 3 else 0.7) for hour, bad in zip(hours, is_bad, strict=True)],
            "language": ["en" if hour % 2 else "de" for hour in hours],
            "model": ["m2" if hour >= release_at else "m1" for hour in hours],
        }
    ).with_columns(pl.col("shown_at").cast(pl.Datetime("us", "UTC")))


def german() -> pl.DataFrame:
    condition = {"dimension": "language", "value": "de", "low": None, "high": None, "not_in": None}
    return pl.DataFrame({"segment": ["language = de"], "definition": [[condition]]})


def test_the_onset_and_its_release_are_found():
    row = add_onsets(german(), labels(falls_at=200, release_at=200), value="score").row(0, named=True)
    assert row["onset_at"] == START + timedelta(hours=200)
    assert row["onset_low"] <= row["onset_at"] <= row["onset_high"]
    assert row["follows_release"] == "model = m2"


def test_a_release_outside_the_interval_is_not_named():
    row = add_onsets(german(), labels(falls_at=200, release_at=300), value="score").row(0, named=True)
    assert row["onset_at"] == START + timedelta(hours=200)
    assert row["follows_release"] is None


def test_where_nothing_fell_there_is_no_onset():
    row = add_onsets(german(), labels(falls_at=None), value="score").row(0, named=True)
    assert row["onset_at"] is None


def test_nothing_found_keeps_its_columns():
    found = add_onsets(german().clear(), labels(falls_at=None), value="score")
    assert found.columns == ["segment", "definition", "onset_at", "onset_low", "onset_high", "follows_release"]
