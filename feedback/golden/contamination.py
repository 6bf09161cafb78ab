"""Examples that would flatter the model under test: labelled by its family, or shown to it in a prompt."""

import json
import re
from collections.abc import Mapping

import polars as pl

# Shorter texts, such as a greeting, stand in any prompt.
SHORTEST = 20
_FOUND = pl.Schema({"example_id": pl.String, "why": pl.String})
_SPACE = re.compile(r"\s+")
# Begins where a run of backslashes does: tried from each of them, a long run would take forever.
_ESCAPED = re.compile(r"(?<!\\)\\+[nrt]")


def find_contaminated(
    examples: pl.DataFrame, *, family: str | None = None, prompts: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """Return the examples that the model under test must not be judged by, and why: one row per example.

    Parameters
    ----------
    examples
        One row per example: `example_id`, `input`, `expected`, `provenance`.
    family
        Name of the model family under test, such as `gpt`: an example is refused when a reviewer's name holds
        it, in any case.
    prompts
        Few-shot examples and prompts by the name of their file. An example is refused when one holds its request or
        its expected answer; white space and case do not count, texts under 20 characters are passed over.

    Examples
    --------
    >>> examples = pl.DataFrame({"example_id": ["a", "b"], "input": ["Refund for order 17, please", "hi"],
    ...                          "expected": [None, None], "provenance": ['{}', '{"reviewer": ["gpt-5 judge"]}']})
    >>> find_contaminated(examples, family="GPT", prompts={"few.txt": "Q: refund for order 17,  please"}).rows()
    [('a', 'its request stands in few.txt'), ('b', 'labelled by gpt-5 judge, of the family under test')]
    """
    plain = {name: _plain(_unescape(text)) for name, text in sorted((prompts or {}).items())}
    rows = examples.select("example_id", "input", "expected", "provenance").sort("example_id").iter_rows()
    reasons = (
        (example, _who_labelled(json.loads(provenance), family) or _where_shown(request, expected, plain))
        for example, request, expected, provenance in rows
    )
    return pl.DataFrame([row for row in reasons if row[1]], schema=_FOUND, orient="row")


def _who_labelled(provenance: dict, family: str | None) -> str | None:
    named = [who for who in provenance.get("reviewer") or [] if family and family.casefold() in who.casefold()]
    return f"labelled by {', '.join(named)}, of the family under test" if named else None


def _where_shown(request: str, expected: str | None, prompts: Mapping[str, str]) -> str | None:
    for what, text in (("request", request), ("expected answer", expected)):
        plain = _plain(text or "")
        holding = [name for name, prompt in prompts.items() if len(plain) >= SHORTEST and plain in prompt]
        if holding:
            return f"its {what} stands in {', '.join(holding)}"
    return None


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip().casefold()


def _unescape(text: str) -> str:
    """Return the text followed by what it says where it is JSON or source: quotes and line ends without backslash."""
    halves = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    unquoted = halves.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return f"{text}\n{_ESCAPED.sub(' ', unquoted).replace(chr(92) + chr(34), chr(34)).replace(chr(92) * 2, chr(92))}"
