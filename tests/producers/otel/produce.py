"""Two conversations with an AI feature, told through the OpenTelemetry SDK by the conventions for generative AI.

`produce.py OUT` writes OTLP as JSON to traces.jsonl and logs.jsonl of the folder OUT, by the SDK's file exporters;
`produce.py OUT protobuf URL` and `produce.py OUT json URL` send the same to a server.
"""

import sys
from pathlib import Path

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import set_span_in_context

START = 1_788_000_000_000_000_000
SECOND = 1_000_000_000
RESOURCE = Resource({"service.name": "help-chat", "service.version": "1.4.0", "deployment.environment.name": "test"})


class CountingIds(IdGenerator):
    """Ids that are the same each time, so that the recorded files do not change without need."""

    def __init__(self):
        self.count = 0

    def generate_span_id(self) -> int:
        self.count += 1
        return 0xA000_0000_0000_0000 + self.count

    def generate_trace_id(self) -> int:
        self.count += 1
        return (0xB << 124) + self.count


def exporters(how: str, target: str):
    """Return the exporters of spans and of log records."""
    if how == "file":
        from opentelemetry.exporter.otlp.json.file._log_exporter import FileLogExporter
        from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter

        return FileSpanExporter(f"{target}/traces.jsonl"), FileLogExporter(f"{target}/logs.jsonl")
    if how == "protobuf":
        from opentelemetry.exporter.otlp.proto.http import Compression
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        packed = Compression.Gzip
        return (
            OTLPSpanExporter(f"{target}/v1/traces", compression=packed),
            OTLPLogExporter(f"{target}/v1/logs", compression=packed),
        )
    from opentelemetry.exporter.otlp.json.http._log_exporter import OTLPLogExporter as JsonLogs
    from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter as JsonSpans

    return JsonSpans(endpoint=f"{target}/v1/traces"), JsonLogs(endpoint=f"{target}/v1/logs")


class Story:
    """What happened, told as spans and log records."""

    def __init__(self, spans, logs):
        self.traces = TracerProvider(resource=RESOURCE, id_generator=CountingIds())
        self.traces.add_span_processor(BatchSpanProcessor(spans))
        self.logs = LoggerProvider(resource=RESOURCE)
        self.logs.add_log_record_processor(BatchLogRecordProcessor(logs))
        self.tracer = self.traces.get_tracer("help-chat")
        self.logger = self.logs.get_logger("help-chat")

    def call(self, at: int, name: str = "chat gpt-test", *, took: int = 2, **attributes) -> object:
        """Tell of a span that began so many seconds after the start, and return the context of it."""
        named = {name.replace("__", "."): value for name, value in attributes.items()}
        span = self.tracer.start_span(name, start_time=START + at * SECOND, attributes=named)
        span.end(START + (at + took) * SECOND)
        return set_span_in_context(span)

    def event(self, at: float, name: str, body=None, context=None, **attributes):
        """Tell of an event."""
        when = START + int(at * SECOND)
        named = {name.replace("__", "."): value for name, value in attributes.items()}
        self.logger.emit(
            LogRecord(
                timestamp=when,
                observed_timestamp=when,
                context=context,
                severity_number=SeverityNumber.INFO,
                body=body,
                attributes=named,
                event_name=name,
            )
        )

    def close(self):
        """Send all of it."""
        self.traces.shutdown()
        self.logs.shutdown()


def chat(conversation: str | None, answer: str, **more) -> dict:
    """Return the attributes of a model call."""
    named = {"gen_ai__conversation__id": conversation} if conversation else {}
    return {
        **named,
        "gen_ai__operation__name": "chat",
        "gen_ai__provider__name": "openai",
        "gen_ai__request__model": "gpt-test",
        "gen_ai__response__model": "gpt-test-0613",
        "gen_ai__response__id": answer,
        "gen_ai__response__finish_reasons": ["stop"],
        "gen_ai__usage__input_tokens": 52,
        "gen_ai__usage__output_tokens": 12,
        **more,
    }


def said(role: str, text: str) -> list:
    """Return one message with its parts."""
    return [{"role": role, "parts": [{"type": "text", "content": text}]}]


def tell(story: Story):
    """Tell 21 things: 7 spans and 14 log records."""
    # The conventions of today: messages in attributes of the span.
    story.call(0, "GET /chat", http__request__method="GET")
    import json

    story.call(
        1,
        **chat(
            "conv-1",
            "resp-1",
            gen_ai__input__messages=json.dumps(said("user", "How do I pack a suitcase?")),
            gen_ai__output__messages=json.dumps(said("assistant", "Roll the shirts, shoes at the bottom.")),
        ),
    )
    story.event(10, "feedback.copy", gen_ai__conversation__id="conv-1", gen_ai__response__id="resp-1")
    # The same conversation goes on; the answer is undone after it was accepted.
    story.call(
        40,
        **chat(
            "conv-1",
            "resp-2",
            gen_ai__input__messages=json.dumps(
                [*said("user", "How do I pack a suitcase?"), *said("assistant", "Roll."), *said("user", "And a tent?")]
            ),
            gen_ai__output__messages=json.dumps(said("assistant", "Stuff it, do not fold it.")),
        ),
    )
    story.event(50, "suggestion.accepted", gen_ai__conversation__id="conv-1", gen_ai__response__id="resp-2")
    story.event(60, "feedback.undo", gen_ai__conversation__id="conv-1", gen_ai__response__id="resp-2", value=0.1)
    # A tool is called, then the model goes on from what it gave.
    story.call(
        80,
        **chat(
            "conv-1",
            "resp-3",
            gen_ai__input__messages=json.dumps(said("user", "Is it raining in Paris?")),
            gen_ai__output__messages=json.dumps(
                [
                    {
                        "role": "assistant",
                        "parts": [{"type": "tool_call", "id": "c1", "name": "weather", "arguments": {}}],
                    }
                ]
            ),
        ),
    )
    story.call(84, "execute_tool weather", took=1, gen_ai__operation__name="execute_tool")
    # What was said is in log records, by the conventions up to 1.36; the rating names its span only.
    context = story.call(100, **chat("conv-2", "resp-4"))
    story.event(102, "gen_ai.system.message", {"content": "Be brief."}, context)
    story.event(102, "gen_ai.user.message", {"content": "Who wrote Faust?"}, context)
    story.event(102, "gen_ai.assistant.message", {"content": "Goethe."}, context)
    story.event(102, "gen_ai.user.message", {"content": "When?"}, context)
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "1808 and 1832."}}
    story.event(102, "gen_ai.choice", choice, context)
    story.event(
        110, "gen_ai.evaluation.result", None, context,
        gen_ai__evaluation__name="user_feedback", gen_ai__evaluation__score__value=1.0,
    )  # fmt: skip
    story.event(
        111, "gen_ai.evaluation.result", None, context,
        gen_ai__evaluation__name="relevance", gen_ai__evaluation__score__value=0.7,
    )  # fmt: skip
    # The newer event that carries everything, beside a span without content.
    context = story.call(120, **chat("conv-2", "resp-5"))
    details = {
        "gen_ai__input__messages": said("user", "Who composed the opera?"),
        "gen_ai__output__messages": said("assistant", "Gounod."),
    }
    story.event(122, "gen_ai.client.inference.operation.details", None, context, **chat("conv-2", "resp-5", **details))
    story.event(125, "page.scrolled", gen_ai__conversation__id="conv-2", depth=0.4)
    story.event(130, "feedback.escalate", {"text": "I want a person"}, gen_ai__conversation__id="conv-2")
    story.event(131, "", "a plain line of log")


if __name__ == "__main__":
    how, target = (sys.argv[2], sys.argv[3]) if len(sys.argv) > 2 else ("file", sys.argv[1])
    Path(sys.argv[1]).mkdir(exist_ok=True)
    told = Story(*exporters(how, target))
    tell(told)
    told.close()
