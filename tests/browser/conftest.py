"""A browser for the tests of this folder, and windows that close after each test."""

from collections.abc import Callable, Iterator

import pytest
from app_window import CHROMIUM, FLAGS, Window

collect_ignore = ["take_pictures.py"]  # A script, not tests; it cannot even be imported without a browser.


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs `uv sync --group browser`")
    if CHROMIUM is None:
        pytest.skip("needs chromium, on Debian `apt-get install chromium`")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser) -> Iterator[Callable[..., Window]]:
    """Return a function that opens a window on the app; after the test none of them has asked anybody outside."""
    windows: list[Window] = []

    def open_window(address: str, where: str = "/", **window) -> Window:
        windows.append(Window(browser, address, **window))
        return windows[-1].open(where)

    yield open_window
    for one in windows:
        one.page.close()
    assert [url for one in windows for url in one.outside] == []
