"""What all pages share: addresses, choices that go along, sign-in, the stamp, the viewer's clock, downloads."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from app_stores import clock, small_store
from app_words import written
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from feedback.store import Store

SECRETS = {"redirect_uri": "http://localhost/oauth2callback", "cookie_secret": "not a secret, but long enough"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return small_store(tmp_path_factory.mktemp("frame"))


def go(app: AppTest, page: str) -> AppTest:
    """Open another page as a click on the navigation does: with nothing in the address."""
    app._page_hash = calc_hash(page)
    app.query_params.clear()
    return app.run()


def test_the_overview_has_an_address_of_its_own(open_page, store: Store):
    app = open_page(store, "overview")
    assert not app.exception
    assert app.title[0].value == "Overview"


@pytest.mark.parametrize("page", ["overview", "incidents", "segments", "alarms"])
def test_every_page_opens_and_says_which_run_it_shows(open_page, store: Store, page: str):
    app = open_page(store, page)
    assert not app.exception
    assert "Run 2" in app.sidebar.caption[0].value
    assert app.sidebar.caption[1].value.startswith("Data up to ")


def test_what_was_chosen_goes_along_to_the_next_page(open_page, store: Store):
    app = open_page(store, "overview", days="28", dimension="model")
    assert dict(go(app, "examples").query_params) == {"days": "28", "dimension": "model"}
    assert dict(go(app, "overview").query_params) == {"days": "28", "dimension": "model"}


def test_a_page_finds_again_what_it_was_asked_for(open_page, store: Store):
    app = open_page(store, "segments", against="release")
    assert "against" not in go(app, "overview").query_params
    assert go(app, "segments").query_params["against"] == "release"


def test_an_address_that_says_something_is_left_as_it_is(open_page, store: Store):
    app = open_page(store, "overview", days="28")
    app._page_hash = calc_hash("examples")
    app.query_params.clear()
    app.query_params["days"] = "7"
    assert dict(app.run().query_params) == {"days": "7"}


def test_a_step_back_finds_what_was_chosen_before(open_page, store: Store):
    app = open_page(store, "segments", segment="all", since="2026-09-20")
    app._page_hash = calc_hash("examples")
    app.query_params.clear()
    app.query_params["interaction"] = "i1"
    app.run()
    app._page_hash = calc_hash("segments")
    assert dict(app.run().query_params) == {"segment": "all", "since": "2026-09-20"}


def test_opening_the_same_page_again_begins_anew(open_page, store: Store):
    app = open_page(store, "overview", days="28")
    assert dict(go(app, "overview").query_params) == {}


def test_an_example_that_is_open_stays_behind(open_page, store: Store):
    app = open_page(store, "examples", interaction="i1", days="28")
    go(app, "overview")
    assert dict(go(app, "examples").query_params) == {"days": "28"}


def test_times_are_those_of_the_viewer_with_utc_beside_them(open_page, store: Store):
    app = open_page(store, "overview")
    app.context["timezone"] = "Asia/Kolkata"
    said = written(app.run())
    assert "UTC+5:30" in said
    assert "UTC)" in said
    assert "times are Asia/Kolkata" in "".join(caption.value for caption in app.sidebar.caption)


def test_a_zone_nobody_knows_is_utc(open_page, store: Store):
    app = open_page(store, "overview")
    app.context["timezone"] = "../../etc/passwd"
    assert "UTC+" not in written(app.run())
    assert not app.exception


def test_while_sign_in_is_on_nothing_is_shown_before_it(open_page, store: Store):
    app = open_page(store, "overview")
    app.secrets["auth"] = {**SECRETS, "okta": {"client_id": "x"}}
    app.user = {"is_logged_in": False}
    app.run()
    assert not app.exception
    assert not app.metric
    if find_spec("authlib"):
        assert (app.title[0].value, app.button[0].label) == ("Sign in", "Sign in with Okta")
    else:
        assert "pip install 'feedback[auth]'" in app.error[0].value.replace("\\", "")


def test_who_is_signed_in_is_who_acts(open_page, store: Store):
    app = open_page(store, "overview")
    app.secrets["auth"] = SECRETS
    app.user = {"is_logged_in": True, "email": "ann@example.org"}
    app.run()
    assert app.title[0].value == "Overview"
    assert any("example\\.org" in caption.value for caption in app.sidebar.caption)
    assert "Sign out" in [button.label for button in app.sidebar.button]


def test_a_claim_without_a_sign_in_counts_for_nothing(open_page, store: Store):
    app = open_page(store, "overview")
    app.user = {"email": "ann@example.org"}
    assert "ann" not in " ".join(caption.value for caption in app.run().sidebar.caption)


def test_tables_and_charts_can_be_taken_along(open_page, store: Store):
    app = open_page(store, "overview")
    offered = {button.label for button in app.download_button}
    assert offered == {"CSV", "Parquet", "SVG", "PNG"}


def test_a_store_that_is_being_written_shows_its_last_run(open_page, tmp_path: Path):
    store = small_store(tmp_path)
    with store.writer(clock=clock()) as writer:
        writer.replace("labels", store.table("labels").head(0).collect())
        app = open_page(store, "overview")
        assert not app.exception
        assert app.title[0].value == "Overview"
        assert app.metric[0].label == "Behaviour score"


def test_a_table_that_is_gone_is_one_readable_line(open_page, tmp_path: Path):
    store = small_store(tmp_path)
    for file in (store.path / "labels").rglob("*.parquet"):
        file.unlink()
    app = open_page(store, "segments")
    assert not app.exception
    assert "labels" in app.error[0].value
