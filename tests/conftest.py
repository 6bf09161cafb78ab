"""Hypothesis runs a quick profile by default; HYPOTHESIS_PROFILE=laws or =thorough looks harder."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

settings.register_profile("quick", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("laws", parent=settings.get_profile("quick"), max_examples=300)
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

APP = Path(__file__).parents[1] / "app.py"


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., AppTest]:
    """Return a function that opens a page of the app on a store, at an address, in a folder of its own.

    It does not look for exceptions: what should not happen is the test's to say. Give `feedback.toml` to the
    page by writing it into `tmp_path`.
    """

    def open_page(store: object, page: str = "", **address: str | list[str]) -> AppTest:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("FEEDBACK_STORE", str(getattr(store, "path", store)))
        app = AppTest.from_file(str(APP), default_timeout=120)
        app.query_params.update(address)
        if page:
            # `switch_page` knows pages that are files only; ours are functions, known by the hash of their address.
            app._page_hash = calc_hash(page)
        return app.run()

    return open_page
