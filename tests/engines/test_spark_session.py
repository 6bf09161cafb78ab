"""Without pyspark there is one line that says what to install."""

import sys
from pathlib import Path

import pytest

from feedback.engines import SparkEngine
from feedback.errors import MissingExtraError


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'feedback\[spark\]'"):
        SparkEngine(Path("scratch"))
