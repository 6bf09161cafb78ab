"""The notebooks as they are stored: without outputs, with a question first and what to do next at the end."""

import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def cells_of(notebook: Path) -> list[dict]:
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_outputs_are_stripped(notebook: Path):
    code = [cell for cell in cells_of(notebook) if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_each_begins_with_a_question_and_ends_with_what_to_do_next(notebook: Path):
    told = ["".join(cell["source"]) for cell in cells_of(notebook) if cell["cell_type"] == "markdown"]
    assert "?**" in told[0]
    assert told[-1].split("## ")[-1].startswith("What to do next")


def test_there_is_one_for_each_task():
    assert [notebook.stem.split("_")[0] for notebook in NOTEBOOKS] == [f"{n:02}" for n in range(1, len(NOTEBOOKS) + 1)]
