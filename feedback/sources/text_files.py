"""Bytes of text files, plain or packed with gzip or Zstandard, as a stream of bounded memory."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from feedback.errors import InputError

# Logs pack 5 to 50 times; what unpacks to 200 times its size was made to fill a disk.
MOST_UNPACKED = 200
UNPACKED_FREELY = 2**30

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_GZIP_MARK = b"\x1f\x8b"
_ZSTD_MARKS = (b"\x28\xb5\x2f\xfd", *(bytes([kind]) + b"\x2a\x4d\x18" for kind in range(0x50, 0x60)))
_LOOKED_AT = 65_536
_BUFFER = 1 << 20


@dataclass(frozen=True)
class ReadingTerms:
    """How files are read.

    Parameters
    ----------
    on_bytes
        Called with the number of bytes of the file that are read, packed ones where it is packed.
    may_unpack_to_any_size
        Whether a packed file may unpack to more than 200 times its size.
    batch_bytes
        How much of a file is worked on at a time.
    """

    on_bytes: Callable[[int], None] = lambda _: None
    may_unpack_to_any_size: bool = False
    batch_bytes: int = 2**27


_USUAL = ReadingTerms()
_TERMS: ContextVar[ReadingTerms] = ContextVar("reading_terms", default=_USUAL)


@contextmanager
def reading_under(terms: ReadingTerms) -> Iterator[None]:
    """Read files under these terms inside the block."""
    token = _TERMS.set(terms)
    try:
        yield
    finally:
        _TERMS.reset(token)


def tell_bytes_read(n: int) -> None:
    """Tell whoever watches how many bytes of the file now read are behind us."""
    _TERMS.get().on_bytes(n)


@contextmanager
def open_text(file: Path) -> Iterator[io.BufferedReader]:
    """Return the unpacked content of a text file as a stream, past its byte order mark.

    Raises
    ------
    InputError
        When the packed stream is cut off, damaged or unpacks to more than is allowed, or the content is UTF-16 or
        binary.
    """
    with file.open("rb") as packed:
        unpacked: Any = _Unpacked(file, packed)
        stream = io.BufferedReader(unpacked, _BUFFER)
        head = stream.peek(_LOOKED_AT)
        if head.startswith(_UTF16_MARKS):
            raise InputError(f"{file}: is UTF-16; expected UTF-8")
        if b"\0" in head[:_LOOKED_AT]:
            raise InputError(f"{file}: is binary, not text")
        if head.startswith(_UTF8_MARK):
            stream.read(len(_UTF8_MARK))
        yield stream


def read_text_bytes(file: Path) -> bytes:
    """Return the whole content of a text file, unpacked and without byte order mark.

    Raises
    ------
    InputError
        As `open_text`.
    """
    with open_text(file) as stream:
        return stream.read()


class _Unpacked(io.RawIOBase):
    """The bytes inside a file: unpacked when it is packed, counted, with errors that name the file."""

    def __init__(self, file: Path, packed: io.BufferedReader):
        mark = packed.peek(4)[:4]
        self._file = file
        self._packed = packed
        self._size = max(file.stat().st_size, 1)
        self._is_packed = mark.startswith((_GZIP_MARK, *_ZSTD_MARKS))
        self._stream: Any = packed
        self._name = "gzip" if mark.startswith(_GZIP_MARK) else "Zstandard"
        if self._is_packed:
            self._stream = (
                gzip.GzipFile(fileobj=packed) if self._name == "gzip" else pa.input_stream(packed, compression="zstd")
            )
        self._n_unpacked = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        content = self._read(len(buffer))
        buffer[: len(content)] = content
        self._n_unpacked += len(content)
        if self._is_packed:
            self._check_size()
        tell_bytes_read(self._packed.tell() if content else self._size)
        return len(content)

    def _read(self, n: int) -> bytes:
        try:
            return self._stream.read(n)
        except EOFError as error:
            raise InputError(f"{self._file}: the gzip stream is cut off") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise InputError(f"{self._file}: the gzip stream is damaged") from error
        except OSError as error:
            if not self._is_packed or self._name == "gzip":
                raise
            fate = "cut off" if "runcated" in str(error) else "damaged"
            raise InputError(f"{self._file}: the Zstandard stream is {fate}") from error

    def _check_size(self) -> None:
        most = max(UNPACKED_FREELY, MOST_UNPACKED * self._size)
        if self._n_unpacked > most and not _TERMS.get().may_unpack_to_any_size:
            raise InputError(
                f"{self._file}: unpacks to more than {MOST_UNPACKED} times its {self._size:,} bytes, as made to fill a "
                "disk; if you trust it, --any-size reads it all the same"
            )
