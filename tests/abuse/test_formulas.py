"""No cell of a CSV file is a formula, and what was written comes back; exports have tests of their own."""

import csv
import io

import polars as pl
import pytest
from hostile import CLOCK, FORMULAS, TEMPLATES, labelled_store
from typer.testing import CliRunner

from feedback.cli import app
from feedback.export.frame_files import dump_frame_csv
from feedback.pipeline.reviews import import_reviews
from feedback.store import Store

FIRES = ("=", "+", "-", "@", "\t", "\r", "\n", "＝")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = labelled_store(tmp_path_factory.mktemp("formulas"), (*FORMULAS, *TEMPLATES))
    rows = [{"interaction_id": f"i{n}", "verdict": "bad", "reviewer": text, "note": text, "corrected_text": text}
            for n, text in enumerate(FORMULAS)]  # fmt: skip
    reviews = store.path.parent / "reviews.jsonl"
    pl.DataFrame(rows).write_ndjson(reviews)
    import_reviews(store, [reviews], clock=lambda: CLOCK)
    return store


def cells(content: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(content, newline="")) for cell in row]


def is_formula(cell: str) -> bool:
    """Return whether a spreadsheet runs it; a number with its sign is one it only shows."""
    try:
        float(cell)
    except ValueError:
        return cell.lstrip(" ").startswith(FIRES)
    return False


def call(store: Store, *arguments: str) -> None:
    done = CliRunner().invoke(app, [*arguments, "--store", str(store.path)])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    "command",
    [
        ("show", "events", "--out"),
        ("show", "interactions", "--out"),
        ("show", "quality", "--by", "feature", "--out"),
        ("show", "reviews", "--out"),
        ("reviews", "export"),
        ("reviews", "draw", "--k", "9", "--out"),
    ],
    ids=" ".join,
)
def test_no_cell_of_a_file_is_a_formula(store, tmp_path, command):
    call(store, *command, str(tmp_path / "out.csv"))
    found = cells((tmp_path / "out.csv").read_text(encoding="utf-8"))
    assert any(cell.startswith("'") for cell in found)
    assert [cell for cell in found if is_formula(cell)] == []


def test_no_cell_of_a_download_is_a_formula(store):
    for name in ("events", "interactions", "quality", "reviews"):
        found = cells(dump_frame_csv(store.table(name).collect()).decode())
        assert [cell for cell in found if is_formula(cell)] == []


def test_reviews_come_back_as_they_were(store, tmp_path):
    before = store.table("reviews").sort("review_id").collect()
    for _ in range(2):
        call(store, "reviews", "export", str(tmp_path / "out.csv"))
        summary = import_reviews(store, [tmp_path / "out.csv"], clock=lambda: CLOCK)
        assert (summary.n_new, summary.n_duplicates) == (0, len(FORMULAS))
    assert store.table("reviews").sort("review_id").collect().equals(before)


def test_an_apostrophe_that_a_person_wrote_stays(store, tmp_path):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("interaction_id,verdict,reviewer,note\ni11,good,ann,'tis fine\n")
    import_reviews(store, [sheet], clock=lambda: CLOCK)
    assert store.table("reviews").filter(reviewer="ann").collect()["note"].to_list() == ["'tis fine"]
