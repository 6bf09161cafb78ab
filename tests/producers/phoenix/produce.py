"""A help desk told to a Phoenix server on the loopback: spans by OpenTelemetry, annotations by Phoenix's own client.

`produce.py OUT [COMMAND...]` exports spans and annotations as its client gives them, as Parquet and JSON Lines, and
runs the command, if any, with the address of the server behind it while it is up.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

from openinference.instrumentation import using_session, using_user
from opentelemetry import trace
from phoenix.client import Client
from phoenix.otel import register

OUT, COMMAND = Path(sys.argv[1]), sys.argv[2:]
BEGIN = datetime.now(UTC) - timedelta(minutes=5)
TURNS = (
    ("s1", "u1", "How do I reset my password?", "Click Forgot password on the login page.", 0),
    ("s1", "u1", "No, that's wrong, I asked about the admin password", "An administrator resets it under Users.", 60),
    ("s2", "u2", "Summarise the release notes", "Three fixes and one new chart.", 10),
)


def main() -> None:
    """Run the server, tell it the story, export it, and end the server."""
    port, grpc = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        settings = {"PHOENIX_WORKING_DIR": folder, "PHOENIX_HOST": "127.0.0.1", "PHOENIX_PORT": str(port),
                    "PHOENIX_GRPC_PORT": str(grpc), "PHOENIX_TELEMETRY_ENABLED": "false"}  # fmt: skip
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = subprocess.Popen(
            [Path(sys.executable).parent / "phoenix", "serve"], env=os.environ | settings, **quiet
        )
        try:
            wait_for(url)
            annotate(url, send_spans(url))
            export(url)
            if COMMAND:
                subprocess.run([*COMMAND, url], check=True)
        finally:
            server.terminate()
            server.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url: str) -> None:
    """Wait until the server answers."""
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{url}/healthz").close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("the server did not start")


def send_spans(url: str) -> list[tuple[str, str]]:
    """Send a trace per turn and one without an answer; return the ids of root and model call of each turn."""
    provider = register(project_name="help", endpoint=f"{url}/v1/traces", batch=False, verbose=False,
                        set_global_tracer_provider=False)  # fmt: skip
    tracer = provider.get_tracer("help")
    ids = [send_turn(tracer, *turn) for turn in TURNS]
    tracer.start_span("embed", attributes={"openinference.span.kind": "EMBEDDING"}).end()
    provider.force_flush()
    return ids


def send_turn(
    tracer: trace.Tracer, session: str, user: str, asked: str, answered: str, after_s: int
) -> tuple[str, str]:
    """Send the two spans of one turn."""
    at = [int((BEGIN + timedelta(seconds=after_s + more)).timestamp() * 1e9) for more in (0, 0.1, 0.9, 1)]
    whole = {"openinference.span.kind": "CHAIN", "input.value": asked, "output.value": answered,
             "metadata": json.dumps({"prompt_version": "v3", "tenant": "acme"})}  # fmt: skip
    call = {
        "openinference.span.kind": "LLM", "llm.model_name": "model-1", "llm.token_count.prompt": 25,
        "llm.token_count.completion": 12,
        "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": asked,
        "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": answered,
    }  # fmt: skip
    with using_session(session), using_user(user):
        root = tracer.start_span("chat", start_time=at[0], attributes=whole)
        inner = tracer.start_span(
            "completion", context=trace.set_span_in_context(root), start_time=at[1], attributes=call
        )
        inner.end(at[2])
        root.end(at[3])
    return tuple(format(span.get_span_context().span_id, "016x") for span in (root, inner))


def annotate(url: str, ids: list[tuple[str, str]]) -> None:
    """Let a person press thumbs down, one judge an answer, one correct an answer, and a model judge another."""
    time.sleep(2)
    add = Client(base_url=url).spans.add_span_annotation
    add(span_id=ids[0][0], annotation_name="user feedback", annotator_kind="HUMAN", label="thumbs-down", score=0,
        explanation="It did not help")  # fmt: skip
    add(span_id=ids[1][1], annotation_name="correctness", annotator_kind="HUMAN", label="correct")
    add(span_id=ids[2][0], annotation_name="correction", annotator_kind="HUMAN",
        explanation="Three fixes and two new charts.")  # fmt: skip
    add(span_id=ids[2][0], annotation_name="faithfulness", annotator_kind="LLM", score=1)
    time.sleep(1)


def export(url: str) -> None:
    """Write spans and annotations as the client's frames."""
    client = Client(base_url=url)
    spans = client.spans.get_spans_dataframe(project_identifier="help")
    found = client.spans.get_span_annotations_dataframe(spans_dataframe=spans, project_identifier="help")
    # Parquet has no word for an object without keys, which the metadata of annotations are.
    found["metadata"] = found["metadata"].map(json.dumps)
    spans.to_parquet(OUT / "spans.parquet")
    found.to_parquet(OUT / "annotations.parquet")
    for frame, name in ((spans, "spans"), (found, "annotations")):
        folder = OUT / "jsonl"
        folder.mkdir(exist_ok=True)
        plain = frame.drop(columns="context.span_id", errors="ignore").rename_axis(
            "context.span_id" if name == "spans" else "span_id"
        )
        plain.reset_index().to_json(folder / f"{name}.jsonl", orient="records", lines=True, date_format="iso")


main()
