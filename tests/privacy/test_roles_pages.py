"""What viewers, reviewers and admins see and may do in the app."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from app_words import written
from people_store import MARK, PAGES, ROLES, open_as, people_store, shows
from streamlit.testing.v1 import AppTest

from feedback.pages import downloads, trail
from feedback.pages.clock import now
from feedback.pages.golden_versions import _cut
from feedback.pages.incidents import _take
from feedback.pages.review_queue import _draw
from feedback.pipeline import ingest_logs, run_labels
from feedback.pipeline.demo import bundled_file
from feedback.store import Store

VIEWER, REVIEWER, ADMIN = "eve@example.com", "bob@example.org", "ann@example.org"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return people_store(tmp_path_factory.mktemp("roles"))


@pytest.fixture(autouse=True)
def _folder(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "feedback.toml").write_text(ROLES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDBACK_STORE", str(store.path))


def buttons(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


@pytest.mark.parametrize("page", PAGES)
def test_a_viewer_sees_no_text_anywhere(page: str):
    assert not shows(open_as(VIEWER, page), MARK)


def test_a_viewer_sees_no_text_of_one_interaction():
    app = open_as(VIEWER, "examples", interaction="i1")
    assert not shows(app, MARK)
    assert "Texts are shown to reviewers." in [info.value for info in app.info]
    assert app.title[0].value == "Interaction i1"
    assert "Send to review" not in buttons(app)


@pytest.mark.parametrize("view", ["to do", "versions", "coverage", "export"])
def test_a_viewer_is_told_whom_the_golden_set_is_for(view: str):
    app = open_as(VIEWER, "golden", view=view)
    assert not shows(app, MARK)
    assert [info.value.split(";")[0] for info in app.info] == ["The golden set is for reviewers. You are a viewer"]


def test_a_viewer_reviews_nothing():
    app = open_as(VIEWER, "review")
    assert "Reviewing is for reviewers" in written(app)
    assert not app.text_input
    assert not app.title


def test_a_viewer_takes_no_step_in_an_incident():
    app = open_as(VIEWER, "incidents", incident="inc1")
    assert "Acknowledge" not in buttons(app)
    assert "Steps in an incident are for reviewers" in written(app)


def test_who_has_not_signed_in_has_the_default_role_whatever_they_type():
    app = open_as(None, "examples")
    assert not shows(app, MARK)
    assert app.sidebar.caption[-1].value == "Viewer"


@pytest.mark.parametrize("who", [REVIEWER, ADMIN])
def test_reviewers_and_admins_see_texts(who: str):
    assert shows(open_as(who, "examples"), MARK)
    assert shows(open_as(who, "examples", interaction="i1"), MARK)
    assert shows(open_as(who, "review"), MARK)


def test_a_reviewer_takes_steps_and_curates_but_cuts_no_version_and_exports_nothing():
    assert "Acknowledge" in buttons(open_as(REVIEWER, "incidents", incident="inc1"))
    versions = open_as(REVIEWER, "golden", view="versions")
    assert "Make a version" not in buttons(versions)
    assert "Making versions of the golden set is for admins" in written(versions)
    export = open_as(REVIEWER, "golden", view="export")
    assert "Exporting is for admins" in written(export)
    assert "Preview" not in buttons(export)


def test_an_admin_makes_versions_and_exports():
    assert "Make a version" in buttons(open_as(ADMIN, "golden", view="versions"))
    assert "Preview" in buttons(open_as(ADMIN, "golden", view="export"))


def test_nobody_gets_in_where_the_default_is_none(tmp_path: Path):
    (tmp_path / "feedback.toml").write_text(ROLES + 'default = "none"\n')
    for who in (VIEWER, None):
        app = open_as(who, "overview")
        assert app.title[0].value == "Not for you yet"
        assert not app.metric
        assert not app.dataframe
    assert open_as(REVIEWER, "overview").title[0].value == "Overview"


def test_without_roles_everybody_may_do_everything_and_the_sidebar_says_so(tmp_path: Path):
    (tmp_path / "feedback.toml").unlink()
    app = open_as(None, "examples")
    assert shows(app, MARK)
    assert app.sidebar.caption[-1].value == "No roles set up"


def test_a_file_of_settings_that_is_broken_opens_nothing(tmp_path: Path):
    (tmp_path / "feedback.toml").write_text(ROLES + "default = 1\n")
    app = open_as(None, "examples")
    assert not shows(app, MARK)
    assert "default is one of" in app.error[0].value


def call_as_viewer(action: Callable) -> str:
    """Return what a viewer is told who calls an action of the server directly, whatever buttons there are."""

    def page(action):
        action()

    app = AppTest.from_function(page, args=(action,)).run()
    assert not app.exception
    return app.info[0].value


def test_the_actions_themselves_refuse(store: Store):
    before = {name: store.table(name).collect().height for name in ("incident_events", "golden_versions", "runs")}
    incident = {"incident_id": "inc1", "state": "open"}
    assert "for reviewers" in call_as_viewer(lambda: _take(store, incident, "acknowledged"))
    assert "for admins" in call_as_viewer(lambda: _cut(store, "eve"))
    assert "for reviewers" in call_as_viewer(lambda: _draw(store, store.at(), "rate", 5))
    assert before == {name: store.table(name).collect().height for name in before}


def test_what_a_viewer_takes_along_has_no_texts(store: Store):

    def page(taken_along, follow, store):
        import polars as pl
        import streamlit as st

        follow(store)
        frame = pl.DataFrame({"interaction_id": ["i1"], "request_text": ["Why?"], "response": ["So."], "term": ["x"]})
        st.write(taken_along(frame, "examples")().columns)
        st.write(taken_along(lambda: frame, "examples")().columns)

    app = AppTest.from_function(page, args=(downloads._taken_along, trail.follow, store)).run()
    assert [element.value for element in app.json] == ['["interaction_id"]'] * 2


@pytest.mark.slow
def test_a_viewer_sees_no_text_of_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    store = Store(tmp_path / "demo")
    monkeypatch.setenv("FEEDBACK_STORE", str(store.path))
    ingest_logs(store, [bundled_file("events")], clock=now, source="demo")
    run_labels(store, clock=now, watermark="end")
    long = pl.col("request_text").str.len_chars() > 30
    texts = store.table("interactions").filter(long).collect()["request_text"].unique().sort().gather_every(7).to_list()
    segment = store.table("segments").sort("rank").head(1).collect().row(0, named=True)["segment"]
    for page, address in [*((page, {}) for page in PAGES), ("segments", {"segment": segment})]:
        assert not shows(open_as(VIEWER, page, **address), *texts)
