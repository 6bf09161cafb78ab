"""What the receiver answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from feedback.receive.bodies import read_body, unpack
from feedback.receive.inbox import Inbox
from feedback.receive.otlp import LOGS, METRICS, TRACES, Encoding, Signal, Taken, take
from feedback.receive.plain_events import TakenEvents, take_events
from feedback.receive.refusals import RefusalError
from feedback.receive.replies import MEDIA_TYPES, reply_refused, reply_taken

_EVENT_TYPES = ("application/json", "application/x-ndjson", "application/jsonl", "application/ndjson")
_SIGNALS = {"/v1/traces": TRACES, "/v1/logs": LOGS, "/v1/metrics": METRICS}
_LOOK_EVERY_S = 0.5
_RETRY_AFTER_S = 5
_Kept = TypeVar("_Kept")


@dataclass(frozen=True)
class Limits:
    """What one sender may ask of the receiver.

    Attributes
    ----------
    body_bytes
        Most bytes of a body, before and after unpacking. 20 MiB is what the specification recommends.
    body_within_s
        Seconds in which a body has to arrive.
    at_once
        Requests worked on at once; further ones are told to come again.
    hosts
        Names by which it may be called, against pages that rename themselves to this machine; none: any.
    """

    body_bytes: int = 20 * 2**20
    body_within_s: float = 30
    at_once: int = 16
    hosts: tuple[str, ...] = ()


def build_app(inbox: Inbox, limits: Limits | None = None) -> Starlette:
    """Return the application: `/v1/traces`, `/v1/logs`, `/v1/metrics` of OTLP, and `/v1/events` for our own events.

    A request is answered with 200 once what is taken of it is on disk.
    """
    receiver = _Receiver(inbox, limits or Limits())
    routes = [Route(path, partial(receiver.export, signal), methods=["POST"]) for path, signal in _SIGNALS.items()]
    return Starlette(
        routes=[*routes, Route("/v1/events", receiver.events, methods=["POST"])],
        exception_handlers={RefusalError: _refuse, HTTPException: _refuse_route},
        lifespan=partial(_closing, inbox),
    )


class _Receiver:
    def __init__(self, inbox: Inbox, limits: Limits):
        self._inbox = inbox
        self._limits = limits
        self._n_at_once = 0

    async def export(self, signal: Signal, request: Request) -> Response:
        encoding = MEDIA_TYPES.get(_media_type(request))
        if encoding is None:
            raise RefusalError(415, f"Content-Type is none of {', '.join(MEDIA_TYPES)}")
        taken = await self._take(request, partial(self._keep_export, encoding, signal))
        return reply_taken(taken, encoding, signal)

    async def events(self, request: Request) -> Response:
        if _media_type(request) not in _EVENT_TYPES:
            raise RefusalError(415, "Content-Type is neither application/json nor application/x-ndjson")
        taken = await self._take(request, self._keep_events)
        return JSONResponse(taken.say(), status_code=400 if taken.errors and not taken.lines else 200)

    async def _take(self, request: Request, keep: Callable[[bytes], _Kept]) -> _Kept:
        """Return what was taken of the body of a request, once it is on disk."""
        self._check_host(request)
        if self._n_at_once >= self._limits.at_once:
            raise RefusalError(429, "too many requests at once", retry_after_s=1)
        self._n_at_once += 1
        try:
            most = self._limits.body_bytes
            body = await read_body(request, most_bytes=most, within_s=self._limits.body_within_s)
            encoding = request.headers.get("content-encoding", "").strip().lower()
            return await run_in_threadpool(lambda: keep(unpack(body, encoding, most_bytes=most)))
        finally:
            self._n_at_once -= 1

    def _check_host(self, request: Request) -> None:
        name = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
        if self._limits.hosts and name.strip("[]").lower() not in self._limits.hosts:
            raise RefusalError(400, "the Host header names another machine")

    def _keep_export(self, encoding: Encoding, signal: Signal, body: bytes) -> Taken:
        taken = take(body, encoding, signal)
        if taken.line is not None:
            self._keep("otlp", [taken.line])
        return taken

    def _keep_events(self, body: bytes) -> TakenEvents:
        taken = take_events(body)
        if taken.lines:
            self._keep("events", taken.lines)
        return taken

    def _keep(self, stream: str, lines: list[bytes]) -> None:
        try:
            self._inbox.add(stream, lines)
        except OSError as error:
            raise RefusalError(503, "the events cannot be written", retry_after_s=_RETRY_AFTER_S) from error


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _refuse(request: Request, refusal: Exception) -> Response:
    encoding = MEDIA_TYPES.get(_media_type(request), "json")
    known = refusal if isinstance(refusal, RefusalError) else RefusalError(500, "the receiver failed")
    answer = reply_refused(known, encoding)
    if known.status in (408, 413):
        answer.headers["Connection"] = "close"
    return answer


async def _refuse_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = {404: "there is no such address", 405: "send a POST"}.get(status, "the request cannot be answered")
    encoding = MEDIA_TYPES.get(_media_type(request), "json")
    return reply_refused(RefusalError(status, message), encoding, allow="POST" if status == 405 else None)


@asynccontextmanager
async def _closing(inbox: Inbox, _: Starlette) -> AsyncIterator[None]:
    """Close files in time while the receiver runs, and all of them when it ends."""
    looking = asyncio.create_task(_close_in_time(inbox))
    try:
        yield
    finally:
        looking.cancel()
        await run_in_threadpool(inbox.close)


async def _close_in_time(inbox: Inbox) -> None:
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        await run_in_threadpool(inbox.close_due)
