"""An analyst's morning, by clicks and keys: from the worst segment to an export of a golden set."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_window import Window, serve

from feedback.pipeline.demo import load_demo
from feedback.reviews import response_verdicts
from feedback.store import Store

pytestmark = pytest.mark.browser
SCREENSHOTS = Path(__file__).parent / "screenshots"
ANSWER = "You can return it within 30 days."


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return load_demo(tmp_path_factory.mktemp("morning") / "store")


@pytest.fixture(scope="module")
def address(store: Store) -> Iterator[str]:
    with serve(store.path) as address:
        yield address


def test_from_the_worst_segment_to_an_export(visit, address: str, store: Store, tmp_path: Path):
    window = visit(address)
    window.save(SCREENSHOTS / "morning-1-overview.png")
    example = open_worst_example(window)
    send_to_review(window)
    judge_by_keys(window)
    add_and_cut(window)
    first, again = (export(window, tmp_path / name) for name in ("first.zip", "again.zip"))
    assert first == again
    verdicts = response_verdicts(store.table("reviews").collect())
    assert verdicts.select("interaction_id", "verdict", "stream").rows() == [(example, "bad", "mining")]
    samples = read_samples(first)
    assert [(row["metadata"]["label"], row["target"]) for row in samples] == [("bad", ANSWER)]
    assert json.loads(samples[0]["metadata"]["provenance"])["interaction_id"] == example
    assert window.outside == []


def open_worst_example(window: Window) -> str:
    """Go from the overview to the segment that lost most and to the first of its examples; return its id."""
    window.click_row("Segments that lost most")
    window.wait_for_title("Segments")
    window.save(SCREENSHOTS / "morning-2-segments.png")
    window.click_row("Most telling examples")
    window.wait_for_title("Interaction")
    return window.wait_for_choice("interaction")


def send_to_review(window: Window) -> None:
    window.write("Your name", "ann")
    window.click("Send to review")
    window.wait_for_text("Waits for review")
    window.save(SCREENSHOTS / "morning-3-example.png")
    window.follow("Review it now")
    window.wait_for_title("Review")


def judge_by_keys(window: Window) -> None:
    """Judge the response bad, take that back, and judge it again: by keys alone."""
    window.wait_for_text("0 of 1")
    window.save(SCREENSHOTS / "morning-4-review.png")
    window.press("g")
    window.wait_for_text("Nothing left for you here")
    window.press("z")
    window.wait_for_text("The AI answered")
    window.write("Corrected answer", ANSWER)
    window.press("b")
    window.wait_for_text("Nothing left for you here")
    window.wait_for_text("Last: you said bad")


def add_and_cut(window: Window) -> None:
    window.follow("Make golden examples of it")
    window.wait_for_title("Golden set")
    window.click("Add them")
    window.wait_for_text("1 added")
    window.click_text("Versions")
    window.write("Note", "the first failure")
    window.click("Make a version")
    window.wait_for_text("Version 1 is made")
    window.save(SCREENSHOTS / "morning-5-golden.png")


def export(window: Window, file: Path) -> bytes:
    """Return the ZIP file that the page gives for the latest version."""
    window.open("/golden?view=export&target=inspect_ai&version=1")
    window.click("Preview")
    window.wait_for_text("What will be written")
    with window.page.expect_download() as started:
        window.page.get_by_test_id("stDownloadButton").first.get_by_role("button").click()
    started.value.save_as(file)
    window.save(SCREENSHOTS / "morning-6-export.png")
    return file.read_bytes()


def read_samples(packed: bytes) -> list[dict]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert sorted(archive.namelist()) == ["manifest.json", "samples.jsonl"]
        return [json.loads(line) for line in archive.read("samples.jsonl").splitlines()]
