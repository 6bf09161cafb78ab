"""The app. Started by `feedback app`, or by `streamlit run app.py`."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from streamlit.navigation.page import Page

from feedback.errors import FeedbackError
from feedback.labelling.functions import load_functions
from feedback.pages.alarms import show_alarms
from feedback.pages.data_health import show_data_health
from feedback.pages.examples import show_examples
from feedback.pages.filters import carry_choices
from feedback.pages.first_steps import show_first_steps
from feedback.pages.formats import ago, moment, moment_in_utc, moment_with_utc, plain
from feedback.pages.golden import show_golden
from feedback.pages.incidents import show_incidents
from feedback.pages.labels import show_labels
from feedback.pages.launch import named_store
from feedback.pages.overview import show_overview
from feedback.pages.places import name_places
from feedback.pages.review import show_review
from feedback.pages.roles import is_let_in, may, show_role
from feedback.pages.segments import show_segments
from feedback.pages.sign_in import is_open, show_who
from feedback.pages.trail import follow
from feedback.pages.viewer import viewer_zone
from feedback.settings import SETTINGS_FILE, Settings, read_settings
from feedback.store import Store
from feedback.store.snapshot import Snapshot

STORE = "FEEDBACK_STORE"
DEFAULT_STORE = "./feedback-store"
_LOOK_AGAIN_S = 30
_OVERVIEW = "overview"
_HERE = Path(__file__).parent


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config(
        page_title="feedback", page_icon=str(_HERE / "icon.svg"), layout="wide", initial_sidebar_state=270
    )
    st.logo(str(_HERE / "logo.svg"), size="large")
    store = Store(named_store(sys.argv) or os.environ.get(STORE, DEFAULT_STORE))
    try:
        if is_open() and is_let_in():
            _show(store)
    except FeedbackError as error:
        st.error(plain(str(error)), icon=":material/error:")


def _show(store: Store) -> None:
    snapshot = store.at()
    settings = read_settings(Path(SETTINGS_FILE))
    _load_functions(settings.labelling_functions)
    follow(store)
    sections = _list_pages(store, snapshot, settings)
    page = st.navigation(sections)
    name_places(sections)
    with st.sidebar:
        _show_stamp(store, snapshot)
        show_who()
        show_role()
    if snapshot.version == 0:
        show_first_steps(store.path)
        return
    carry_choices(page.url_path)
    page.run()


def _list_pages(store: Store, snapshot: Snapshot, settings: Settings) -> dict[str, list[Page]]:
    """Return the pages as the navigation groups them."""
    time_zone = settings.time_zone
    overview = partial(show_overview, snapshot, settings)
    # The address of a page that is the default one is empty, so that `/overview` needs another: the one in use shows.
    is_named = urlsplit(st.context.url or "").path.endswith(f"/{_OVERVIEW}")
    return {
        "Watch": [
            _page(overview, "Overview", "", "monitoring", default=True, hidden=is_named),
            _page(overview, "Overview", _OVERVIEW, "monitoring", hidden=not is_named),
            _page(partial(show_incidents, store, snapshot), "Incidents", "incidents", "emergency"),
            _page(partial(show_segments, snapshot, settings), "Segments", "segments", "trending_down"),
            _page(partial(show_alarms, snapshot, settings), "Alarms", "alarms", "notifications"),
        ],
        "Curate": [
            _page(partial(show_examples, snapshot, time_zone), "Examples", "examples", "search"),
            _page(partial(show_review, store, snapshot), "Review", "review", "gavel", hidden=not may("review")),
            _page(
                partial(show_golden, snapshot), "Golden set", "golden", "workspace_premium", hidden=not may("golden")
            ),
        ],
        "Trust": [
            _page(partial(show_labels, snapshot, time_zone), "Labels", "labels", "label"),
            _page(partial(show_data_health, snapshot, time_zone), "Data health", "health", "database"),
        ],
    }


def _page(
    show: Callable[[], None], title: str, address: str, icon: str, *, default: bool = False, hidden: bool = False
) -> Page:
    return st.Page(
        show, title=title, url_path=address, icon=f":material/{icon}:", default=default,
        visibility="hidden" if hidden else "visible",
    )  # fmt: skip


@st.cache_resource(show_spinner=False)
def _load_functions(files: tuple[Path, ...]) -> None:
    """Register the labelling functions of one's own, once: the evidence page tells why they vote."""
    load_functions(files)


@st.fragment(run_every=_LOOK_AGAIN_S)
def _show_stamp(store: Store, snapshot: Snapshot) -> None:
    """Show which run one is looking at and how fresh it is, and offer what came since."""
    run = snapshot.run
    with st.container(gap=None):
        if run is None:
            st.caption("No run yet")
        else:
            st.caption(
                f"Run {run.run}, {ago(datetime.now(UTC) - run.finished_at)}", help=moment_with_utc(run.finished_at)
            )
            st.caption(f"Data up to {moment(run.watermark)}")
            if viewer_zone() != "UTC":
                st.caption(f"{moment_in_utc(run.watermark)}; times are {plain(viewer_zone())}")
    is_newer = store.version() != snapshot.version
    if is_newer and st.button("Show newer data", icon=":material/refresh:", width="stretch"):
        st.rerun()


if __name__ == "__main__":
    main()
