"""What a tracing tool's records say: the steps of traces and what people said of them, and what is known of each trace.

A trace is one answer to one person: its request and its response are those of its root, and what the model calls
below it used is added up. Which step holds the answer, and which session a trace is of, may stand in a record, or
file, that comes later; therefore everything is read once for the `TraceIndex` before events are made of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from feedback.sources.verdict_values import Range

WHOLE, ROOT, MODEL_CALL, INNER = 3, 2, 1, 0


class Step(NamedTuple):
    """One step of a trace.

    Parameters
    ----------
    trace_id, step_id
        The trace, and the step in it.
    part
        WHOLE: the trace itself; ROOT: its first step; MODEL_CALL: a call of a model below that; INNER: anything else.
    session_id, user_id
        As the step names them, else null.
    started_at, ended_at
        Null where not recorded.
    asked, answered
        Texts; null where there are none.
    usage
        `model`, `n_input_tokens`, `n_output_tokens`, `cost_usd`, as far as known.
    dimensions
        Further dimensions.
    """

    trace_id: str
    step_id: str
    part: int
    session_id: str | None
    user_id: str | None
    started_at: Any
    ended_at: Any
    asked: str | None
    answered: str | None
    usage: Mapping[str, Any]
    dimensions: Mapping[str, Any]


class Verdict(NamedTuple):
    """What somebody said of a trace, a step of it or a session: a rating or a corrected text, or why it is neither."""

    verdict_id: str | None
    said_at: Any = None
    trace_id: str | None = None
    step_id: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    rating: float | None = None
    text: str | None = None
    reason: str | None = None


class Usage(NamedTuple):
    """What one model call used."""

    at: str
    model: str | None
    n_input_tokens: float | None
    n_output_tokens: float | None
    cost_usd: float | None


@dataclass
class TraceFacts:
    """What is known of one trace, whichever order its steps came in."""

    session: tuple[int, str] | None = None
    user: tuple[int, str] | None = None
    answer: tuple[int, str, str] | None = None
    calls: dict[str, Usage] = field(default_factory=dict)

    def add(self, step: Step) -> None:
        """Take in what a step says."""
        self.session = _greatest(self.session, (step.part, step.session_id) if step.session_id else None)
        self.user = _greatest(self.user, (step.part, step.user_id) if step.user_id else None)
        if step.answered is not None and step.part > INNER:
            self.answer = _greatest(self.answer, (step.part, _as_key(step.started_at), step.step_id))
        if step.usage and step.part < WHOLE:
            self.calls[step.step_id] = Usage(
                _as_key(step.started_at), *(step.usage.get(name) for name in Usage._fields[1:])
            )

    def merge(self, other: "TraceFacts") -> None:
        """Take in what another file knows of the same trace."""
        self.session = _greatest(self.session, other.session)
        self.user = _greatest(self.user, other.user)
        self.answer = _greatest(self.answer, other.answer)
        self.calls.update(other.calls)

    def sum_usage(self) -> dict[str, Any]:
        """Return the model that was called last, and tokens and cost of all calls; null where no call says."""
        calls = [self.calls[name] for name in sorted(self.calls)]
        models = sorted((call.at, call.model) for call in calls if call.model)
        return {
            "model": models[-1][1] if models else None,
            "n_input_tokens": _sum(call.n_input_tokens for call in calls),
            "n_output_tokens": _sum(call.n_output_tokens for call in calls),
            "cost_usd": _sum(call.cost_usd for call in calls),
        }


@dataclass
class TraceIndex:
    """What is known of every trace, which trace a step is of, and the range of every score."""

    traces: dict[str, TraceFacts] = field(default_factory=dict)
    trace_of: dict[str, str] = field(default_factory=dict)
    ranges: dict[str, Range] = field(default_factory=dict)

    def add(self, step: Step) -> None:
        """Take in a step."""
        self.traces.setdefault(step.trace_id, TraceFacts()).add(step)
        self.trace_of[step.step_id] = step.trace_id

    def merge(self, other: "TraceIndex") -> None:
        """Take in what another file knows."""
        for trace_id, facts in other.traces.items():
            self.traces.setdefault(trace_id, TraceFacts()).merge(facts)
        self.trace_of.update(other.trace_of)
        self.ranges.update(other.ranges)

    def session_of(self, trace_id: str) -> str:
        """Return the session of a trace; the trace itself where nothing names one."""
        facts = self.traces.get(trace_id)
        return facts.session[1] if facts and facts.session else trace_id

    def user_of(self, trace_id: str) -> str | None:
        """Return the person of a trace; null where nothing names one."""
        facts = self.traces.get(trace_id)
        return facts.user[1] if facts and facts.user else None


def _greatest(one: Any, other: Any) -> Any:
    return max((found for found in (one, other) if found is not None), default=None)


def _as_key(moment: object) -> str:
    return moment.isoformat() if isinstance(moment, datetime) else str(moment)


def _sum(numbers: Any) -> float | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
