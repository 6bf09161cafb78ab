"""Which columns of a store hold pseudonyms, made with which key: never two of one person."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from feedback.errors import SettingsError, name_some
from feedback.events.pseudonyms import count_telling, fingerprint, hide_ids, pseudonym
from feedback.schemas import TABLES
from feedback.settings import Privacy, Settings
from feedback.settings.privacy import PERSON
from feedback.sources import RawLog
from feedback.store import Store
from feedback.store.writer import Writer

_LIKE_OURS = re.compile(r"[0-9a-f]{32}")


@dataclass
class Hiding:
    """Puts pseudonyms into the rows of files, and counts the rows whose other ids tell who it is all the same."""

    columns: tuple[str, ...]
    key: bytes = field(repr=False)
    n_telling: int = 0

    def __call__(self, logs: Iterable[RawLog]) -> Iterator[RawLog]:
        """Yield the rows of a file with pseudonyms."""
        for log in logs:
            self.n_telling += count_telling(log.frame) if PERSON in self.columns else 0
            yield replace(log, frame=hide_ids(log.frame, self.columns, self.key))


def open_pseudonyms(writer: Writer, privacy: Privacy, clock: datetime) -> Hiding:
    """Return what hides people in the rows of a file before they are looked at or kept; nothing where it is not asked.

    With the first log the store is told the columns and the fingerprint of the key.

    Raises
    ------
    SettingsError
        When the key is no good, or the store holds the ids in another way: each person would be two.
    """
    columns = privacy.pseudonyms
    key = privacy.find_key(writer.snapshot.path) if columns else b""
    wanted = dict.fromkeys(columns, fingerprint(key))
    known = dict(writer.table("pseudonyms").select("column", "fingerprint").collect().iter_rows())
    _check_same(known, wanted)
    fresh = [column for column in wanted if column not in known]
    if plain := [column for column in fresh if _is_stored(writer, column)]:
        raise SettingsError(
            f"the store holds {name_some(plain)} as it came, and [privacy] pseudonyms would hide it from now on: each"
            " person would be two; ingest the logs into a new store, or leave it out of pseudonyms"
        )
    rows = [{"column": column, "fingerprint": wanted[column], "since": clock} for column in fresh]
    writer.append("pseudonyms", pl.DataFrame(rows, schema=TABLES["pseudonyms"].columns))
    return Hiding(columns, key)


def stored_id(store: Store, settings: Settings, user: str) -> str:
    """Return the id under which a person is stored: a pseudonym where the store holds these, else the id itself.

    Parameters
    ----------
    store
        The store.
    settings
        Where the key is.
    user
        The id of the log, or the pseudonym as the store shows it.

    Raises
    ------
    SettingsError
        When the store holds pseudonyms, this is none of them, and the key is missing or another.

    Examples
    --------
    >>> stored_id(Store("no/such/folder"), Settings(), "ann")
    'ann'
    """
    snapshot = store.at()
    known = dict(snapshot.table("pseudonyms").select("column", "fingerprint").collect().iter_rows())
    if PERSON not in known or _is_shown(snapshot.table("events"), user):
        return user
    key = settings.privacy.find_key(store.path)
    _check_same({PERSON: known[PERSON]}, {PERSON: fingerprint(key)})
    return pseudonym(user, key)


def _check_same(known: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    if plain := sorted(set(known) - set(wanted)):
        raise SettingsError(
            f"the store holds pseudonyms in {name_some(plain)}, and [privacy] pseudonyms does not name it: each person"
            " would be two; name it, with the key the store began with"
        )
    if others := sorted(column for column in known if known[column] != wanted[column]):
        raise SettingsError(
            f"the pseudonyms in {name_some(others)} were made with another key: each person would be two;"
            " give the key the store began with, or ingest the logs into a new store"
        )


def _is_stored(writer: Writer, column: str) -> bool:
    """Return whether there are events with a value in a column of the log."""
    events = writer.table("events")
    if column not in events.collect_schema():
        return False
    return events.filter(pl.col(column).is_not_null()).head(1).collect().height > 0


def _is_shown(events: pl.LazyFrame, user: str) -> bool:
    """Return whether this is a pseudonym in the store; an id of the log may look like one."""
    return bool(_LIKE_OURS.fullmatch(user)) and events.filter(pl.col(PERSON) == user).head(1).collect().height > 0
