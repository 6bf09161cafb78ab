"""The command line reference says what the code does."""

import re

from cli_reference import PAGE, command_line_page


def test_the_page_is_up_to_date():
    is_current = PAGE.read_text(encoding="utf-8") == command_line_page()
    assert is_current, "docs/command-line.md is out of date: uv run python tests/cli_reference.py"


def test_nothing_of_the_terminal_is_left_in_it():
    assert not re.search(r"\[/?(dim|bold|cyan|red)\]|<span", command_line_page())
