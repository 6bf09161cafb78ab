"""Regular expressions: polars' are linear in the text, and none comes from a setting or a log."""

import ast
import re
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from polars.exceptions import PolarsError

import feedback

PACKAGE = Path(feedback.__file__).parent
# Each takes time that doubles with every character where a search goes back to try again.
EXPLODING = (r"(a+)+$", r"(a|a)*$", r"(a|aa)+$", r"(.*a){12}$", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(x+x+)+y")
LONG = "a" * 200_000 + "!"


def seconds(act) -> float:
    before = time.process_time()
    act()
    return time.process_time() - before


@pytest.mark.parametrize("pattern", EXPLODING)
def test_patterns_that_explode_elsewhere_are_linear_in_polars(pattern):
    texts = pl.Series([LONG, "x" * 200_000])
    assert seconds(lambda: texts.str.contains(pattern)) < 5


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(a)\1", r"(?<!a)b", r"a{1,1000}{1,1000}{1,1000}"])
def test_what_would_need_going_back_or_a_giant_automaton_is_refused(pattern):
    with pytest.raises(PolarsError):
        pl.Series([LONG]).str.contains(pattern)


def test_no_pattern_of_python_is_made_from_what_somebody_wrote():
    """A pattern is a literal, made of constants, or of names that the same file puts through `re.escape`."""
    made = {
        f"{file.relative_to(PACKAGE)}: {ast.unparse(node.args[0])}"
        for file in PACKAGE.rglob("*.py")
        if "re.escape" not in (source := file.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "re"
        and not _is_fixed(node.args[0])
    }
    assert {one.split(":")[0] for one in made} <= MADE_OF_CONSTANTS


MADE_OF_CONSTANTS = {"export/manifest.py", "sources/delimited.py", "sources/editor_words.py"}
"""files that go through constants of their own, one by one"""


def _is_fixed(pattern: ast.expr) -> bool:
    """Return whether a pattern is a literal, or made of literals and constants only."""
    return all(leaf.id.strip("_").isupper() for leaf in ast.walk(pattern) if isinstance(leaf, ast.Name))


TEXTS = tuple(piece * (20_000 // len(piece)) for piece in ("a", " ", "{", "\\", "<a", "=", "1", "\n", "'", "a1", "a "))
AT_A_PLACE = {"_TEXT_END"}
"""patterns that are asked whether they match at one place, never searched for"""


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text[:2]))
def test_our_own_patterns_take_no_longer_than_the_text(text):
    patterns = {(file.name, name): pattern for file in PACKAGE.rglob("*.py") for name, pattern in _compiled_in(file)}
    assert len(patterns) > 10
    slow = [name for name, pattern in patterns.items() if seconds(partial(pattern.search, text)) > 0.5]
    assert slow == []


def _compiled_in(file: Path) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Return the patterns that a file makes of one literal text."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        call = getattr(node, "value", None)
        if not isinstance(call, ast.Call) or ast.unparse(call.func) != "re.compile":
            continue
        pattern, name = call.args[0], ast.unparse(node.targets[0])
        if isinstance(pattern, ast.Constant) and isinstance(pattern.value, str) and name not in AT_A_PLACE:
            yield name, re.compile(pattern.value)
