"""How charts look in a notebook: on white, with the words, lines and colours of the app."""

from typing import cast

import altair as alt

from feedback.charts.meaning import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION
from feedback.charts.pictures import WHITE, page_config

NAME = "feedback"
_COLORS = (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY, GREY)


def use_theme() -> None:
    """Draw every chart of this process as the app does, one's own too: for the first cell of a notebook.

    Examples
    --------
    >>> before = alt.theme.active
    >>> use_theme()
    >>> alt.theme.active
    'feedback'
    >>> _ = alt.theme.enable(before)
    """
    alt.theme.register(NAME, enable=True)(_theme)


def _theme() -> alt.theme.ThemeConfig:
    look = {**page_config(WHITE), "range": {"category": list(_COLORS)}, "mark": {"color": BLUE}}
    return cast("alt.theme.ThemeConfig", {"config": look})
