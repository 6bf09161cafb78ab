"""The app in a window of headless Chromium, which lets no request out of this machine."""

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from feedback.pages.launch import streamlit_arguments

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDE, NARROW = {"width": 1440, "height": 1000}, {"width": 420, "height": 900}
HERE = "127.0.0.1"
_HEADER, _ROW = 37, 40
_PATIENCE_MS = 300_000


@contextmanager
def serve(store: Path) -> Iterator[str]:
    """Return the address of an app on a store, started as its command starts it; it ends with the block."""
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    # From another folder, as an installed package would: without our .streamlit/config.toml.
    with subprocess.Popen(streamlit_arguments(store, port), cwd=store.parent) as server:
        try:
            address = f"http://{HERE}:{port}"
            _wait_for(address)
            yield address
        finally:
            # Asked politely it would wait for every open window.
            server.kill()


def _wait_for(address: str) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.25)
    raise TimeoutError("the app did not start within a minute")


class Window:
    """One window on the app. What it would ask of any other machine is stopped, and noted in `outside`."""

    def __init__(self, browser, address: str, *, size: dict | None = None, scheme: str = "light"):
        self.address = address
        self.outside: list[str] = []
        self.page = browser.new_page(viewport=size or WIDE, color_scheme=scheme, accept_downloads=True)
        self.page.set_default_timeout(_PATIENCE_MS)
        self.page.route("**/*", self._let_through)
        self.page.on("websocket", lambda socket: self._note(socket.url))

    def _let_through(self, route) -> None:
        if self._note(route.request.url):
            route.abort()
        else:
            route.continue_()

    def _note(self, url: str) -> bool:
        """Return whether an address lies on another machine."""
        parts = urlsplit(url)
        is_outside = parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != HERE
        if is_outside:
            self.outside.append(url)
        return is_outside

    def open(self, where: str = "/") -> "Window":
        self.page.goto(self.address + where)
        self.page.wait_for_selector("h1")
        return self.settle()

    def settle(self) -> "Window":
        self.page.wait_for_timeout(300)
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        self.page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
        self.page.wait_for_timeout(1_000)
        return self

    def title(self) -> str:
        return self.page.locator("h1").inner_text()

    def wait_for_title(self, start: str) -> None:
        self.page.wait_for_function("start => document.querySelector('h1')?.innerText.startsWith(start)", arg=start)
        self.settle()

    def wait_for_text(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for()
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

    def click_row(self, heading: str, row: int = 0) -> None:
        """Click a row of the table below a heading."""
        block = self.page.locator("[data-testid=stVerticalBlock]").filter(has_text=heading).last
        grid = block.locator("[data-testid=stDataFrame]").first
        grid.scroll_into_view_if_needed()
        grid.click(position={"x": 120, "y": _HEADER + _ROW * row + 15})

    def click(self, name: str) -> None:
        """Click the button of that name, once it can be."""
        self.page.get_by_role("button", name=name).first.click()
        self.settle()

    def click_text(self, words: str) -> None:
        """Click what says just that on the page itself, such as one part of a row of choices."""
        self.page.locator("[data-testid=stMain]").get_by_text(words, exact=True).first.click()
        self.settle()

    def follow(self, name: str) -> None:
        """Follow the link of that name on the page itself."""
        self.page.locator("[data-testid=stMain]").get_by_role("link", name=name).first.click()
        self.settle()

    def write(self, label: str, text: str) -> None:
        box = self.page.get_by_label(label, exact=True).first
        box.fill(text)
        box.press("Tab")
        self.settle()

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a list by writing it."""
        box = self.page.get_by_role("combobox", name=label).first
        box.click()
        box.fill(option)
        self.page.get_by_role("option", name=option, exact=True).first.click()
        self.settle()

    def press(self, key: str) -> None:
        """Press a key while no field has the focus."""
        self.page.evaluate("document.activeElement?.blur()")
        self.page.keyboard.press(key)
        self.settle()

    def save(self, file: Path) -> None:
        """Save a picture of the whole page."""
        file.parent.mkdir(parents=True, exist_ok=True)
        height = self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        self.page.set_viewport_size({"width": self.page.viewport_size["width"], "height": height})
        self.page.wait_for_timeout(800)
        self.page.screenshot(path=file)
        self.page.set_viewport_size({**self.page.viewport_size, "height": WIDE["height"]})
