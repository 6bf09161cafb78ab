"""Langfuse's own types, filled with a help desk and written as its API answers them: there is no server to ask here.

`produce.py OUT` writes observations (API v2), scores (v2 and v3) and a score configuration, one page a file.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from langfuse.api.commons import types as commons
from langfuse.api.scores import types as scores

OUT = Path(sys.argv[1])
BEGIN = datetime.now(UTC) - timedelta(minutes=5)
TURNS = (
    ("s1", "u1", "How do I log in?", "Press the blue button."),
    ("s1", "u1", "No, that is wrong", "Then ask your administrator."),
    ("s2", "u2", "Summarise", "Three fixes."),
)


def observations() -> list[commons.ObservationV2]:
    """Return a root and a generation per turn."""
    found = []
    for at, (session, user, asked, answered) in enumerate(TURNS):
        start = BEGIN + timedelta(seconds=60 * at)
        shared = {
            "trace_id": f"t{at}",
            "project_id": "p1",
            "session_id": session,
            "user_id": user,
            "environment": "production",
        }
        found += [
            commons.ObservationV2(
                id=f"o{at}", type="SPAN", name="help", start_time=start, end_time=start + timedelta(seconds=2),
                input=asked, output=answered, is_root_observation=True, **shared,
            ),
            commons.ObservationV2(
                id=f"g{at}", type="GENERATION", name="completion", parent_observation_id=f"o{at}", model="model-1",
                start_time=start, end_time=start + timedelta(seconds=1), total_cost=0.001, prompt_name="help",
                prompt_version=3, usage_details={"input": 25, "output": 12, "total": 37}, **shared,
            ),
        ]  # fmt: skip
    return found


def score(name: str, kind: type, trace: int, source: str, **more) -> object:
    """Return a score of the second API."""
    at = BEGIN + timedelta(seconds=60 * trace + 20)
    return kind(id=f"{name}-{trace}", name=name, trace_id=f"t{trace}", source=source, timestamp=at, created_at=at,
                updated_at=at, environment="production", **more)  # fmt: skip


def write(name: str, models: list) -> None:
    """Write one page of an answer."""
    page = {"data": [json.loads(model.json()) for model in models], "meta": {"page": 1, "totalItems": len(models)}}
    (OUT / name).write_text(json.dumps(page))


write("observations.json", observations())
write("scores.json", [
    score("user-feedback", commons.Score_Boolean, 0, "API", value=0, string_value="False", comment="It did not help"),
    score("stars", commons.Score_Numeric, 1, "ANNOTATION", value=4, config_id="c1"),
    score("output", commons.Score_Correction, 2, "ANNOTATION", value=0, string_value="Three fixes and a chart."),
    score("faithfulness", commons.Score_Numeric, 2, "EVAL", value=0.9),
    score("bleu", commons.Score_Numeric, 2, "API", value=0.9),
])  # fmt: skip
third = BEGIN + timedelta(seconds=150)
write("scores_v3.json", [
    scores.ScoreV3_Boolean(
        id="v3-1", project_id="p1", name="thumbs", source="API", timestamp=third, environment="production",
        created_at=third, updated_at=third, value=True,
        subject=scores.ScoreSubjectV3_Observation(id="g2", trace_id="t2"),
    ),
])  # fmt: skip
write("score_configs.json", [
    commons.ScoreConfig(id="c1", name="stars", created_at=BEGIN, updated_at=BEGIN, project_id="p1", data_type="NUMERIC",
                        is_archived=False, min_value=1, max_value=5),
])  # fmt: skip
