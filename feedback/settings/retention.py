"""How long texts and events are kept: `[retention]`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta

from feedback.errors import SettingsError
from feedback.settings.spans import parse_span

_LEAST = timedelta(days=1)


@dataclass(frozen=True)
class Retention:
    """How long texts and events are kept: `[retention]` in the file. Null stands for as long as the store.

    Attributes
    ----------
    text
        Age at which what people asked, were answered and made of it goes; the events stay without it.
    events
        Age at which events go.
    """

    text: timedelta | None = None
    events: timedelta | None = None

    @property
    def texts_after(self) -> timedelta | None:
        """Age at which texts go: with the event they are part of at the latest."""
        spans = [span for span in (self.text, self.events) if span is not None]
        return min(spans, default=None)


def read_retention(written: object) -> Retention:
    """Return what the file says.

    Raises
    ------
    SettingsError
        When it has other keys, or a value that is no span of at least a day.

    Examples
    --------
    >>> read_retention({"text": "90d"}).text
    datetime.timedelta(days=90)
    """
    known = [one.name for one in fields(Retention)]
    if not isinstance(written, Mapping) or not set(written) <= set(known):
        raise SettingsError(f"a table [retention] has the keys {', '.join(known)}")
    return Retention(**{name: read_age(name, span) for name, span in written.items()})


def read_age(name: str, written: object) -> timedelta:
    """Return an age of at least a day, written as a span.

    Raises
    ------
    SettingsError
        When it is none; `name` says of what.

    Examples
    --------
    >>> read_age("text", "12h")
    Traceback (most recent call last):
    feedback.errors.SettingsError: text: '12h' is less than a day; write for instance 90d
    """
    try:
        span = parse_span(written)
    except SettingsError as error:
        raise SettingsError(f"{name}: {error}") from error
    if span < _LEAST:
        raise SettingsError(f"{name}: {written!r} is less than a day; write for instance 90d")
    return span
