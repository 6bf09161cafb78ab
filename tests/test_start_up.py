"""What starts quickly: the command line without the large libraries, the app with them loaded before it listens."""

import subprocess
import sys
from importlib import import_module

import pytest

from feedback.pages.serve import LIBRARIES

SLOW = ("pandas", "river.drift", "river.linear_model", "scipy.stats", "sklearn", "streamlit")


def test_the_command_line_starts_without_libraries_that_take_long_to_load():
    script = f"import sys, feedback.cli; print([name for name in {SLOW} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_is_loaded_ahead_is_there(library: str):
    assert import_module(library)
