"""The app. Started by `feedback app`, or by `streamlit run app.py`."""

import os
import sys
from pathlib import Path

import streamlit as st

from feedback.errors import FeedbackError
from feedback.labelling.functions import load_functions
from feedback.pages.alarms import show_alarms
from feedback.pages.data_health import show_data_health
from feedback.pages.examples import show_examples
from feedback.pages.first_steps import show_first_steps
from feedback.pages.formats import freshness, plain
from feedback.pages.golden import show_golden
from feedback.pages.incidents import show_incidents
from feedback.pages.labels import show_labels
from feedback.pages.launch import named_store
from feedback.pages.overview import show_overview
from feedback.pages.review import show_review
from feedback.pages.segments import show_segments
from feedback.settings import SETTINGS_FILE, read_settings
from feedback.store import Store
from feedback.store.snapshot import Snapshot

STORE = "FEEDBACK_STORE"
DEFAULT_STORE = "./feedback-store"
_LOOK_AGAIN_S = 30
_HERE = Path(__file__).parent


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config(
        page_title="feedback", page_icon=str(_HERE / "icon.svg"), layout="wide", initial_sidebar_state=270
    )
    st.logo(str(_HERE / "logo.svg"), size="large")
    store = Store(named_store(sys.argv) or os.environ.get(STORE, DEFAULT_STORE))
    try:
        _show(store)
    except FeedbackError as error:
        st.error(plain(str(error)), icon=":material/error:")


def _show(store: Store) -> None:
    snapshot = store.at()
    settings = read_settings(Path(SETTINGS_FILE))
    _load_functions(settings.labelling_functions)
    time_zone = settings.time_zone
    examples = st.Page(
        lambda: show_examples(snapshot, time_zone), title="Examples", url_path="examples", icon=":material/search:"
    )
    overview = st.Page(
        lambda: show_overview(snapshot, time_zone, examples),
        title="Overview", url_path="overview", icon=":material/monitoring:", default=True,
    )  # fmt: skip
    health = st.Page(
        lambda: show_data_health(snapshot, time_zone),
        title="Data health", url_path="health", icon=":material/database:",
    )  # fmt: skip
    labels = st.Page(lambda: show_labels(snapshot), title="Labels", url_path="labels", icon=":material/label:")
    segments = st.Page(
        lambda: show_segments(snapshot, settings, examples),
        title="Segments", url_path="segments", icon=":material/trending_down:",
    )  # fmt: skip
    alarms = st.Page(
        lambda: show_alarms(snapshot, settings, examples, segments),
        title="Alarms", url_path="alarms", icon=":material/notifications:",
    )  # fmt: skip
    review = st.Page(
        lambda: show_review(store, snapshot), title="Review", url_path="review", icon=":material/gavel:"
    )  # fmt: skip
    incidents = st.Page(
        lambda: show_incidents(store, snapshot), title="Incidents", url_path="incidents", icon=":material/emergency:"
    )  # fmt: skip
    golden = st.Page(
        lambda: show_golden(snapshot), title="Golden set", url_path="golden", icon=":material/workspace_premium:"
    )  # fmt: skip
    page = st.navigation([overview, incidents, segments, alarms, examples, review, golden, labels, health])
    with st.sidebar:
        _show_freshness(store, snapshot)
    if snapshot.version == 0:
        show_first_steps(store.path)
    else:
        page.run()


@st.cache_resource(show_spinner=False)
def _load_functions(files: tuple[Path, ...]) -> None:
    """Register the labelling functions of one's own, once: the evidence page tells why they vote."""
    load_functions(files)


@st.fragment(run_every=_LOOK_AGAIN_S)
def _show_freshness(store: Store, snapshot: Snapshot) -> None:
    """Show what the page was made from, and offer what came since."""
    with st.container(gap=None):
        for part in freshness(snapshot.run).split(" · "):
            st.caption(part[0].upper() + part[1:])
    is_newer = store.version() != snapshot.version
    if is_newer and st.button("Show newer data", icon=":material/refresh:", width="stretch"):
        st.rerun()


if __name__ == "__main__":
    main()
