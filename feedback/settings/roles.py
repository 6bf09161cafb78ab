"""Who may do what in the app: `[roles]`."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase

from feedback.errors import SettingsError

NOBODY, VIEWER, REVIEWER, ADMIN = "none", "viewer", "reviewer", "admin"
ROLES = (NOBODY, VIEWER, REVIEWER, ADMIN)
"""from the one that may nothing to the one that may everything"""


@dataclass(frozen=True)
class Roles:
    """Who may do what in the app: `[roles]` in the file. The command line is not asked: files have permissions.

    Attributes
    ----------
    admins, reviewers, viewers
        Patterns of the identities people sign in with, such as `ann@example.org` or `*@example.org`; case does not
        matter. Who matches several has the role that may most.
    default
        Role of everybody else, also of whoever has not signed in: none, viewer, reviewer or admin.
    """

    admins: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()
    default: str = VIEWER

    def role_of(self, identity: str | None) -> str:
        """Return the role of whoever signed in as this; of null: the default.

        Examples
        --------
        >>> roles = Roles(admins=("ann@example.org",), reviewers=("*@example.org",))
        >>> [roles.role_of(who) for who in ("Ann@example.org", "bob@example.org", "eve@example.com", None)]
        ['admin', 'reviewer', 'viewer', 'viewer']
        """
        named = ((ADMIN, self.admins), (REVIEWER, self.reviewers), (VIEWER, self.viewers))
        found = (role for role, patterns in named if identity and _is_among(identity, patterns))
        return next(found, self.default)


def read_roles(written: object) -> Roles:
    """Return what the file says.

    Raises
    ------
    SettingsError
        When it has other keys, a list that is none of names, or a default that is no role.

    Examples
    --------
    >>> read_roles({"default": "none", "viewers": ["*@example.org"]}).viewers
    ('*@example.org',)
    """
    known = [one.name for one in fields(Roles)]
    if not isinstance(written, dict) or not set(written) <= set(known):
        raise SettingsError(f"a table [roles] has the keys {', '.join(known)}")
    default = written.get("default", VIEWER)
    if default not in ROLES:
        raise SettingsError(f"default is one of {', '.join(ROLES)}")
    return Roles(
        default=default, **{name: _read_patterns(name, written[name]) for name in written if name != "default"}
    )


def _read_patterns(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise SettingsError(f'{name} is a list of who signs in, for instance ["ann@example.org", "*@example.org"]')
    return tuple(one.strip() for one in value)


def _is_among(identity: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(identity.casefold(), pattern.casefold()) for pattern in patterns)
