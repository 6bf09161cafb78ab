"""What changed, in three sentences that each lead to their evidence."""

from collections.abc import Mapping

import streamlit as st

from feedback.explore.sentences import Tone
from feedback.pages import formats, reading
from feedback.pages.places import place
from feedback.pages.viewer import viewer_zone
from feedback.store.snapshot import Snapshot

_ICONS: Mapping[Tone, str] = {
    "worse": ":red[:material/trending_down:]",
    "better": ":green[:material/trending_up:]",
    "calm": ":green[:material/check_circle:]",
    "unknown": ":gray[:material/help:]",
}


def show_headlines(snapshot: Snapshot, time_zone: str) -> None:
    """Show what changed in the latest week, what was hit worst, and what is new since yesterday."""
    with st.container(border=True, key="headlines"):
        st.markdown("**What changed**")
        told = reading.what_changed(snapshot, time_zone=time_zone, viewer_zone=viewer_zone())
        for headline in told:
            with st.container(horizontal=True, wrap=False, vertical_alignment="top"):
                said = f"{_ICONS[headline.tone]} **{headline.lead}.** {formats.plain(headline.text)}"
                st.markdown(said, width="stretch")
                st.page_link(
                    place(headline.page), label="Look into it", icon=":material/arrow_forward:",
                    query_params=headline.address, width="content",
                )  # fmt: skip
