"""LangSmith's own run trees and feedback, written as its client's models write themselves: no server is asked.

`produce.py OUT` writes runs.jsonl and feedback.jsonl, one object a line.
"""

import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from langsmith.run_trees import RunTree
from langsmith.schemas import Feedback, Run

OUT = Path(sys.argv[1])
BEGIN = datetime.now(UTC) - timedelta(minutes=5)
PROJECT = uuid.uuid4()
TURNS = (
    ("s1", "u1", "How do I log in?", "Press the blue button."),
    ("s1", "u1", "No, that is wrong", "Then ask your administrator."),
    ("s2", "u2", "Summarise", "Three fixes."),
)


def make_runs(at: int, session: str, user: str, asked: str, answered: str) -> list[Run]:
    """Return the root and the model call of one turn."""
    start = BEGIN + timedelta(seconds=60 * at)
    named = {"metadata": {"thread_id": session, "user_id": user, "prompt_version": "v3"}}
    root = RunTree(name="help", run_type="chain", inputs={"question": asked}, extra=named, start_time=start,
                   tracing_enabled=False)  # fmt: skip
    called = {"metadata": {"ls_model_name": "model-1"}}
    call = root.create_child(name="ChatModel", run_type="llm", extra=called, start_time=start + timedelta(seconds=0.1),
                             inputs={"messages": [[{"role": "user", "content": asked}]]})  # fmt: skip
    said = {"generations": [[{"text": answered, "message": {"role": "assistant", "content": answered}}]]}
    call.end(outputs=said, end_time=start + timedelta(seconds=0.9))
    root.end(outputs={"answer": answered}, end_time=start + timedelta(seconds=1))
    usage = {"prompt_tokens": 25, "completion_tokens": 12, "total_tokens": 37}
    return [as_run(root), as_run(call, **usage)]


def as_run(tree: RunTree, **more) -> Run:
    """Return the run as the client lists it."""
    kept = ("id", "name", "start_time", "end_time", "run_type", "inputs", "outputs", "extra", "parent_run_id",
            "trace_id", "dotted_order", "tags")  # fmt: skip
    written = tree.model_dump(exclude={"client", "child_runs", "parent_run"})
    return Run(
        **{name: written[name] for name in kept if name in written}, session_id=PROJECT, status="success", **more
    )


def make_feedback(run: Run, key: str, after_s: int, source: str, **said) -> Feedback:
    """Return feedback on a run."""
    at = run.start_time + timedelta(seconds=after_s)
    return Feedback(id=uuid.uuid4(), created_at=at, modified_at=at, run_id=run.id, trace_id=None, key=key,
                    session_id=PROJECT, feedback_source={"type": source}, **said)  # fmt: skip


turns = [make_runs(at, *turn) for at, turn in enumerate(TURNS)]
feedback = [
    make_feedback(turns[0][0], "user_score", 20, "api", score=0, comment="It did not help"),
    make_feedback(turns[1][1], "thumbs", 20, "api", score=1),
    make_feedback(turns[2][0], "correction", 20, "app", correction={"answer": "Three fixes and a chart."}),
    make_feedback(turns[2][0], "faithfulness", 20, "model", score=0.9),
]
for name, models in (("runs", [run for turn in turns for run in turn]), ("feedback", feedback)):
    lines = [model.model_dump_json(exclude_none=True) for model in models]
    (OUT / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
