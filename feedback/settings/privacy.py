"""What is hidden about people before anything is stored: `[privacy]`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from feedback.errors import SettingsError, name_some

PERSON = "user_id"
# Other programs know answers and sessions by these, and people bring their verdicts back by them.
_NEVER = frozenset(
    ("event_id", "session_id", "interaction_id", "occurred_at", "received_at", "kind", "text", "value", "feature")
)
_LEAST_KEY = 32
_OTHERS = 0o077


@dataclass(frozen=True)
class Privacy:
    """What is hidden about people before anything is stored: `[privacy]` in the file.

    Attributes
    ----------
    pseudonyms
        Columns of which only a keyed hash is stored: `user_id`, and dimensions that name somebody, such as a tenant.
    key_file
        File that holds the key.
    key
        The key itself, where it is given otherwise; it comes before the file.
    """

    pseudonyms: tuple[str, ...] = ()
    key_file: Path | None = None
    key: str | None = field(default=None, repr=False)

    def find_key(self, store: Path) -> bytes:
        """Return the key.

        Parameters
        ----------
        store
            Folder of the store, which must not hold the key.

        Raises
        ------
        SettingsError
            When there is no key, it is too short, lies in the store, or others can read it.
        """
        if self.key is not None:
            return _check_length(self.key, "the key in FEEDBACK_KEY")
        if self.key_file is None:
            raise SettingsError(
                "pseudonyms need a key: name a key_file under [privacy] in feedback.toml, or set FEEDBACK_KEY;"
                " for a new store feedback init makes one"
            )
        return _read_key(self.key_file, store)


def read_privacy(written: object, folder: Path) -> Privacy:
    """Return what the file says; `key_file` is relative to the folder of the file.

    Raises
    ------
    SettingsError
        When it has other keys, or a value that means nothing.

    Examples
    --------
    >>> read_privacy({"pseudonyms": True}, Path()).pseudonyms
    ('user_id',)
    """
    known = [one.name for one in fields(Privacy) if one.name != "key"]
    if not isinstance(written, Mapping) or not set(written) <= set(known):
        raise SettingsError(f"a table [privacy] has the keys {', '.join(known)}")
    file = written.get("key_file")
    if file is not None and (not isinstance(file, str) or not file.strip()):
        raise SettingsError("key_file is the name of a file, in quotes")
    return Privacy(
        _read_columns(written.get("pseudonyms", False)), None if file is None else folder / Path(file).expanduser()
    )


def _read_columns(value: object) -> tuple[str, ...]:
    if isinstance(value, bool):
        return (PERSON,) if value else ()
    if not isinstance(value, list) or not all(isinstance(name, str) and name.strip() for name in value):
        raise SettingsError('pseudonyms is true, false, or a list of columns, for instance ["user_id", "tenant"]')
    names = tuple(dict.fromkeys(name.strip() for name in value))
    if impossible := sorted(set(names) & _NEVER):
        raise SettingsError(f"pseudonyms: {name_some(impossible)} cannot be hidden; user_id and dimensions can")
    return names


def _read_key(file: Path, store: Path) -> bytes:
    if file.resolve().is_relative_to(store.resolve()):
        raise SettingsError(f"the key file {file} lies in the store, whose copies it must not be part of; move it")
    try:
        if file.stat().st_mode & _OTHERS:
            raise SettingsError(f"others can read the key file {file}; close it to them: chmod 600 {file}")
        written = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SettingsError(
            f"there is no key file {file}; put the key there, or into FEEDBACK_KEY;"
            " for a new store feedback init makes one"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the key file {file} cannot be read: {type(error).__name__}") from error
    return _check_length(written, f"the key in {file}")


def _check_length(written: str, what: str) -> bytes:
    key = written.strip().encode()
    if len(key) < _LEAST_KEY:
        raise SettingsError(f"{what} has {len(key)} bytes; it needs {_LEAST_KEY}: openssl rand -hex 32 makes some")
    return key
