"""The app in a real browser: when its first content stands, when a filter has answered, what ten people at once wait.

A page tells by itself: before anything else runs, a script is put into it that notes when the first content stood and
when the page last changed, on the clock of the browser. No time of the driver is in the figures.
"""

import asyncio
import shutil
import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import TimeoutError as NotThereError

from benchmarks.process_tree import LOOK_EVERY_S
from feedback.pages.launch import streamlit_arguments

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    # Of ten windows nine are behind another one, and are to be as quick as it.
    "--disable-renderer-backgrounding", "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
]  # fmt: skip
VIEW = {"width": 1440, "height": 1000}
# After so long without a change, with nothing running, a page is complete and a filter has answered.
QUIET_MS, PATIENCE_S = 350, 90
_TRIES = 5
_WATCH = """
(() => {
  const content = '[data-testid="stMain"] :is([data-testid="stMetric"], [data-testid="stVegaLiteChart"] canvas, '
    + '[data-testid="stVegaLiteChart"] svg, [data-testid="stDataFrame"], [data-testid="stAlert"], '
    + '[data-testid="stProgress"], [data-testid="stTextInput"], [data-testid="stTable"], .st-key-lead p, '
    + '.st-key-headlines [data-testid="stHorizontalBlock"] p)';
  const state = window.__seen = {first: null, changed: 0, asked: 0};
  const isRunning = () => {
    const app = document.querySelector('[data-testid="stApp"]');
    return !app || app.getAttribute('data-test-script-state') !== 'notRunning'
      || document.querySelector('[data-testid="stSpinner"], [data-testid="stSkeleton"], [data-stale="true"]') !== null;
  };
  const look = () => {
    const now = performance.now();
    if (state.first === null && document.querySelector('[data-testid="stMain"] h1') && document.querySelector(content))
      state.first = now;
    if (isRunning()) state.changed = now;
  };
  // What is inside of a canvas is never drawn: tables keep words for screen readers there, and write them later. A list
  // that was chosen from fades away outside of the page.
  const isSeen = ({target}) => (target.nodeType === 1 ? target : target.parentElement)?.closest('canvas') === null
    && document.querySelector('[data-testid="stApp"]')?.contains(target);
  new MutationObserver((all) => { if (all.some(isSeen)) state.changed = performance.now(); })
    .observe(document, {subtree: true, childList: true, characterData: true, attributes: true,
                        attributeFilter: ['data-stale', 'data-test-script-state', 'aria-label', 'aria-checked']});
  addEventListener('pointerdown', () => { state.asked = performance.now(); state.changed = state.asked; }, true);
  addEventListener('keydown', () => { state.asked = performance.now(); state.changed = state.asked; }, true);
  window.__quiet = (ms) => !isRunning() && state.first !== null && performance.now() - state.changed > ms;
  setInterval(look, 16);
})();
"""


@dataclass(frozen=True)
class Opened:
    """Seconds from asking for a page to its first content, and until it was complete."""

    first_s: float
    complete_s: float


@contextmanager
def serve(store: Path, port: int) -> Iterator[subprocess.Popen]:
    """Yield the process of the app, started as `feedback app` does, once it answers."""
    command = streamlit_arguments(store, port)
    with subprocess.Popen(command, cwd=store.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port, server)
            yield server
        finally:
            server.kill()


def _wait_for(port: int, server: subprocess.Popen) -> None:
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(LOOK_EVERY_S / 4)
    raise SystemExit("the app did not start")


def peak_gib(server: subprocess.Popen) -> float:
    """Return the most memory the app has held so far (Linux)."""
    lines = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 2**20 for line in lines if line.startswith("VmHWM:"))


@asynccontextmanager
async def browse() -> AsyncIterator[Browser]:
    """Yield a browser without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


async def new_tab(browser: Browser) -> Page:
    """Return a tab of somebody who was never here before."""
    context = await browser.new_context(viewport=VIEW)  # pyright: ignore[reportArgumentType]
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    await page.add_init_script(_WATCH)
    return page


async def follow_tab(tab: Page) -> Page:
    """Return a new tab of the same visitor in place of the old one: the browser still has what it loaded."""
    page = await tab.context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    await page.add_init_script(_WATCH)
    await tab.close()
    return page


async def open_page(page: Page, port: int, address: str) -> Opened:
    """Return how long a page took to open; its errors are errors."""
    await page.goto(f"http://127.0.0.1:{port}/{address}", wait_until="commit")
    await _settle(page)
    failures = page.locator('[data-testid="stException"]')
    if await failures.count():
        raise SystemExit(f"{address}: {await failures.first.inner_text()}")
    seen = await page.evaluate("window.__seen")
    return Opened(seen["first"] / 1000, max(seen["changed"], seen["first"]) / 1000)


async def answer_s(page: Page, act: Any) -> float:
    """Return the seconds from the last click or key of an act to the last change on the page it brought about."""
    await act(page)
    await asyncio.sleep(0.05)
    await _settle(page)
    seen = await page.evaluate("window.__seen")
    return max(seen["changed"] - seen["asked"], 0) / 1000


async def _settle(page: Page) -> None:
    await page.wait_for_function(f"window.__quiet && window.__quiet({QUIET_MS})", polling=50)


def choose_segment(label: str, option: str) -> Any:
    """Return an act: click one of the options shown side by side."""

    async def act(page: Page) -> None:
        group = page.locator('[data-testid="stButtonGroup"]').filter(has_text=label).first
        await (
            group.get_by_role("radio", name=option, exact=True)
            .or_(group.get_by_role("button", name=option, exact=True))
            .first.click()
        )

    return act


def choose_option(label: str, option: str | int) -> Any:
    """Return an act: open a list of options and choose one, by its words or its place."""

    async def act(page: Page) -> None:
        box = page.locator('[data-testid="stSelectbox"], [data-testid="stMultiSelect"]').filter(has_text=label).first
        await box.scroll_into_view_if_needed()
        listed = page.locator('[data-testid="stSelectboxVirtualDropdown"] li, [role="option"]')
        for _ in range(_TRIES):
            await box.locator("input").first.click()
            try:
                await listed.first.wait_for(timeout=2000)
                break
            except NotThereError:
                # A page that was still being drawn closed it again.
                continue
        chosen = listed.nth(option) if isinstance(option, int) else listed.filter(has_text=option).first
        await chosen.click()

    return act


def search_option(label: str, written: str) -> Any:
    """Return an act: write the beginning of a value into a list and take what is found."""

    async def act(page: Page) -> None:
        box = page.locator('[data-testid="stSelectbox"]').filter(has_text=label).first
        await box.locator("input").first.click()
        await box.locator("input").first.fill(written)
        await page.locator('[role="option"]').first.wait_for()
        await page.keyboard.press("Enter")

    return act


def switch_on(label: str) -> Any:
    """Return an act: flip a switch."""

    async def act(page: Page) -> None:
        # By keyboard: the tools of a table below it may lie over it.
        await page.locator('[data-testid="stCheckbox"]').filter(has_text=label).locator("input").first.press("Space")

    return act
