"""The page on incidents: without any, with some, and what its buttons do."""

from pathlib import Path

import pytest
from alarm_rows import alarm
from incident_store import clock, steps_of, store_with
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from feedback.explore.incidents import list_incidents
from feedback.pipeline.incidents import open_incidents
from feedback.settings import Broken, Settings
from feedback.store import Store

ROOT = Path(__file__).parents[2]
HOSTILE = "feature = <b>**x**</b>"
RULES = Settings(
    broken=(Broken("chat", segment="feature = chat", owner="team", severity="critical", runbook="https://wiki/chat"),)
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store with two incidents, the second in a segment with a hostile name."""
    found = store_with(
        tmp_path, alarm("a", "feature = chat", detected=380), alarm("b", "all", detected=385, rate_after=0.75),
        alarm("c", HOSTILE, onset=370, detected=375),
    )  # fmt: skip
    open_incidents(found, RULES, clock=clock)
    return found


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch):
    def open_page(path: Path, **address: str) -> AppTest:
        monkeypatch.setenv("FEEDBACK_STORE", str(path))
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        app.query_params.update(address)
        app._page_hash = calc_hash("incidents")
        return app.run()

    return open_page


def written(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.title, *app.info, *app.warning, *app.error]
    return "\n".join(element.value for element in elements)


def click(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def fill(app: AppTest, **said: str) -> AppTest:
    for field in app.text_input:
        if (value := said.get(field.label.replace(" ", "_"))) is not None:
            field.set_value(value)
    return app.run()


def test_the_list_is_there_with_one_incident_up_close(opened, store: Store):
    app = opened(store.path)
    assert not app.exception
    assert app.caption[0].value.startswith("2 open")
    assert app.dataframe[0].value["segment"].to_list() == ["feature = chat", HOSTILE]
    assert "feature = chat" in written(app).replace("\\", "")
    assert [text.value for text in app.text][:3] == ["Open", "Critical", "team"]


def test_an_incident_is_acknowledged_assigned_and_decided(opened, store: Store):
    app = fill(opened(store.path), You_are="ann", Owner="bob", Note="looking")
    app = click(app, "Acknowledge")
    app = click(app, "Assign")
    app = click(app, "False alarm")
    assert not app.exception
    assert steps_of(store, "acknowledged", "assigned", "false_alarm") == ["acknowledged", "assigned", "false_alarm"]
    row = list_incidents(store.at()).filter(segment="feature = chat").row(0, named=True)
    assert (row["state"], row["owner"], row["acknowledged_by"], row["note"]) == ("false_alarm", "bob", "ann", "looking")
    assert "Reopen" in [button.label for button in app.button]


@pytest.mark.parametrize(("label", "said"), [("Acknowledge", "who you are"), ("Assign", "owner"), ("Add note", "note")])
def test_what_is_missing_is_said_and_nothing_is_written(opened, store: Store, label: str, said: str):
    app = opened(store.path)
    app = click(fill(app, You_are="ann") if said != "who you are" else app, label)
    assert said in app.warning[0].value
    assert steps_of(store, "acknowledged", "assigned", "noted") == []


def test_values_of_dimensions_are_never_markdown(opened, store: Store):
    hostile = list_incidents(store.at()).filter(segment=HOSTILE)["incident_id"][0]
    app = opened(store.path, incident=hostile)
    assert not app.exception
    assert "\\<b\\>\\*\\*x\\*\\*" in written(app)


def test_what_the_address_gets_wrong_is_ignored(opened, store: Store):
    assert not opened(store.path, incident="nowhere").exception


def test_without_incidents_it_says_what_would_make_one(opened, tmp_path: Path):
    app = opened(store_with(tmp_path).path)
    assert not app.exception
    assert "[[broken]]" in app.code[0].value
    assert app.caption[0].value.startswith("None yet")
