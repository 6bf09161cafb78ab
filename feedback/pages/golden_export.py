"""Handing the golden set on: choose, look at what will be written, download."""

from collections.abc import Callable

import polars as pl
import streamlit as st

from feedback.errors import FeedbackError
from feedback.export import TARGETS
from feedback.pages import formats, reading
from feedback.pages.addressed import choose_among
from feedback.pages.downloads import show_table
from feedback.pages.golden_versions import name_versions
from feedback.pages.roles import needs
from feedback.pages.trail import later, looked
from feedback.pipeline.audit import describe_export_deed
from feedback.pipeline.packed_export import PackedExport, count_exportable, why_not_redacted
from feedback.store import Store
from feedback.store.snapshot import Snapshot

NOW = "now"
_FIRST_ROWS, _FIRST_LINES = 5, 600
_SPLITS, _LABELS = ("train", "dev", "test"), ("good", "bad")
_WIDTHS = {"example_id": 90, "input": 280, "observed_output": 280, "expected": 200, "segment": 150}
_SHOWN = ("example_id", "input", "observed_output", "expected", "label", "split", "segment", "tags")


@needs("export")
def show_export(store: Store, snapshot: Snapshot) -> None:
    """Show the choices, and once asked for what will be written.

    In the address: `target`, `version`, `split`, `label`.
    """
    with st.container(border=True):
        st.markdown("**Export**")
        names = name_versions(reading.list_golden_versions(snapshot))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            target = choose_among("For", list(TARGETS), name="target", anything="Choose a tool", width=220)
            version = choose_among(
                "Version", list(names), name="version", words=names.__getitem__, anything="As it is now", width=300
            )
            split = choose_among("Split", _SPLITS, name="split", anything="All", width=120)
            label = choose_among("Label", _LABELS, name="label", anything="All", width=120)
        if target:
            st.caption(formats.plain(TARGETS[target].summary))
        is_redacted = _choose_redaction()
        _show_counts(store, version, split, label)
        is_wanted = st.button("Preview", icon=":material/preview:", type="primary", disabled=not target, key="preview")
    asked = (target, version, split, label, is_redacted)
    if is_wanted:
        st.session_state["export asked for"] = asked
    if target and st.session_state.get("export asked for") == asked:
        _show_preview(snapshot, asked)


def _choose_redaction() -> bool:
    """Return whether personal data is to be replaced; where it cannot be here, say how to install what does it."""
    missing = why_not_redacted()
    is_redacted = st.toggle(
        "Redact personal data and secrets", value=missing is None, disabled=missing is not None, key="redact",
        help="E-mail addresses, phone and card numbers, IBANs, IP addresses and keys become pseudonyms.",
    )  # fmt: skip
    if missing is not None:
        st.warning(formats.plain(missing), icon=":material/visibility:")
    elif not is_redacted:
        st.warning("The texts go out as they were logged.", icon=":material/visibility:")
    return is_redacted and missing is None


def _show_counts(store: Store, version: str | None, split: str | None, label: str | None) -> None:
    counts = count_exportable(store, version=version or NOW)
    wanted = [pl.col(name) == value for name, value in (("split", split), ("label", label)) if value]
    chosen = counts.filter(*wanted)
    told = ", ".join(
        f"{row['n']:,} {row['label']} in {row['split'] or 'no split'}" for row in chosen.iter_rows(named=True)
    )
    st.caption(f"Examples chosen: {chosen['n'].sum():,} of {counts['n'].sum():,} ({told or 'none'}).")


def _show_preview(snapshot: Snapshot, asked: tuple) -> None:
    target, version, split, label, is_redacted = asked
    try:
        with st.spinner("Writing the export, and reading it back"):
            packed = reading.pack_export(
                snapshot, target, version=version or NOW, split=split, label=label, redact=is_redacted
            )
    except FeedbackError as error:
        st.error(formats.plain(str(error)), icon=":material/error:")
        return
    looked([version], on="export")
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown("**What will be written**")
            st.download_button(
                "Download", _taken_along(packed), f"golden-{target}.zip", "application/zip", key="download export",
                icon=":material/download:", type="primary", on_click="ignore",
            )  # fmt: skip
        st.caption(_say_checked(packed))
        _show_rows(packed)
        _show_files(packed)


def _taken_along(packed: PackedExport) -> Callable[[], bytes]:
    """Return what gives the file, and writes down that it went out."""
    tell = later("exported")

    def give() -> bytes:
        tell(**describe_export_deed(packed.manifest))
        return packed.archive

    return give


def _say_checked(packed: PackedExport) -> str:
    """Return what was written, refused and redacted, and that it reads back."""
    n, size = packed.manifest["n_examples"], formats.count(len(packed.archive))
    parts = [f"Examples: {n:,}, {size}B, read back and the same. The same choices give the same file."]
    if packed.n_refused:
        parts.append(f"**{packed.n_refused:,} refused**: this target has no room for them.")
    hostile = {name: found for name, found in packed.manifest["hostile_values"].items() if found}
    if hostile:
        told = ", ".join(f"{found:,} {name.replace('_', ' ')}" for name, found in hostile.items())
        parts.append(f"Texts that would fire somewhere, written so that they do not: {told}.")
    redaction = packed.manifest["redaction"]
    if redaction is not None:
        found = ", ".join(f"{count:,} {kind}" for kind, count in redaction["n_distinct_values"].items())
        parts.append(f"Redacted: {found or 'nothing found'}. Names: {redaction['names']}.")
    return " ".join([parts[0], *(formats.plain(part) if "**" not in part else part for part in parts[1:])])


def _show_rows(packed: PackedExport) -> None:
    rows = packed.rows.head(_FIRST_ROWS)
    shown = [name for name in _SHOWN if name in rows.columns] if "input" in rows.columns else rows.columns
    show_table(
        rows.select(shown),
        name="first rows of the export",
        caption=f"The first {rows.height:,}, as they read back." if rows.height else None,
        column_config={name: st.column_config.TextColumn(name, width=width) for name, width in _WIDTHS.items()},
        placeholder=formats.UNKNOWN,
    )
    for note in packed.manifest["notes"]:
        st.caption(formats.plain(note))


def _show_files(packed: PackedExport) -> None:
    for name, beginning in packed.beginnings.items():
        with st.expander(f"{formats.plain(name)}, as it begins"):
            st.code(beginning[:_FIRST_LINES], language=None, wrap_lines=True)
    with st.expander("manifest.json"):
        st.json(packed.manifest)
