"""What every colour and word stands for, the same on all charts and pages.

The colours are those of Okabe and Ito, which people who see colours differently can tell apart; they are
legible on white and on near-black.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import altair as alt

BLUE, SKY, GREEN, ORANGE, VERMILLION, PURPLE = "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7"
GREY, PALE = "#8A8F98", "#C3C7CE"

# Lighter than BLUE, so that a thin line is seen on near-black too.
SCORE = "#2585C7"
COUNT = GREY
SPEAKS_FOR, SPEAKS_AGAINST = GREEN, VERMILLION


@dataclass(frozen=True)
class Meaning:
    """How something is called, its colour, the name the theme of the app has for that, and its shape as a point."""

    words: str
    color: str
    named: Literal["green", "blue", "orange", "red", "violet", "gray"] = "gray"
    shape: str = "circle"


OUTCOMES: Mapping[str, Meaning] = {
    "clean_success": Meaning("Used as it was", GREEN, "green"),
    "corrected": Meaning("Used after edits", SKY, "blue"),
    "unlabelled": Meaning("No clear sign", PALE),
    "recovered": Meaning("Recovered later", ORANGE, "orange"),
    "failed": Meaning("Failed", VERMILLION, "red"),
    "escalated": Meaning("Went to a human", PURPLE, "violet"),
    "open": Meaning("Still open", GREY),
}
SIDES: Mapping[str, Meaning] = {
    "asked": Meaning("Person asks", GREY),
    "answered": Meaning("AI answers", BLUE),
    "for": Meaning("Speaks for it", SPEAKS_FOR),
    "against": Meaning("Speaks against it", SPEAKS_AGAINST),
    "neither": Meaning("Neutral", PALE),
}
CHANGE_KINDS: Mapping[str, Meaning] = {
    "quality": Meaning("Quality", VERMILLION, "red", "circle"),
    "mix": Meaning("Mix", PURPLE, "violet", "diamond"),
    "signal": Meaning("Signal", SKY, "blue", "square"),
    "volume": Meaning("Traffic", GREY, "gray", "triangle-up"),
    "missing data": Meaning("Missing data", ORANGE, "orange", "cross"),
    "unknown": Meaning("Not told", PALE, "gray", "stroke"),
}
KINDS: Mapping[str, str] = {
    "request": "Asked",
    "response": "AI answered",
    "view": "Looked at it",
    "accept": "Took it over",
    "edit": "Edited it",
    "undo": "Took it back",
    "reject": "Turned it down",
    "rephrase": "Asked again",
    "retry": "Wanted another",
    "copy": "Copied it",
    "escalate": "Called a human",
    "abandon": "Left",
    "rating": "Rated it",
}


def colors_of(meanings: Mapping[str, Meaning]) -> alt.Scale:
    """Return the scale that gives each its colour, in the given order.

    Examples
    --------
    >>> colors_of({"asked": Meaning("Person asks", "#8A8F98")}).to_dict()
    {'domain': ['Person asks'], 'range': ['#8A8F98']}
    """
    return alt.Scale(domain=[one.words for one in meanings.values()], range=[one.color for one in meanings.values()])


def shapes_of(meanings: Mapping[str, Meaning]) -> alt.Scale:
    """Return the scale that gives each its shape, so that colour is never the only thing to tell them apart by."""
    return alt.Scale(domain=[one.words for one in meanings.values()], range=[one.shape for one in meanings.values()])


def words_of(meanings: Mapping[str, Meaning]) -> dict[str, str]:
    """Return how each is called.

    Examples
    --------
    >>> words_of(SIDES)["answered"]
    'AI answers'
    """
    return {name: one.words for name, one in meanings.items()}
