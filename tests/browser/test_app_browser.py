"""The app as people meet it: started by its command, in a browser, by clicks.

Needs Debian's chromium and `uv sync --group browser`; screenshots lie in `screenshots/` beside this file.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from app_window import NARROW, serve

from feedback.pipeline import ingest_logs, run_labels
from feedback.simulate import STARTS_AT, simulate_traffic
from feedback.store import Store

pytestmark = pytest.mark.browser
SCREENSHOTS = Path(__file__).parent / "screenshots"
HOSTILE = "<img src=x onerror=\"document.title='taken over'\"> **bold** ![](http://example.org/a.png)"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("browser")
    events = simulate_traffic(days=14, sessions=600, seed=3).events
    is_response = events["kind"] == "response"
    hostile = events.with_columns(text=events["text"].set(is_response, HOSTILE))
    hostile.write_parquet(folder / "log.parquet")
    clock = lambda: STARTS_AT + timedelta(days=15)  # noqa: E731 - a clock that stands
    store = Store(folder / "store")
    ingest_logs(store, [folder / "log.parquet"], clock=clock)
    run_labels(store, clock=clock, watermark="end")
    with serve(store.path) as address:
        yield address


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(tmp_path_factory.mktemp("browser") / "none") as address:
        yield address


@pytest.mark.parametrize("where", ["/", "/examples", "/examples?interaction=i00000010", "/health"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_shows_and_asks_nobody_else(visit, full: str, where: str, scheme: str):
    window = visit(full, where, scheme=scheme)
    name = "interaction" if "interaction" in where else where.strip("/") or "overview"
    window.save(SCREENSHOTS / f"{name}-{scheme}.png")
    assert window.page.locator("[data-testid=stException], [data-testid=stAlert]").count() == 0
    assert window.outside == []


@pytest.mark.parametrize("where", ["/", "/examples?interaction=i00000010"])
def test_narrow_pages_do_not_scroll_sideways(visit, full: str, where: str):
    window = visit(full, where, size=NARROW)
    main = "document.querySelector('[data-testid=stMain]')"
    assert window.page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth")
    window.save(SCREENSHOTS / f"narrow-{'interaction' if 'interaction' in where else 'overview'}.png")


def test_from_the_worst_value_to_the_evidence_and_back(visit, full: str):
    window = visit(full, "/?dimension=feature&days=7")
    window.click_cell(0, row=0, x=18)
    value = window.wait_for_choice("value")
    window.page.get_by_text("All examples of this value").click()
    window.wait_for_title("Examples")
    window.click_cell(0, row=0, x=300)
    window.wait_for_title("Interaction")
    shown = window.wait_for_choice("interaction")
    view = {"dimension": ["feature"], "days": ["7"], "value": [value]}
    assert window.choices() == {**view, "interaction": [shown]}
    window.page.get_by_text("All examples").first.click()
    window.wait_for_title("Examples")
    assert window.choices() == view


def test_what_is_chosen_in_a_part_that_is_drawn_anew_alone_goes_along(visit, full: str):
    window = visit(full, "/")
    window.choose("Break down by", "language")
    assert window.wait_for_choice("dimension") == "language"
    window.page.get_by_role("link", name="Examples", exact=True).first.click()
    window.wait_for_title("Examples")
    assert window.wait_for_choice("dimension") == "language"


def test_an_address_opens_the_view_it_names(visit, full: str):
    window = visit(full, "/?dimension=tenant&value=harbor-labs&days=7")
    assert window.page.get_by_text("harbor-labs: worst examples").is_visible()
    assert window.choices() == {"dimension": ["tenant"], "value": ["harbor-labs"], "days": ["7"]}


def test_text_of_users_stays_text(visit, full: str):
    window = visit(full, "/examples?interaction=i00000010")
    assert window.page.get_by_text(HOSTILE).first.is_visible()
    assert window.page.locator("img[src=x]").count() == 0
    assert window.page.title() != "taken over"
    assert window.outside == []


def test_an_empty_store_says_what_to_do(visit, empty: str):
    window = visit(empty)
    window.save(SCREENSHOTS / "empty-light.png")
    assert window.title() == "Nothing here yet"
    assert window.page.get_by_text("feedback demo").is_visible()
    assert window.outside == []
