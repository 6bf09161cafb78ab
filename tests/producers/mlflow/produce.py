"""A help desk traced by MLflow into SQLite, with feedback of people, of a judge, and expectations.

`produce.py OUT` writes the traces as trace files, as the frame of `search_traces` in JSON Lines, and its column
`trace` in Parquet, each into a folder of its own.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
import mlflow
from mlflow.entities import AssessmentSource

OUT = Path(sys.argv[1])


@mlflow.trace(span_type="LLM", name="completion")
def complete(messages: list[dict], model: str) -> dict:
    """Answer like a model would."""
    usage = {"input_tokens": 25, "output_tokens": 12, "total_tokens": 37}
    mlflow.get_current_active_span().set_attributes({"mlflow.llm.model": model, "mlflow.chat.tokenUsage": usage})
    return {"choices": [{"message": {"role": "assistant", "content": f"Answer to: {messages[-1]['content']}"}}]}


@mlflow.trace(span_type="CHAIN", name="help")
def answer(question: str, user: str, session: str) -> str:
    """Answer a question of somebody."""
    named = {"mlflow.trace.user": user, "mlflow.trace.session": session}
    mlflow.update_current_trace(metadata=named, tags={"prompt_version": "v3"})
    return complete([{"role": "user", "content": question}], "model-1")["choices"][0]["message"]["content"]


def main() -> None:
    """Trace four turns, judge them, and export them."""
    with tempfile.TemporaryDirectory() as folder:
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        mlflow.create_experiment("help", artifact_location=f"file://{folder}/artifacts")
        mlflow.set_experiment("help")
        judge(trace_turns())
        export()


def trace_turns() -> list[str]:
    """Return the ids of the traces of four turns, the last without a session."""
    ids = []
    for question, user, session in (
        ("How do I log in?", "u1", "s1"),
        ("No, that is wrong", "u1", "s1"),
        ("Summarise", "u2", "s2"),
    ):
        answer(question, user, session)
        ids.append(mlflow.get_last_active_trace_id())
    complete([{"role": "user", "content": "Hello"}], "model-2")
    ids.append(mlflow.get_last_active_trace_id())
    mlflow.flush_trace_async_logging()
    return ids


def judge(ids: list[str]) -> None:
    """Log what people, a judge and an expert said."""
    person = AssessmentSource(source_type="HUMAN", source_id="u1")
    model = AssessmentSource(source_type="LLM_JUDGE", source_id="judge-1")
    mlflow.log_feedback(trace_id=ids[0], name="user_feedback", value=False, source=person, rationale="It did not help")
    mlflow.log_feedback(trace_id=ids[1], name="stars", value=4, source=person)
    mlflow.log_feedback(trace_id=ids[1], name="relevance", value="yes", source=model)
    mlflow.log_feedback(trace_id=ids[3], name="thumbs", value="up", source=person)
    mlflow.log_expectation(trace_id=ids[2], name="expected_response", value="Answer in three lines", source=person)
    mlflow.log_expectation(trace_id=ids[2], name="expected_facts", value=["a", "b"], source=person)


def export() -> None:
    """Write the traces in three forms."""
    for name in ("trace_files", "frame", "parquet"):
        (OUT / name).mkdir(exist_ok=True)
    traces = mlflow.search_traces(return_type="list")
    for at, trace in enumerate(traces):
        (OUT / "trace_files" / f"{at}.json").write_text(trace.to_json())
    frame = mlflow.search_traces()
    frame.to_json(OUT / "frame" / "traces.jsonl", orient="records", lines=True)
    frame[["trace"]].to_parquet(OUT / "parquet" / "traces.parquet")


main()
