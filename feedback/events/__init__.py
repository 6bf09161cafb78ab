"""From rows as they were written to clean canonical events, each stored once."""

from feedback.events.copies import Deduplicated, drop_duplicates
from feedback.events.further_columns import ColumnWeight, weigh_columns
from feedback.events.normalise import NormalisedEvents, normalise_events, register_columns
from feedback.events.quarantine import quarantine_broken
from feedback.events.shared_interactions import (
    SharedInteractions,
    quarantine_shared_interactions,
    select_suspects,
)

__all__ = [
    "ColumnWeight",
    "Deduplicated",
    "NormalisedEvents",
    "SharedInteractions",
    "drop_duplicates",
    "normalise_events",
    "quarantine_broken",
    "quarantine_shared_interactions",
    "register_columns",
    "select_suspects",
    "weigh_columns",
]
