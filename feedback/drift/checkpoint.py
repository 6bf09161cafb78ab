"""The state of a watch as bytes: which versions and settings made it, and the arrays of its detectors."""

import json
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

import numpy as np

FORMAT = 2
_HEADER = "header"


def versions() -> dict[str, str]:
    """Return the versions that decide what a state means."""
    return {"format": str(FORMAT), **{name: version(name) for name in ("numpy", "polars", "river")}}


def fingerprint(*parts: object) -> str:
    """Return a hash of what a state depends on."""
    return sha256(repr(parts).encode()).hexdigest()


def write_state(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return header and arrays as bytes that hold no code: a NumPy archive without pickles.

    Examples
    --------
    >>> header, arrays = read_state(write_state({"n": 1}, {"m": np.zeros(2)}))
    >>> header, arrays["m"].tolist()
    ({'n': 1}, [0.0, 0.0])
    """
    held = BytesIO()
    text = np.frombuffer(json.dumps({**header, "versions": versions()}).encode(), np.uint8)
    named: dict[str, Any] = {_HEADER: text, **arrays}
    np.savez_compressed(held, **named)
    return held.getvalue()


def read_state(state: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """Return header and arrays; null when the bytes are no state of these versions, and the log is to be replayed."""
    try:
        with np.load(BytesIO(state), allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        header = json.loads(arrays.pop(_HEADER).tobytes())
    except (ValueError, KeyError, EOFError, OSError, BadZipFile):
        return None
    if header.pop("versions", None) != versions():
        return None
    return header, arrays
