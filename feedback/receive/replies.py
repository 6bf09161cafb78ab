"""Answers in the form that the specification of OTLP over HTTP wants: the message of the signal, or a status."""

import json

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status
from starlette.responses import Response

from feedback.receive.otlp import Encoding, Signal, Taken
from feedback.receive.refusals import RefusalError

MEDIA_TYPES: dict[str, Encoding] = {"application/json": "json", "application/x-protobuf": "protobuf"}
_CODES = {400: 3, 404: 5, 405: 12, 408: 4, 413: 11, 415: 3, 429: 8, 503: 14}
_UNKNOWN = 2


def reply_taken(taken: Taken, encoding: Encoding, signal: Signal) -> Response:
    """Return the answer to a request that was taken, wholly or in part.

    Examples
    --------
    >>> from feedback.receive.otlp import TRACES
    >>> reply_taken(Taken(None, 2, "no ids"), "json", TRACES).body
    b'{"partialSuccess":{"rejectedSpans":"2","errorMessage":"no ids"}}'
    """
    partial = {"partial_success": {signal.rejected: taken.n_rejected, "error_message": taken.why}}
    return _reply(signal.response(**(partial if taken.n_rejected else {})), encoding, status=200)


def reply_refused(refusal: RefusalError, encoding: Encoding, *, allow: str | None = None) -> Response:
    """Return the answer to a request that was not taken.

    Examples
    --------
    >>> reply_refused(RefusalError(413, "too large"), "json").body
    b'{"code":11,"message":"too large"}'
    """
    status = Status(code=_CODES.get(refusal.status, _UNKNOWN), message=refusal.message)
    if refusal.status == 400:
        fault = BadRequest.FieldViolation(field=refusal.field or "body", description=refusal.message)
        status.details.add().Pack(BadRequest(field_violations=[fault]))
    answer = _reply(status, encoding, status=refusal.status)
    if refusal.retry_after_s is not None:
        answer.headers["Retry-After"] = str(refusal.retry_after_s)
    if allow:
        answer.headers["Allow"] = allow
    return answer


def _reply(message: Message, encoding: Encoding, *, status: int) -> Response:
    if encoding == "protobuf":
        return Response(message.SerializeToString(), status, media_type="application/x-protobuf")
    content = json.dumps(MessageToDict(message), separators=(",", ":")).encode()
    return Response(content, status, media_type="application/json")
