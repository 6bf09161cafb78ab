"""Labels with texts of three topics, one of which goes wrong."""

import numpy as np
import polars as pl

TOPICS = ("refund for my lamp", "track a parcel", "reset the password")
WORDS = [f"{first}{last}" for first in "bdfgklmnpr" for last in ("ado", "eka", "iru", "osi", "ume", "aly")]


def label_rows(n: int = 300, **columns) -> pl.DataFrame:
    """Return labels; answers about refunds have scores under 0.3, others over 0.4. Every tenth has none."""
    rng = np.random.default_rng(0)
    topic = np.arange(n) % 3
    score = np.where(topic == 0, rng.uniform(0.0, 0.3, n), rng.uniform(0.4, 1.0, n))
    asked = [f"{TOPICS[one]} {' '.join(rng.choice(WORDS, 6))}" for one in topic]
    return pl.DataFrame(
        {
            "interaction_id": [f"i{row:05d}" for row in range(n)],
            "session_id": [f"s{row // 2:05d}" for row in range(n)],
            "score": pl.Series(np.where(np.arange(n) % 10 == 9, np.nan, score)).fill_nan(None),
            "request_text": asked,
            "response_text": [f"About that: {one}" for one in rng.choice(WORDS, n)],
            "language": ["de" if row % 2 else "en" for row in range(n)],
        }
    ).with_columns(**columns)
