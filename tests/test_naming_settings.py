"""`[sources]` in feedback.toml: what names of a team's own mean."""

from pathlib import Path

import pytest

from feedback.errors import SettingsError
from feedback.settings import Naming, read_settings


def read(folder: Path, text: str) -> Naming:
    (folder / "feedback.toml").write_text(text)
    return read_settings(folder / "feedback.toml").sources


def test_all_of_it(tmp_path: Path):
    written = """
    [sources]
    responses = "agents"
    [sources.events]
    "ghost.taken" = "accept"
    [sources.scales]
    "thumbs" = [2, 1]
    [sources.columns]
    "app.tenant" = "tenant"
    """
    assert read(tmp_path, written) == Naming(
        events={"ghost.taken": "accept"}, scales={"thumbs": (2, 1)}, columns={"app.tenant": "tenant"},
        responses="agents",
    )  # fmt: skip


def test_nothing_of_it(tmp_path: Path):
    assert read(tmp_path, "") == Naming()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sources = 5", "the keys are columns, events, responses, scales"),
        ("[sources]\nevent = {}", "the keys are columns, events, responses, scales"),
        ('[sources]\nresponses = "runs"', 'responses is "calls" or "agents"'),
        ("[sources]\nevents = 5", "events is a table of names and what they mean"),
        ("[sources.events]\nx = 5", "events: x should mean a word in quotes"),
        ('[sources.columns]\nx = ""', "columns: x should mean a word in quotes"),
        ("[sources.scales]\nx = [1, 1]", "x is the worst and the best value"),
        ("[sources.scales]\nx = [1, inf]", "x is the worst and the best value"),
        ("[sources.scales]\nx = [1, 2, 3]", "x is the worst and the best value"),
        ("[sources.scales]\nx = [true, false]", "x is the worst and the best value"),
    ],
)
def test_what_means_nothing_is_said(tmp_path: Path, text: str, message: str):
    with pytest.raises(SettingsError, match=r"feedback\.toml: sources: .*" + message.replace("(", r"\(")):
        read(tmp_path, text)
