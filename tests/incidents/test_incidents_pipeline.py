import time
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from alarm_rows import alarm, at
from incident_store import CLOCK, add_run, clock, steps_of, store_with, tell
from processes import start, wait_for
from webhook import webhook

from feedback.errors import SettingsError
from feedback.incidents.states import fold_incidents, take_step
from feedback.pipeline.incidents import IncidentSummary, open_incidents
from feedback.pipeline.telling import NotifySummary, notify_incidents
from feedback.settings import Broken, Notify, Settings
from feedback.store import Store

CHAT, WHOLE = alarm("a", "feature = chat", detected=380), alarm("b", "all", detected=385, rate_after=0.75)
LATER = alarm("c", "intent = refund", detected=390)
RULES = Settings(broken=(Broken("chat", segment="feature = chat", owner="ann", severity="critical"),))


def incidents_of(store: Store) -> pl.DataFrame:
    return fold_incidents(store.table("incident_events").collect())


def step(store: Store, action: str, **said) -> None:
    row = incidents_of(store).row(0, named=True)
    store.append("incident_events", take_step(row, action, by="ann", at=said.pop("when", CLOCK), **said))


def tell_all(store: Store, *urls: str, minutes: float = 0) -> NotifySummary:
    later = CLOCK + timedelta(minutes=minutes)
    return notify_incidents(store, Notify(urls), clock=lambda: later, environment={})


def test_alarms_of_a_run_become_incidents_once(tmp_path: Path):
    store = store_with(tmp_path, CHAT, WHOLE)
    made = open_incidents(store, RULES, clock=clock)
    assert (len(made.opened), made.n_joined, made.n_linked) == (1, 1, 0)
    assert open_incidents(store, RULES, clock=clock) == IncidentSummary()
    found = incidents_of(store).select("segment", "owner", "severity", "rule", "n_alarms", "opened_at").row(0)
    assert found == ("feature = chat", "ann", "critical", "chat", 2, CLOCK)


def test_alarms_of_a_later_run_join_the_open_incident(tmp_path: Path):
    store = store_with(tmp_path, CHAT)
    open_incidents(store, Settings(), clock=clock)
    add_run(store, WHOLE, LATER)
    assert open_incidents(store, Settings(), clock=clock) == IncidentSummary((), 2, 0)
    assert steps_of(store) == ["opened a", "joined b", "joined c"]


def test_a_store_without_labels_or_alarms_has_no_incidents(tmp_path: Path):
    assert open_incidents(Store(tmp_path / "none"), Settings(), clock=clock) == IncidentSummary()
    assert open_incidents(store_with(tmp_path), Settings(), clock=clock) == IncidentSummary()


def test_what_a_killed_process_left_undone_is_done_by_the_next(tmp_path: Path):
    store = store_with(tmp_path, CHAT)
    add_run(store, WHOLE)
    made = open_incidents(store, Settings(), clock=clock)
    assert (len(made.opened), made.n_joined) == (1, 1)


def test_alarms_of_a_replay_open_nothing_and_are_linked_again(tmp_path: Path):
    store = store_with(tmp_path, CHAT)
    open_incidents(store, Settings(), clock=clock)
    again = {"label_version": 2, "is_replayed": True}
    add_run(
        store,
        alarm("a2", "feature = chat", onset=99, detected=380, **again),
        alarm("d", "language = de", **again),
        version=2,
    )
    assert open_incidents(store, Settings(), clock=clock) == IncidentSummary((), 0, 1)
    assert steps_of(store) == ["opened a", "linked a2"]
    assert open_incidents(store, Settings(), clock=clock) == IncidentSummary()


def test_closed_incidents_are_not_linked_again(tmp_path: Path):
    store = store_with(tmp_path, CHAT)
    open_incidents(store, Settings(), clock=clock)
    step(store, "resolved")
    add_run(store, {**CHAT, "label_version": 2, "is_replayed": True}, version=2)
    assert open_incidents(store, Settings(), clock=clock) == IncidentSummary()


def test_an_alarm_after_a_refit_joins_what_was_linked(tmp_path: Path):
    store = store_with(tmp_path, CHAT)
    open_incidents(store, Settings(), clock=clock)
    add_run(store, {**CHAT, "label_version": 2, "is_replayed": True}, {**LATER, "label_version": 2}, version=2)
    assert open_incidents(store, Settings(), clock=clock) == IncidentSummary((), 1, 1)


def test_a_broken_rule_is_an_incident_until_somebody_decides(tmp_path: Path):
    store = store_with(tmp_path, score=0.3)
    settings = Settings(broken=(Broken("low", below=0.7, min_n=20, owner="ann"),))
    assert len(open_incidents(store, settings, clock=clock).opened) == 1
    assert open_incidents(store, settings, clock=clock).opened == ()
    found = incidents_of(store).select("kind", "rule", "owner", "severity", "note").row(0)
    assert found == ("rule", "low", "ann", "high", "0.300 (0.300 to 0.300) on 24 labels")
    step(store, "false_alarm", when=at(385))
    assert open_incidents(store, settings, clock=clock).opened == ()


def test_a_rule_that_means_nothing_does_not_hold_alarms_up(tmp_path: Path):
    store = store_with(tmp_path, CHAT)
    with pytest.raises(SettingsError, match="colour = red"):
        open_incidents(store, Settings(broken=(Broken("r", segment="colour = red", below=0.5),)), clock=clock)
    assert steps_of(store) == ["opened a"]


def test_everybody_is_told_once(tmp_path: Path):
    store = store_with(tmp_path, CHAT, WHOLE)
    open_incidents(store, Settings(), clock=clock)
    with webhook() as one, webhook() as other:
        assert tell_all(store, one.url, other.url) == NotifySummary(2, 0, 0)
        assert tell_all(store, one.url, other.url, minutes=600) == NotifySummary()
        assert len(one.received) == len(other.received) == 1


def test_what_failed_is_tried_again_later_with_the_same_key(tmp_path: Path):
    store = store_with(tmp_path, CHAT)
    open_incidents(store, Settings(), clock=clock)
    with webhook(n_refused=2) as server:
        done = [tell_all(store, server.url, minutes=minutes) for minutes in (0, 0.5, 1, 2, 3, 4)]
    failed, waiting = NotifySummary(0, 1, 0), NotifySummary(0, 0, 1)
    assert done == [failed, waiting, failed, waiting, NotifySummary(1, 0, 0), NotifySummary()]
    assert len({sent["key"] for sent in server.received}) == 1
    assert steps_of(store) == ["opened a", "not_notified", "not_notified", "notified"]


def test_only_those_who_were_not_reached_are_told_again(tmp_path: Path):
    store = store_with(tmp_path, CHAT)
    open_incidents(store, Settings(), clock=clock)
    with webhook() as good, webhook(wait_s=1) as slow:
        assert tell_all(store, good.url, slow.url) == NotifySummary(1, 1, 0)
        slow.wait_s = 0
        assert tell_all(store, good.url, slow.url, minutes=5) == NotifySummary(1, 0, 0)
        assert len(good.received) == 1


def test_a_process_killed_after_sending_sends_it_again_with_the_same_key(tmp_path: Path):
    store = store_with(tmp_path, CHAT)
    open_incidents(store, Settings(), clock=clock)
    with webhook() as server:
        url = server.url.replace("rto=0.5", "rto=60")
        server.may_answer.clear()
        process = start(tell, store.path, [url])
        while not server.received:
            time.sleep(0.01)
        process.kill()
        assert wait_for(process) == -9
        server.may_answer.set()
        assert steps_of(store) == ["opened a"]
        assert tell_all(store, url) == NotifySummary(1, 0, 0)
    first, second = server.received
    assert first["key"] == second["key"]


def test_nobody_is_told_of_the_distant_past_of_closed_incidents_or_of_replays(tmp_path: Path):
    store = store_with(tmp_path, alarm("old", "feature = chat", detected=110), {**WHOLE, "is_replayed": True})
    open_incidents(store, Settings(), clock=clock)
    with webhook() as server:
        assert tell_all(store, server.url) == NotifySummary()
        add_run(store, alarm("new", "feature = search", onset=370, detected=380))
        open_incidents(store, Settings(), clock=clock)
        step(store, "resolved")
        assert tell_all(store, server.url) == NotifySummary()
        assert server.received == []


def test_a_variable_that_is_not_set_is_one_clear_error(tmp_path: Path):
    with pytest.raises(SettingsError, match="HOOK is not set"):
        tell_all(store_with(tmp_path, CHAT), "env:HOOK")
