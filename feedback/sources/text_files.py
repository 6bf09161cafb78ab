"""Bytes of text files, plain or gzipped."""

import gzip
import zlib
from pathlib import Path

from feedback.errors import InputError

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LOOKED_AT = 65_536


def read_text_bytes(file: Path) -> bytes:
    """Return the content of a text file, unzipped and without byte order mark.

    Raises
    ------
    InputError
        When the gzip stream is cut off or damaged, or the content is UTF-16 or binary.
    """
    content = _unzip(file, file.read_bytes())
    if content.startswith(_UTF16_MARKS):
        raise InputError(f"{file}: is UTF-16; expected UTF-8")
    if b"\0" in content[:_LOOKED_AT]:
        raise InputError(f"{file}: is binary, not text")
    return content.removeprefix(_UTF8_MARK)


def _unzip(file: Path, content: bytes) -> bytes:
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        return gzip.decompress(content)
    except EOFError as error:
        raise InputError(f"{file}: the gzip stream is cut off") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{file}: the gzip stream is damaged") from error
