"""Names under which people are stored, which say nothing about them to whoever lacks the key."""

import hmac
from collections.abc import Iterable
from hashlib import sha256

import polars as pl

from feedback.events.readings import is_mixed, whole_as_text, written

_DIGITS = 32
_PERSON, _SESSION = "user_id", "session_id"
_IDS = ("session_id", "interaction_id", "event_id")
# Shorter ids are part of others by chance.
_TELLING = 4
_FINGERPRINT = b"fingerprint of a key of feedback\x00"


def pseudonym(value: str, key: bytes) -> str:
    """Return what is stored in place of an id: HMAC-SHA-256 of it under the key, cut to 128 bits, in hexadecimal.

    Examples
    --------
    >>> pseudonym("ann@example.org", b"k" * 32)
    'c48c044f1ee71ac099dd6dbcfd7e7e00'
    """
    return hmac.digest(key, value.encode(), "sha256").hex()[:_DIGITS]


def fingerprint(key: bytes) -> str:
    """Return what tells a key from others and says nothing of it.

    Examples
    --------
    >>> len(fingerprint(b"k" * 32)), fingerprint(b"k" * 32) == fingerprint(b"l" * 32)
    (32, False)
    """
    return sha256(_FINGERPRINT + key).hexdigest()[:_DIGITS]


def hide_ids(raw: pl.DataFrame, columns: Iterable[str], key: bytes) -> pl.DataFrame:
    """Return the rows of a file with pseudonyms in these columns; what is blank stays so.

    Equal ids have equal pseudonyms: a whole number and the text of it are one id, space around an id is part of it.

    Parameters
    ----------
    raw
        Rows as a reader hands them over.
    columns
        Names in the file; space around a name does not count.
    key
        The key.

    Examples
    --------
    >>> raw = pl.DataFrame({"kind": ["view", "copy"], "user_id": ["ann@example.org", None]})
    >>> hide_ids(raw, ["user_id"], b"k" * 32).rows()
    [('view', 'c48c044f1ee71ac099dd6dbcfd7e7e00'), ('copy', None)]
    """
    wanted = set(columns)
    named = [name for name in raw.columns if name.strip().lstrip("(") in wanted]
    hidden = [hide_column(raw[name], key) for name in named]
    return _rename_sessions(raw, hidden).with_columns(hidden)


def count_telling(raw: pl.DataFrame) -> int:
    """Return in how many rows an id that is stored as it comes holds the id of the person, of four characters or more.

    Examples
    --------
    >>> raw = pl.DataFrame({"session_id": ["s1", "ann.lee/1", "ann.lee"], "user_id": ["ann.lee"] * 3})
    >>> count_telling(raw)
    1
    """
    ids = [name for name in _IDS if name in raw.columns]
    if _PERSON not in raw.columns or not ids:
        return 0
    texts = raw.select(_as_text(name, raw.schema[name]).alias(name) for name in (_PERSON, *ids))
    person = pl.when(pl.col(_PERSON).str.len_chars() >= _TELLING).then(_PERSON)
    told = {name: pl.col(name).str.contains(person, literal=True) for name in ids}
    # A session of exactly that name is hidden with the person.
    told |= {_SESSION: told[_SESSION] & (pl.col(_SESSION) != person)} if _SESSION in told else {}
    return texts.select(pl.any_horizontal(told.values()).sum()).item()


def _rename_sessions(raw: pl.DataFrame, hidden: Iterable[pl.Series]) -> pl.DataFrame:
    """Return the rows with the pseudonym for a session that goes by the id of its person, as in logs of editors."""
    people = [series for series in hidden if series.name == _PERSON]
    if not people or _SESSION not in raw.columns:
        return raw
    session, person = (
        raw.select(_as_text(name, raw.schema[name])).to_series().alias(name) for name in (_SESSION, _PERSON)
    )
    same = (session == person).fill_null(value=False)
    if not same.any():
        return raw
    return raw.with_columns(pl.select(pl.when(same).then(people[0]).otherwise(session).alias(_SESSION)).to_series())


def hide_column(ids: pl.Series, key: bytes) -> pl.Series:
    """Return the pseudonyms of ids; null for blank ones. Times and Booleans, which are no ids, stay as they are."""
    if not (ids.dtype.is_numeric() or ids.dtype in (pl.String, pl.Null) or is_mixed(ids.dtype)):
        return ids
    texts = ids.to_frame().select(_as_text(ids.name, ids.dtype)).to_series()
    given = texts.filter(texts.str.contains(r"\S")).unique()
    hidden = pl.Series([pseudonym(one, key) for one in given], dtype=pl.String)
    return texts.replace_strict(given, hidden, default=None, return_dtype=pl.String)


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.String or is_mixed(dtype):
        return written(name, dtype)
    if not dtype.is_numeric():
        return pl.col(name).cast(pl.String)
    number = pl.col(name)
    return whole_as_text(number.fill_nan(None) if dtype.is_float() else number, dtype)
