"""The golden set: what to do about it, how far it reaches, its versions, and handing it on."""

from collections.abc import Mapping

import streamlit as st

from feedback.explore.golden import GoldenSet
from feedback.pages import formats, reading
from feedback.pages.addressed import choose_view
from feedback.pages.first_steps import show_unlabelled
from feedback.pages.golden_additions import show_additions
from feedback.pages.golden_drift import show_coverage, show_rates, show_shadow
from feedback.pages.golden_export import show_export
from feedback.pages.golden_proposals import Checked, check_now, show_proposals, show_refused
from feedback.pages.golden_versions import show_counts, show_versions
from feedback.pages.identity import ask_who
from feedback.pages.leads import show_lead
from feedback.pages.places import place
from feedback.pages.roles import needs
from feedback.store import Store
from feedback.store.snapshot import Snapshot

_VIEWS: Mapping[str, str] = {"to do": "To do", "coverage": "Coverage", "versions": "Versions", "export": "Export"}
_STEPS = (
    ("Draw", "feedback candidates draw --k 50 --seed 7", "Failures, new themes, surprises, and some at random."),
    ("Review", "feedback app", "On the page Review: good or bad, and what it should have been."),
    ("Add", "feedback golden add", "What was judged good or bad becomes an example. Or here, with one click."),
    ("Cut a version", "feedback golden version", "It never changes. Export it: feedback export inspect_ai golden-eval"),
)


@needs("golden")
def show_golden(snapshot: Snapshot) -> None:
    """Show one view of the golden set. In the address: `view`."""
    st.title("Golden set", anchor=False)
    store, found = Store(snapshot.path), reading.read_golden_set(snapshot)
    show_lead(
        f"**{found.examples.height:,} examples** that people reviewed, and {found.n_retired:,} retired.", snapshot.run
    )
    if snapshot.run is None or snapshot.run.label_version is None:
        show_unlabelled()
        return
    if found.examples.is_empty():
        _show_beginning(store, snapshot)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        view = choose_view(list(_VIEWS), words=_VIEWS.__getitem__)
        who = ask_who("Your name, to change anything", key="curator", width=230)
    if view == "versions":
        show_versions(store, snapshot, who=who, is_cut=found.is_cut)
        show_counts(snapshot)
    elif view == "export":
        show_export(store, snapshot)
    elif view == "coverage":
        _show_coverage(snapshot)
    else:
        _show_to_do(store, snapshot, found, who)


def _show_beginning(store: Store, snapshot: Snapshot) -> None:
    st.info("The golden set is empty. It is filled with responses that people reviewed:", icon=":material/info:")
    for where, (title, command, note) in zip(st.columns(len(_STEPS)), _STEPS, strict=True):
        with where.container(border=True, height="stretch"):
            st.markdown(f"**{title}**")
            st.code(command, language=None, wrap_lines=True)
            st.caption(note)
    st.page_link(place("review"), label="Review in the app", icon=":material/gavel:")
    if reading.list_addable(snapshot).height:
        show_additions(store, snapshot, who=ask_who("Your name", key="curator"))


def _show_to_do(store: Store, snapshot: Snapshot, found: GoldenSet, who: str | None) -> None:
    _show_numbers(snapshot, found)
    show_additions(store, snapshot, who=who)
    checked = check_now(snapshot)
    _show_measures(checked)
    show_proposals(store, snapshot, checked, who=who)
    show_refused(store, snapshot, who=who)


def _show_coverage(snapshot: Snapshot) -> None:
    checked = check_now(snapshot)
    show_coverage(checked.check)
    show_shadow(checked.check)
    show_rates(checked.check)


def _show_numbers(snapshot: Snapshot, found: GoldenSet) -> None:
    """Show what is known without comparing with the traffic."""
    whole = reading.count_examples(snapshot).row(0, named=True)
    versions = reading.list_golden_versions(snapshot)
    latest = f"Version {versions['version'][0]}" if versions.height else "None"
    state = "holds what there is now" if found.is_cut else "the set has changed since"
    told = (
        ("Examples", f"{whole['n']:,}", f"{whole['good']:,} good, {whole['bad']:,} bad"),
        ("Train / dev / test", f"{whole['train']:,} / {whole['dev']:,} / {whole['test']:,}",
         f"{whole['no_split']:,} in no split"),
        ("Expected answers", f"{whole['with_expected']:,}", "given by a person"),
        ("Latest version", latest, state if versions.height else "cut one under Versions"),
    )  # fmt: skip
    for where, (label, value, note) in zip(st.columns(len(told)), told, strict=True):
        where.metric(label, value, delta=note, delta_color="off", delta_arrow="off", border=True)


def _show_measures(checked: Checked) -> None:
    values = {name: (value, low, high) for name, value, low, high, _ in checked.check.measures.iter_rows()}
    coverage, low, high = values["coverage"]
    ends = f" (95 % interval {formats.share(low)} to {formats.share(high)})" if low is not None else ""
    st.caption(
        f"**{formats.share(coverage)}** of the traffic of the latest {checked.check.days} days is within reach of an "
        f"example{ends}; the mix is off by {formats.share(values['mix disagreement'][0])}; half the examples are older "
        f"than {values['median age'][0] or 0:,.0f} days."
    )
