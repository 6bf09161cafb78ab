"""Traces and verdicts of four tracing tools: files their producers wrote, and literal records of their documents."""

import json
from collections import Counter
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest

from feedback.pipeline import ingest_logs, run_labels
from feedback.settings import Naming, Settings
from feedback.sources import FORMATS
from feedback.store import Store

RECORDED = Path(__file__).parent / "recorded"
LATER = datetime(2027, 1, 1, tzinfo=UTC)
AT = "2026-01-05T10:00:00Z"


def write(folder: Path, name: str, *records: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return file


def read(tool: str, *files: Path) -> tuple[list[dict], list[str]]:
    """Return the events of the files, without what is null, and why the rest gave none."""
    logs = [log for file in files for log in FORMATS[tool].read(file)]
    events = [
        {k: v for k, v in row.items() if v is not None} for log in logs for row in log.frame.iter_rows(named=True)
    ]
    return events, [reason for log in logs for reason in log.broken["reason"]]


def tell(events: list[dict], *names: str) -> list[tuple]:
    return [tuple(event.get(name) for name in names) for event in events]


@pytest.mark.parametrize(
    ("tool", "n_rows", "n_new", "labels"),
    [
        # Three turns; a thumb down, a rating on its scale, a thumb up and a correction; a judge and a metric.
        ("langfuse", 14, 10, ["rated_down", "rated_up", "rated_up"]),
        ("phoenix", 14, 9, ["rated_down", "rated_up", "edited_lightly"]),
        ("langsmith", 13, 9, ["rated_down", "rated_up", "edited_lightly"]),
        ("mlflow", 14, 11, ["rated_down", None, "edited_heavily", "rated_up"]),
    ],
)
def test_what_the_producer_wrote_becomes_labels_and_every_row_is_counted(tmp_path, tool, n_rows, n_new, labels):
    store = Store(tmp_path / "store")
    files = [RECORDED / tool] if tool != "mlflow" else [RECORDED / tool / "frame.jsonl"]
    found = ingest_logs(store, files, clock=lambda: LATER)
    assert (found.n_rows, found.n_new) == (n_rows, n_new), found
    assert found.n_rows == found.n_new + found.n_duplicates + found.n_quarantined
    again = ingest_logs(store, files, clock=lambda: LATER)
    assert (again.n_new, again.n_duplicates, again.n_conflicting) == (0, found.n_new, 0)
    run_labels(store, clock=lambda: LATER, watermark="end")
    got = store.table("labels").collect().sort("shown_at")
    assert set(store.table("events").collect()["kind"]) == {"request", "response", "rating", "edit"}
    assert Counter(got["reason"].to_list()) == Counter(labels)
    assert set(got["model"]) <= {"model-1", "model-2"}
    assert {"s1", "s2"} <= set(got["session_id"])


def test_formats_are_recognised_by_their_records():
    for tool in ("langfuse", "langsmith"):
        for file in sorted((RECORDED / tool).iterdir()):
            records = [json.loads(line) for line in file.read_text().splitlines()]
            why = {name: known.recognise(records) for name, known in FORMATS.items() if known.recognise(records)}
            assert list(why) == [tool], file.name


def langfuse_trace(name: str = "t1", **more) -> dict:
    return {"id": name, "timestamp": "2026-01-05 10:00:00.000000", "project_id": "p", "public": False, "name": "help",
            "input": "Hi", "output": "Hello", "session_id": "s1", "user_id": "u1", **more}  # fmt: skip


def langfuse_observation(name: str, kind: str, **more) -> dict:
    return {"id": name, "trace_id": "t1", "type": kind, "start_time": "2026-01-05 10:00:00.000000",
            "end_time": "2026-01-05 10:00:01.500000", "parent_observation_id": "", **more}  # fmt: skip


def langfuse_score(name: str = "user-feedback", **more) -> dict:
    return {"id": f"score-{name}", "trace_id": "t1", "observation_id": None, "session_id": None, "name": name,
            "value": 1.0, "source": "API", "data_type": "NUMERIC", "string_value": None, "comment": None,
            "timestamp": "2026-01-05 10:00:09.000000", **more}  # fmt: skip


def test_langfuse_files_of_one_export_tell_the_same_in_any_order(tmp_path):
    call = langfuse_observation("g1", "GENERATION", parent_observation_id="o1", provided_model_name="m1",
                                usage_details={"input": 3, "output": 4}, total_cost=0.5)  # fmt: skip
    files = [
        write(tmp_path / "traces", "day.jsonl", langfuse_trace()),
        write(tmp_path / "observations", "day.jsonl", langfuse_observation("o1", "SPAN", output="Hello"), call),
        write(tmp_path / "scores", "day.jsonl", langfuse_score()),
    ]
    told = [sorted(tell(read("langfuse", *order)[0], "event_id", "kind", "session_id", "model", "n_input_tokens"))
            for order in permutations(files)]  # fmt: skip
    assert told[0] == [
        ("score-user-feedback/rating", "rating", "s1", None, None),
        ("t1/request", "request", "s1", None, None),
        ("t1/response", "response", "s1", "m1", 3.0),
    ]
    assert all(each == told[0] for each in told)


def test_enriched_langfuse_observations_stand_alone(tmp_path):
    root = langfuse_observation("o1", "SPAN", input='{"messages": [{"role": "user", "content": "Hi"}]}', output="Hello",
                                session_id="s1", user_id="u1", trace_name="help")  # fmt: skip
    call = langfuse_observation("g1", "GENERATION", parent_observation_id="o1", output="Hello", prompt_version=3)
    events, reasons = read("langfuse", write(tmp_path, "observations.jsonl", root, call))
    assert tell(events, "kind", "text", "session_id", "feature", "latency_ms") == [
        ("request", "Hi", "s1", None, None),
        ("response", "Hello", "s1", "help", 1500.0),
    ]
    assert reasons == ["a step inside a trace, whose model, tokens and cost go with the answer of the trace"]


@pytest.mark.parametrize(
    ("score", "value", "reason"),
    [
        (langfuse_score(), 1.0, None),
        (langfuse_score(data_type="BOOLEAN", value=0.0, string_value="False"), 0.0, None),
        (langfuse_score(data_type="CATEGORICAL", value=0.0, string_value="helpful"), 1.0, None),
        (langfuse_score("quality", source="ANNOTATION", value=0.5), 0.5, None),
        (langfuse_score(value=4.0), None, "outside 0 to 1"),
        (langfuse_score("bleu"), None, "its name does not say that people gave it"),
        (langfuse_score("toxicity", source="ANNOTATION"), None, "better when lower"),
        (langfuse_score(source="EVAL"), None, "evaluator"),
        (langfuse_score(dataset_run_id="d1"), None, "dataset run"),
        (langfuse_score(data_type="TEXT", string_value="secret words"), None, "free text"),
        (langfuse_score("secret words of a user " * 9), None, "its name does not say"),
    ],
)
def test_langfuse_scores(tmp_path, score, value, reason):
    events, reasons = read("langfuse", write(tmp_path, "all.jsonl", langfuse_trace(), score))
    assert [event["value"] for event in events if event["kind"] == "rating"] == ([] if value is None else [value])
    assert [reason] == [None] if not reasons else reason in reasons[0]
    assert "secret words" not in "".join(reasons)


def test_langfuse_scores_follow_their_configuration_and_feedback_toml(tmp_path):
    scored = [
        langfuse_score("stars", source="ANNOTATION", value=4.0, config_id="c1"),
        langfuse_score("grade", value=2.0),
    ]
    config = {"id": "c1", "name": "stars", "dataType": "NUMERIC", "minValue": 1, "maxValue": 5, "isArchived": False}
    write(tmp_path / "export", "configs.jsonl", config, langfuse_trace())
    file = write(tmp_path / "export", "scores.jsonl", *scored)
    store = Store(tmp_path / "store")
    german = Settings(sources=Naming(scales={"grade": (6, 1)}))
    ingest_logs(store, [file], clock=lambda: LATER, settings=german, format="langfuse")
    assert store.table("events").collect().sort("event_id")["value"].to_list() == [0.8, 0.75]


def test_a_langfuse_correction_is_an_edit(tmp_path):
    correction = langfuse_score("output", data_type="CORRECTION", source="ANNOTATION", value=0, string_value="Hello!")
    events, _ = read("langfuse", write(tmp_path, "all.jsonl", correction, langfuse_trace()))
    assert tell(events, "kind", "text", "value", "interaction_id")[0] == ("edit", "Hello!", None, "t1")


def test_a_langfuse_csv_reads_as_its_json(tmp_path):
    lines = pl.DataFrame([langfuse_trace(metadata='{"tenant": "acme"}')]).write_csv()
    (tmp_path / "traces.csv").write_text(lines)
    events, _ = read("langfuse", tmp_path / "traces.csv")
    assert tell(events, "kind", "text", "tenant") == [("request", "Hi", None), ("response", "Hello", "acme")]


def test_an_answer_without_a_root_is_that_of_the_last_model_call(tmp_path):
    calls = [langfuse_observation(f"g{at}", "GENERATION", parent_observation_id="elsewhere", output=f"Answer {at}",
                                  start_time=f"2026-01-05 10:00:0{at}") for at in (2, 1)]  # fmt: skip
    events, _ = read("langfuse", write(tmp_path, "observations.jsonl", *calls))
    assert tell(events, "kind", "text") == [("response", "Answer 2")]


def test_a_verdict_without_its_trace_says_so_and_counts_once_they_are_together(tmp_path):
    scores = write(tmp_path, "scores.jsonl", langfuse_score())
    alone = "the trace it is about is in none of the files beside it; read them together, from one folder"
    assert read("langfuse", scores) == ([], [alone])
    write(tmp_path, "traces.jsonl", langfuse_trace())
    assert tell(read("langfuse", scores)[0], "kind", "session_id") == [("rating", "s1")]


def test_a_langfuse_score_of_a_session_is_about_its_latest_answer(tmp_path):
    events, _ = read("langfuse", write(tmp_path, "scores.jsonl", langfuse_score(trace_id=None, session_id="s1")))
    assert tell(events, "kind", "session_id", "interaction_id") == [("rating", "s1", None)]


def test_a_phoenix_annotation_without_its_span_says_so(tmp_path):
    lone = {
        "id": "a1",
        "span_id": "x",
        "annotator_kind": "HUMAN",
        "name": "thumbs",
        "result": {"score": 1},
        "created_at": AT,
    }
    assert read("phoenix", write(tmp_path, "annotations.jsonl", lone)) == (
        [],
        ["the trace it is about is in none of the files beside it; read them together, from one folder"],
    )


def test_mlflow_scales_of_feedback_toml_make_stars_a_rating(tmp_path):
    store = Store(tmp_path / "store")
    stars = Settings(sources=Naming(scales={"stars": (1, 5)}))
    ingest_logs(store, [RECORDED / "mlflow" / "frame.jsonl"], clock=lambda: LATER, settings=stars)
    values = store.table("events").collect().filter(kind="rating")["value"]
    assert sorted(values) == [0.0, 0.75, 1.0]


def test_an_mlflow_trace_file_tells_what_its_row_of_the_frame_tells():
    events, _ = read("mlflow", RECORDED / "mlflow" / "trace.json")
    in_frame, _ = read("mlflow", RECORDED / "mlflow" / "frame.jsonl")
    assert all(any(event == other for other in in_frame) for event in ({**e, "(row)": 1} for e in events))


def langsmith_run(**more) -> dict:
    return {"id": "r1", "trace_id": "r1", "run_type": "chain", "name": "help", "start_time": AT, "end_time": AT,
            "inputs": {"question": "Hi"}, "outputs": {"answer": "Hello"}, "session_id": "project", **more}  # fmt: skip


def test_langsmith_nested_runs_and_json_columns_of_the_bulk_export_are_read(tmp_path):
    child = {"id": "r2", "run_type": "llm", "parent_run_id": "r1", "prompt_tokens": 7}
    nested = langsmith_run(child_runs=[child], extra=json.dumps({"metadata": {"conversation_id": "thread"}}))
    events, reasons = read("langsmith", write(tmp_path, "runs.jsonl", nested))
    assert tell(events, "kind", "session_id", "n_input_tokens") == [
        ("request", "thread", None),
        ("response", "thread", 7.0),
    ]
    assert reasons == []


def test_langsmith_runs_over_a_dataset_are_left_out(tmp_path):
    events, reasons = read("langsmith", write(tmp_path, "runs.jsonl", langsmith_run(reference_example_id="e1")))
    assert (events, reasons) == ([], ["LangSmith runs over a dataset are about no person's answer"])


def test_a_trace_without_a_session_is_one_and_its_verdicts_too(tmp_path):
    feedback = {
        "id": "f1",
        "key": "thumbs",
        "run_id": "r1",
        "score": 1,
        "created_at": AT,
        "feedback_source": {"type": "api"},
    }
    events, _ = read("langsmith", write(tmp_path, "all.jsonl", langsmith_run(), feedback))
    assert {event["session_id"] for event in events} == {"r1"}
