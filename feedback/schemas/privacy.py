"""What is no longer there, and what was never stored as it came."""

import dataframely as dy

from feedback.schemas.column_types import is_one_of, key_column, text_column, time_column

AGED = ("texts", "events")


class Horizons(dy.Schema):
    """What has aged out: one row per kind of thing."""

    what = dy.String(primary_key=True, check=is_one_of(AGED), description=f"one of {', '.join(AGED)}")
    until = time_column("those of before this time are gone, but for session parts that were not over then")
    reached_at = time_column("clock of the run that went so far")


class Pseudonyms(dy.Schema):
    """Columns of the log of which a keyed hash is stored: one row per column."""

    column = key_column("name in the log")
    fingerprint = text_column("tells the key from others, and says nothing of it")
    since = time_column("clock of the ingest that began with it")
