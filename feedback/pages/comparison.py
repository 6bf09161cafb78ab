"""Compared with what: the reader's choice, kept in the address so that every comparison is a link."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Literal, TypeVar

import streamlit as st

from feedback.explore.comparisons import AGAINST, Comparison
from feedback.explore.traffic import Traffic
from feedback.pages import formats, reading
from feedback.store.snapshot import Snapshot

Option = TypeVar("Option")
ByTheRun = Literal["each run"]
BY_THE_RUN: ByTheRun = "each run"
_NAMES = {
    BY_THE_RUN: "Previous 7 and 14 days",
    "previous period": "Previous period",
    "same hours last week": "Same hours last week",
    "pinned baseline": "Pinned baseline",
    "release": "Before a release",
    "golden traffic": "Golden traffic",
}
_LENGTHS = (1, 3, 7, 14, 28)
_HOURS = (6, 12, 24, 48, 168)
_USUAL_DAYS, _USUAL_HOURS = 7, 24
_BETWEEN, _IS = "..", "="
_ADDRESS = ("against", "length", "hours", "baseline", "release")


def choose_comparison(snapshot: Snapshot) -> Comparison | ByTheRun | None:
    """Return what is compared with what; `BY_THE_RUN` for what each run stores, null while the choice is unfinished.

    In the address: `against`, `length` (days), `hours`, `baseline` (first..last day), `release` (column=version).
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        options = (BY_THE_RUN, *AGAINST)
        against = _choose("Compared with", "against", options, BY_THE_RUN, write=_NAMES.__getitem__, width=230)
        if against == BY_THE_RUN:
            return BY_THE_RUN
        if against == "same hours last week":
            hours = _choose("Latest hours", "hours", _HOURS, _USUAL_HOURS)
            return Comparison("same hours last week", timedelta(hours=hours))
        length = timedelta(days=_choose("Days now", "length", _LENGTHS, _USUAL_DAYS))
        return _complete(snapshot, against, length)


def _complete(snapshot: Snapshot, against: str, length: timedelta) -> Comparison | None:
    """Return the comparison with what else it takes; null while that is missing."""
    if against == "pinned baseline":
        baseline = _choose_baseline(snapshot)
        return baseline and Comparison("pinned baseline", length, baseline=baseline)
    if against == "release":
        release = _choose_release(snapshot)
        return release and Comparison("release", length, release=release)
    if against == "golden traffic":
        traffic = _choose_traffic()
        return traffic and Comparison("golden traffic", length, traffic=traffic)
    return Comparison("previous period", length)


def _choose(
    label: str,
    name: str,
    options: Sequence[Option],
    usual: Option,
    *,
    write: Callable[[Option], str] = str,
    width: int = 130,
) -> Option:
    """Return one of the options; the usual where the address says nothing or nonsense."""
    known = {str(option): option for option in options}
    st.session_state[_key(name)] = known.get(st.query_params.get(name, ""), usual)
    return st.selectbox(
        label, options, key=_key(name), width=width, format_func=write, on_change=_write_choice, args=(name, usual)
    )


def _choose_baseline(snapshot: Snapshot) -> tuple[date, date] | None:
    """Return the first and last day of the baseline: the first week of the log where the address says none."""
    period = reading.whole_period(snapshot)
    if period is None:
        return None
    usual = (period[0], min(period[0] + timedelta(days=6), period[1]))
    # While only the first of the two days is picked, the address still has the old ones.
    if len(st.session_state.get(_key("baseline"), ())) != 1:
        st.session_state[_key("baseline")] = _read_days(st.query_params.get("baseline", ""), *period) or usual
    chosen = st.date_input(
        "Baseline", key=_key("baseline"), min_value=period[0], max_value=period[1], format="YYYY-MM-DD", width=250,
        on_change=_write_baseline,
    )  # fmt: skip
    return (chosen[0], chosen[1]) if isinstance(chosen, tuple) and len(chosen) == 2 else None


def _choose_release(snapshot: Snapshot) -> tuple[str, str] | None:
    found = reading.releases(snapshot)
    if found.is_empty():
        st.caption("No version of prompt, model or index was released while the log ran.")
        return None
    times = {f"{column}{_IS}{value}": formats.moment(at) for column, value, at in found.iter_rows()}
    names = {one: f"{one.replace(_IS, ' = ', 1)} · {at}" for one, at in times.items()}
    chosen = _choose("Release", "release", tuple(times), next(iter(times)), write=names.__getitem__, width=380)
    column, _, value = chosen.partition(_IS)
    return column, value


def _choose_traffic() -> Traffic | None:
    """Return the file: it stays with this reader, a link cannot carry it."""
    file = st.file_uploader(
        "Labels, or interaction ids", type=["parquet", "csv", "jsonl"], key=_key("traffic"), width=380,
        help="With a column interaction_id alone: those labels of this store. With score or p_good as well: these "
        "labels, as feedback show labels --out FILE writes them.",
    )  # fmt: skip
    return Traffic(file.name, file.getvalue()) if file else None


def _write_choice(name: str, usual: object) -> None:
    """Write what was chosen into the address, and forget which segment was open."""
    chosen = st.session_state[_key(name)]
    _forget(name, "segment", "since", *(_ADDRESS if name == "against" else ()))
    if chosen != usual:
        st.query_params[name] = str(chosen)


def _write_baseline() -> None:
    chosen = st.session_state[_key("baseline")]
    _forget("segment", "since")
    if len(chosen) == 2:
        st.query_params["baseline"] = _BETWEEN.join(str(day) for day in chosen)


def _forget(*names: str) -> None:
    for one in names:
        st.query_params.pop(one, None)


def _read_days(written: str, first: date, last: date) -> tuple[date, date] | None:
    try:
        starts, ends = (date.fromisoformat(day) for day in written.split(_BETWEEN))
    except ValueError:
        return None
    return (starts, ends) if first <= starts <= ends <= last else None


def _key(name: str) -> str:
    return f"comparison by {name}"
