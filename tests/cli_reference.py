"""The page docs/command-line.md as the code has it. `uv run python tests/cli_reference.py` writes it."""

import re
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.cli import get_docs_for_click

from feedback.cli.commands import app

PAGE = Path(__file__).parents[1] / "docs" / "command-line.md"
_BOLD = re.compile(r"\[bold\](.*?)\[/bold\]", re.S)
_EXAMPLES = re.compile(r"(?:^\[dim\].*?\[/dim\]$\n?)+", re.M | re.S)
_MARKUP = re.compile(r"\[/?(?:dim|bold)\]")
_NOTE = "All commands with their options, as `--help` has them. Written by `uv run python tests/cli_reference.py`."


def command_line_page() -> str:
    """Return the reference as Markdown."""
    command = typer.main.get_command(app)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command), name="feedback", title="Command line")
    for one in _all_below(command):
        text = text.replace(f"`{one.name}`: {one.get_short_help_str()}\n", f"`{one.name}`: {_first_sentence(one)}\n")
    plain = _MARKUP.sub("", _EXAMPLES.sub(_as_code, _BOLD.sub(r"`\1`", text)))
    title, rest = plain.split("\n\n", 1)
    return f"{title}\n\n{_NOTE}\n\n{rest.rstrip()}\n"


def _all_below(command) -> Iterator:
    for one in getattr(command, "commands", {}).values():
        yield one
        yield from _all_below(one)


def _first_sentence(command) -> str:
    paragraph = " ".join((command.help or "").split("\n\n")[0].split())
    return paragraph.split(". ")[0].removesuffix(".") + "."


def _as_code(found: re.Match) -> str:
    return f"```console\n{_MARKUP.sub('', found.group()).strip()}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(command_line_page(), encoding="utf-8")
