"""What is kept of people who were forgotten: enough to tell them when a log brings them again."""

import dataframely as dy

from feedback.schemas.column_types import is_one_of, key_column, text_column, time_column

TOMBSTONE_KINDS = ("user", "session", "interaction", "before")


class Tombstones(dy.Schema):
    """Who is not to come back: one row per user, session, interaction or time that was forgotten."""

    tombstone = key_column("keyed hash of the id; for a time, of the time")
    kind = text_column(f"one of {', '.join(TOMBSTONE_KINDS)}", check=is_one_of(TOMBSTONE_KINDS))
    salt = text_column("key of the hash: one for the whole store, in hexadecimal")
    before = time_column("events from before are refused; null for an id", nullable=True)
    forgotten_at = time_column("clock of the command")
