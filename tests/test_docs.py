"""What the documents say: links lead somewhere, commands exist with their options, code runs."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from streamlit.testing.v1 import AppTest

from feedback.cli.commands import app as commands

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").glob("*.md")])
COMMANDS = typer.main.get_command(commands)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_INLINE = re.compile(r"`((?:uv run )?feedback [^`]+)`")
_SAMPLE = re.compile(r"^(?:\$ |    )?(?:uv run )?feedback ([a-z][\w-]*.*)$", re.M)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path):
    links = [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist_with_their_options(page: Path):
    wrong = [f"{line}: {why}" for line in commands_in(page.read_text(encoding="utf-8")) if (why := fault_of(line))]
    assert wrong == []


def commands_in(text: str) -> list[str]:
    """Return the commands shown in samples and in running text, without what comes before and beside them."""
    outside = _FENCE.sub("", text)
    shown = [found for _, block in _FENCE.findall(text) for found in _SAMPLE.findall(block)]
    shown += _SAMPLE.findall("\n".join(line for line in outside.splitlines() if line.startswith("    ")))
    shown += [found.removeprefix("uv run ").removeprefix("feedback ") for found in _INLINE.findall(outside)]
    return [re.split(r"\s{3,}|\s+#|\s*[|>&;]|\s\(", line)[0].rstrip(" \\,.") for line in shown]


def fault_of(line: str) -> str | None:
    """Return what is wrong with a command as it is shown, null when nothing is."""
    try:
        words = shlex.split(line.replace("[", " ").replace("]", " "))
    except ValueError:
        return "its quotes do not match"
    command = COMMANDS
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        named = words.pop(0)
        if named not in command.commands:
            is_prose = not re.fullmatch(r"[a-z-]+", named) or named == "..."
            return None if is_prose or command.invoke_without_command else f"there is no command {named}"
        command = command.commands[named]
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
    stray = [word.split("=")[0] for word in words if word.startswith("--") and word.split("=")[0] not in known]
    return f"there is no option {', '.join(stray)}" if stray else None


def test_a_page_can_be_added_as_the_recipe_says():
    text = (ROOT / "docs" / "how-to-add.md").read_text(encoding="utf-8")
    recipe = next(block for kind, block in _FENCE.findall(text) if "def show_dimensions" in block)
    opened = "import streamlit as st\nfrom feedback.store import Store\n{}\nshow_dimensions(Store('{}').at())\n"
    app = AppTest.from_string(opened.format(recipe, "no-such-store")).run()
    assert not app.exception
    assert "no dimensions yet" in app.info[0].value


def test_the_glossary_has_the_words_of_the_columns():
    words = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").lower()
    assert [word for word in ("p_good", "conflict", "watermark", "final", "onset", "echo") if word not in words] == []
