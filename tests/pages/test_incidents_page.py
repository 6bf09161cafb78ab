"""The page on incidents: without any, with some, and what its buttons do."""

from pathlib import Path

import pytest
from alarm_rows import alarm
from app_words import written
from incident_store import clock, steps_of, store_with
from streamlit.testing.v1 import AppTest

from feedback.explore.incidents import list_incidents
from feedback.pipeline.incidents import open_incidents
from feedback.settings import Broken, Settings
from feedback.store import Store

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


def click(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def fill(app: AppTest, **said: str) -> AppTest:
    for field in app.text_input:
        if (value := said.get(field.label.replace(" ", "_"))) is not None:
            field.set_value(value)
    return app.run()


def test_the_list_is_there_with_one_incident_up_close(open_page, store: Store):
    app = open_page(store, "incidents")
    assert not app.exception
    assert app.markdown[0].value.startswith("**2 open**")
    assert app.dataframe[0].value["segment"].to_list() == ["feature = chat", HOSTILE]
    assert "feature = chat" in written(app).replace("\\", "")
    assert [text.value for text in app.text][:3] == ["Open", "Critical", "team"]


def test_an_incident_is_acknowledged_assigned_and_decided(open_page, store: Store):
    app = fill(open_page(store, "incidents"), You_are="ann", Owner="bob", Note="looking")
    app = click(app, "Acknowledge")
    app = click(app, "Assign")
    app = click(app, "False alarm")
    assert not app.exception
    assert steps_of(store, "acknowledged", "assigned", "false_alarm") == ["acknowledged", "assigned", "false_alarm"]
    row = list_incidents(store.at()).filter(segment="feature = chat").row(0, named=True)
    assert (row["state"], row["owner"], row["acknowledged_by"], row["note"]) == ("false_alarm", "bob", "ann", "looking")
    assert "Reopen" in [button.label for button in app.button]


@pytest.mark.parametrize(("label", "said"), [("Acknowledge", "who you are"), ("Assign", "owner"), ("Add note", "note")])
def test_what_is_missing_is_said_and_nothing_is_written(open_page, store: Store, label: str, said: str):
    app = open_page(store, "incidents")
    app = click(fill(app, You_are="ann") if said != "who you are" else app, label)
    assert said in app.warning[0].value
    assert steps_of(store, "acknowledged", "assigned", "noted") == []


def test_values_of_dimensions_are_never_markdown(open_page, store: Store):
    hostile = list_incidents(store.at()).filter(segment=HOSTILE)["incident_id"][0]
    app = open_page(store, "incidents", incident=hostile)
    assert not app.exception
    assert "\\<b\\>\\*\\*x\\*\\*" in written(app)


def test_what_the_address_gets_wrong_is_ignored(open_page, store: Store):
    assert not open_page(store, "incidents", incident="nowhere").exception


def test_without_incidents_it_says_what_would_make_one(open_page, tmp_path: Path):
    app = open_page(store_with(tmp_path), "incidents")
    assert not app.exception
    assert "[[broken]]" in app.code[0].value
    assert app.markdown[0].value == "**None** yet."
