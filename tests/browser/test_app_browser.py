"""The app as people meet it: started by its command, in a browser, by clicks.

Needs Debian's chromium and `uv sync --group browser`; screenshots lie in `screenshots/` beside this file.
"""

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit

import pytest

from feedback.pages.launch import streamlit_arguments
from feedback.pipeline import ingest_logs, run_labels
from feedback.simulate import STARTS_AT, simulate_traffic
from feedback.store import Store

playwright = pytest.importorskip("playwright.sync_api", reason="needs `uv sync --group browser`")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, on Debian `apt-get install chromium`"),
]
SCREENSHOTS = Path(__file__).parent / "screenshots"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
HOSTILE = "<img src=x onerror=\"document.title='taken over'\"> **bold** ![](http://example.org/a.png)"
WIDE, NARROW = {"width": 1440, "height": 1000}, {"width": 420, "height": 900}
_HEADER, _ROW = 37, 40


def serve(store: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # From another folder, as an installed package would: without our .streamlit/config.toml.
    with subprocess.Popen(streamlit_arguments(store, port), cwd=store.parent) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address)
            yield address
        finally:
            # Asked politely it would wait for every open window.
            server.kill()


def wait_for(address: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except (URLError, ConnectionError):
            time.sleep(0.25)
    pytest.fail("the app did not start within half a minute")


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
    yield from serve(store.path)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from serve(tmp_path_factory.mktemp("browser") / "none")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser) -> Iterator[Callable[..., "Visit"]]:
    """Return a function that opens a window on the app; it is closed after the test."""
    visits: list[Visit] = []

    def open_window(address: str, where: str = "/", **window) -> Visit:
        visits.append(Visit(browser, address, **window))
        return visits[-1].open(where)

    yield open_window
    for one in visits:
        one.page.close()


class Visit:
    """One window on the app, which notes every request that leaves this machine."""

    def __init__(self, browser, address: str, *, size: dict | None = None, scheme: str = "light"):
        self.address = address
        self.outside: list[str] = []
        self.page = browser.new_page(viewport=size or WIDE, color_scheme=scheme)
        self.page.on("request", self._note)

    def _note(self, request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            self.outside.append(request.url)

    def open(self, where: str = "/") -> "Visit":
        self.page.goto(self.address + where)
        self.page.wait_for_selector("h1", timeout=30_000)
        return self.settle()

    def settle(self) -> "Visit":
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)
        self.page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=30_000)
        self.page.wait_for_timeout(1_000)
        return self

    def title(self) -> str:
        return self.page.locator("h1").inner_text()

    def wait_for_title(self, start: str) -> None:
        self.page.wait_for_function("start => document.querySelector('h1')?.innerText.startsWith(start)", arg=start)
        self.settle()

    def wait_for_choice(self, name: str) -> str:
        self.page.wait_for_function("name => new URL(location).searchParams.has(name)", arg=name)
        return self.settle().choices()[name][0]

    def choices(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.page.evaluate("window.location.href")).query)

    def click_cell(self, table: int, row: int, x: int) -> None:
        grid = self.page.locator("[data-testid=stDataFrame]").nth(table)
        grid.scroll_into_view_if_needed()
        grid.click(position={"x": x, "y": _HEADER + _ROW * row + 15})

    def save(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        height = self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        self.page.set_viewport_size({"width": self.page.viewport_size["width"], "height": height})
        self.page.wait_for_timeout(800)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.mark.parametrize("where", ["/", "/examples", "/examples?interaction=i00000010", "/health"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_shows_and_asks_nobody_else(visit, full: str, where: str, scheme: str):
    window = visit(full, where, scheme=scheme)
    name = "interaction" if "interaction" in where else where.strip("/") or "overview"
    window.save(f"{name}-{scheme}")
    assert window.page.locator("[data-testid=stException], [data-testid=stAlert]").count() == 0
    assert window.outside == []


@pytest.mark.parametrize("where", ["/", "/examples?interaction=i00000010"])
def test_narrow_pages_do_not_scroll_sideways(visit, full: str, where: str):
    window = visit(full, where, size=NARROW)
    main = "document.querySelector('[data-testid=stMain]')"
    assert window.page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth")
    window.save(f"narrow-{'interaction' if 'interaction' in where else 'overview'}")


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
    window.save("empty-light")
    assert window.title() == "Nothing here yet"
    assert window.page.get_by_text("feedback demo").is_visible()
    assert window.outside == []
