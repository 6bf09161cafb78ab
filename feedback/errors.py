"""Every error a user of the package can meet, in one tree.

    FeedbackError
    ├── SchemaError    (ValueError)         a frame lacks a column, or holds the wrong type or value
    ├── InputError     (ValueError)         a file cannot be read at all
    ├── SettingsError  (ValueError)         feedback.toml or an argument says something impossible
    ├── UnknownNameError (LookupError)      no table, labelling function or interaction of that name
    ├── StoreError     (RuntimeError)       the store is damaged or of another version
    ├── StoreLockedError (TimeoutError)     another process is writing
    ├── EngineError    (RuntimeError)       what runs the labelling cannot start, or gave up
    └── MissingExtraError (ImportError)     an optional part of the package is not installed

A message says what was expected, what arrived and what to do. It names columns and up to five ids,
never user text. The command line and the app turn any of them into one readable line.
"""

from collections.abc import Iterable


class FeedbackError(Exception):
    """Anything that goes wrong for a reason the user can act on."""


class SchemaError(FeedbackError, ValueError):
    """A frame lacks a declared column, or holds a type or value it may not hold."""


class InputError(FeedbackError, ValueError):
    """A file cannot be read at all."""


class SettingsError(FeedbackError, ValueError):
    """A setting or an argument is impossible."""


class UnknownNameError(FeedbackError, LookupError):
    """Nothing of that name exists."""


class StoreError(FeedbackError, RuntimeError):
    """The store is damaged, or was written by another version."""


class StoreLockedError(FeedbackError, TimeoutError):
    """Another process holds the writer lock."""


class EngineError(FeedbackError, RuntimeError):
    """What runs the labelling cannot start, or gave up."""


class MissingExtraError(FeedbackError, ImportError):
    """An optional part of the package is not installed."""


def name_some(names: Iterable[str], *, most: int = 5) -> str:
    """Return up to `most` names, comma-separated, and how many more there are.

    Examples
    --------
    >>> name_some(["a", "b", "c"], most=2)
    'a, b and 1 more'
    >>> name_some(["a"])
    'a'
    """
    listed = list(names)
    shown = ", ".join(listed[:most])
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most} more"
