"""Where the pages of the app are, for links from one to another."""

from collections.abc import Mapping, Sequence
from typing import cast

import streamlit as st
from streamlit.navigation.page import Page

_KEY = "places"


def name_places(sections: Mapping[str, Sequence[Page]]) -> None:
    """Remember the pages of the navigation by their addresses, for `place`."""
    st.session_state[_KEY] = {page.url_path: page for pages in sections.values() for page in pages}


def place(address: str) -> Page:
    """Return the page at an address such as `examples`, for `st.page_link` and `st.switch_page`."""
    return cast(Page, st.session_state[_KEY][address])
