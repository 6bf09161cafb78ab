"""What somebody should look at, and what became of it."""

import polars as pl
import streamlit as st

from feedback.errors import SettingsError
from feedback.incidents.notify import KIND_WORDS
from feedback.incidents.spans import say_span
from feedback.incidents.states import CLOSED, steps_after, take_step
from feedback.pages import formats, reading
from feedback.pages.alarm_details import name_metric
from feedback.pages.clock import now
from feedback.pages.columns import LONG, time_column
from feedback.pages.downloads import show_table
from feedback.pages.identity import ask_who, who
from feedback.pages.incident_tables import show_alarms, show_evidence, show_latencies, show_timeline
from feedback.pages.leads import show_lead
from feedback.pages.roles import may, needs, say_needed
from feedback.store import Store
from feedback.store.snapshot import Snapshot

_STEPS = {
    "acknowledged": ("Acknowledge", ":material/visibility:", "You are looking at it."),
    "resolved": ("Resolve", ":material/check_circle:", "It was real and is over."),
    "false_alarm": ("False alarm", ":material/notifications_off:", "Nothing was wrong: evidence about the detector."),
    "reopened": ("Reopen", ":material/undo:", "It is not over."),
    "assigned": ("Assign", ":material/person:", "Whose it is from now on: write the name into Owner."),
    "noted": ("Add note", ":material/edit_note:", "Write something down for the others."),
}
_NAME = "person at incidents"
_ROW_HEIGHT, _MOST_ROWS = 35, 10


def show_incidents(store: Store, snapshot: Snapshot) -> None:
    """Show the incidents, the one that the address names up close, and how fast and how right they were."""
    st.title("Incidents", anchor=False)
    found = reading.list_incidents(snapshot)
    show_lead(_count_states(found), snapshot.run)
    if found.is_empty():
        _show_nothing_yet()
        return
    shown = _choose_shown(found)
    if shown.is_empty():
        st.info("No incident is open.", icon=":material/check_circle:")
    else:
        _show_details(store, snapshot, shown.row(_pick_row(shown), named=True))
    left, right = st.columns(2)
    with left:
        show_latencies(reading.incident_latencies(snapshot))
    with right:
        show_evidence(reading.detector_evidence(snapshot))


def _count_states(found: pl.DataFrame) -> str:
    counts = dict(found["state"].value_counts().iter_rows())
    said = [
        f"{counts[state]} {formats.words(state).lower()}"
        for state in ("open", "acknowledged", *CLOSED)
        if state in counts
    ]
    return f"**{said[0]}**{''.join(f', {one}' for one in said[1:])}." if said else "**None** yet."


def _show_nothing_yet() -> None:
    st.info("Nothing was ever wrong enough to tell anybody.", icon=":material/check_circle:")
    st.caption("Each run opens an incident for alarms of one cause, and for what `feedback.toml` calls broken:")
    st.code('[[broken]]\nsegment = "feature = chat_support"\nbelow = 0.7\nowner = "ann"', language="toml")


def _choose_shown(found: pl.DataFrame) -> pl.DataFrame:
    """Return the incidents to list: the open ones, or all. One that the address names is always there."""
    is_closed = pl.col("state").is_in(CLOSED)
    n_closed = found.filter(is_closed).height
    if n_closed and st.toggle(f"Also the {n_closed} closed", key="incidents closed too"):
        return found
    return found.filter(~is_closed | (pl.col("incident_id") == st.query_params.get("incident", "")))


def _pick_row(shown: pl.DataFrame) -> int:
    """Return the row that is ticked, the first at the beginning. In the address: `incident`."""
    ids = shown["incident_id"].to_list()
    chosen = st.query_params.get("incident")
    at = ids.index(chosen) if chosen in ids else 0
    show_table(
        shown.select(
            "severity",
            pl.col("state").str.replace("_", " "),
            "segment",
            pl.col("kind").replace_strict(KIND_WORDS, default="something changed", return_dtype=pl.String),
            "owner",
            "onset_at",
            pl.Series("after", [say_span(value) for value in shown["detection_s"]], dtype=pl.String),
            "n_alarms",
        ),
        name="incidents",
        whole=shown,
        caption="Open ones first, the gravest first. Tick a row to look into it.",
        column_config=_columns(),
        key="incidents",
        on_select=lambda: _write_address(ids),
        selection_mode="single-row",
        selection_default={"selection": {"rows": [at]}},
        height=_ROW_HEIGHT * (min(shown.height, _MOST_ROWS) + 1) + 3,
        placeholder=formats.UNKNOWN,
        alt="Incidents, open ones first",
    )
    return at


def _columns() -> dict:
    columns = st.column_config
    return {
        "severity": columns.TextColumn("Severity", width=70),
        "state": columns.TextColumn("State", width=105),
        "segment": columns.TextColumn("Where", width=240, help="The narrowest segment that explains all its alarms."),
        "kind": columns.TextColumn("What", width=190),
        "owner": columns.TextColumn("Owner", width=85),
        "onset_at": time_column("Since about", width=130, shown_as=LONG),
        "after": columns.TextColumn("Detected after", width=100),
        "n_alarms": columns.NumberColumn("Alarms", format="localized", width=60),
    }


def _write_address(ids: list[str]) -> None:
    rows = st.session_state["incidents"]["selection"]["rows"]
    st.query_params.pop("incident", None)
    if rows:
        st.query_params["incident"] = ids[rows[0]]


def _show_details(store: Store, snapshot: Snapshot, incident: dict) -> None:
    with st.container(border=True):
        what = KIND_WORDS.get(incident["kind"] or "", "something changed")
        st.markdown(f"**{formats.name(incident['segment'] or 'all')}**: {what}")
        _show_facts(incident)
        _show_steps(store, incident)
    left, right = st.columns([3, 2])
    with left:
        show_alarms(reading.incident_alarms(snapshot, incident["incident_id"]))
    with right:
        show_timeline(reading.tell_steps(snapshot, incident["incident_id"]))


def _show_facts(incident: dict) -> None:
    said = [
        ("State", formats.words(incident["state"])),
        ("Severity", formats.words(incident["severity"])),
        ("Owner", incident["owner"] or "nobody yet"),
        ("Until reported", say_span(incident["report_s"]) or formats.UNKNOWN),
        ("Until acknowledged", say_span(incident["acknowledgement_s"]) or formats.UNKNOWN),
        ("Until decided", say_span(incident["decision_s"]) or formats.UNKNOWN),
    ]
    for place, (name, value) in zip(st.columns(len(said)), said, strict=True):
        with place:
            st.caption(name)
            st.text(value)
    about = [name_metric(incident["metric"])] if incident["metric"] else []
    about += [f"since about {formats.moment(incident['onset_at'])}"]
    about += [f"rule {incident['rule']}"] if incident["rule"] else []
    about += [f"incident {incident['incident_id']}"]
    st.caption(formats.plain(" · ".join(about)))
    runbook = incident["runbook"] or ""
    if runbook.startswith(("https://", "http://")):
        st.link_button("Runbook", runbook, icon=":material/menu_book:")
    elif runbook:
        st.caption(formats.plain(f"Runbook: {runbook}"))


def _show_steps(store: Store, incident: dict) -> None:
    """Offer what can be done, and show why the last thing could not be."""
    if not may("incidents"):
        say_needed("incidents")
        return
    key = incident["incident_id"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ask_who(key=_NAME)
        st.text_input("Owner", key=f"owner of {key}", placeholder="Whom to assign it to", width=200)
        st.text_input("Note", key=f"note on {key}", placeholder="What there is to say", width="stretch")
    possible = steps_after(incident["state"])
    with st.container(horizontal=True):
        for action, (label, icon, why) in _STEPS.items():
            if action in possible:
                st.button(
                    label, icon=icon, help=why, key=f"{action} {key}", on_click=_take, args=(store, incident, action)
                )  # fmt: skip
    problem = st.session_state.pop("incident problem", None)
    if problem:
        st.warning(formats.plain(problem), icon=":material/error:")


@needs("incidents")
def _take(store: Store, incident: dict, action: str) -> None:
    key = incident["incident_id"]
    said = {name: st.session_state.get(f"{name} {key}", "").strip() or None for name in ("owner of", "note on")}
    try:
        step = take_step(
            incident, action, by=who() or "", at=now(),
            owner=said["owner of"] if action == "assigned" else None, note=said["note on"],
        )  # fmt: skip
    except SettingsError as error:
        st.session_state["incident problem"] = _explain(error)
        return
    store.append("incident_events", step)
    st.session_state[f"note on {key}"] = ""
    st.query_params["incident"] = key


def _explain(error: SettingsError) -> str:
    missing = str(error).split(" is missing", maxsplit=1)[0]
    words_for = {"by": "Say who you are first.", "owner": "Write the new owner's name into Owner.",
                 "note": "Write the note first."}  # fmt: skip
    return words_for.get(missing, str(error))
