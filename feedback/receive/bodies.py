"""Bodies of requests: bounded in size and time, and unpacked."""

import asyncio
import zlib

from starlette.requests import ClientDisconnect, Request

from feedback.receive.refusals import RefusalError

_GZIP = 31


async def read_body(request: Request, *, most_bytes: int, within_s: float) -> bytes:
    """Return the body of a request as it was sent.

    Raises
    ------
    RefusalError
        When it is too large (413), too slow (408) or broken off (400).
    """
    content = bytearray()
    if int(request.headers.get("content-length", 0)) > most_bytes:
        raise _too_large(most_bytes)
    try:
        async with asyncio.timeout(within_s):
            async for chunk in request.stream():
                content += chunk
                if len(content) > most_bytes:
                    raise _too_large(most_bytes)
    except TimeoutError as error:
        raise RefusalError(408, f"the body did not arrive within {within_s:g} seconds") from error
    except ClientDisconnect as error:
        raise RefusalError(400, "the body broke off") from error
    return bytes(content)


def unpack(content: bytes, encoding: str, *, most_bytes: int) -> bytes:
    """Return a body without its packing.

    Raises
    ------
    RefusalError
        When it is packed otherwise than with gzip (415), damaged (400), or too large once unpacked (413).

    Examples
    --------
    >>> import gzip
    >>> unpack(gzip.compress(b"{}"), "gzip", most_bytes=10)
    b'{}'
    """
    if encoding in ("", "identity"):
        return content
    if encoding != "gzip":
        raise RefusalError(415, "Content-Encoding is none of identity, gzip")
    unpacked = bytearray()
    left = content
    while left:
        member = zlib.decompressobj(_GZIP)
        try:
            unpacked += member.decompress(left, most_bytes - len(unpacked) + 1)
        except zlib.error as error:
            raise RefusalError(400, "the gzip body is damaged") from error
        if len(unpacked) > most_bytes:
            raise _too_large(most_bytes)
        if not member.eof:
            raise RefusalError(400, "the gzip body is cut off")
        left = member.unused_data
    return bytes(unpacked)


def _too_large(most_bytes: int) -> RefusalError:
    return RefusalError(413, f"the body is larger than {most_bytes:,} bytes; send smaller batches")
