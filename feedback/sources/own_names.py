"""What names of a team's own mean while files are being read: the settings, where readers can see them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from feedback.settings import Naming

_NAMING: ContextVar[Naming | None] = ContextVar("naming", default=None)


@contextmanager
def naming_under(naming: Naming) -> Iterator[None]:
    """Read files by these names inside the block."""
    token = _NAMING.set(naming)
    try:
        yield
    finally:
        _NAMING.reset(token)


def current_naming() -> Naming:
    """Return what names of a team's own mean where files are being read.

    Examples
    --------
    >>> with naming_under(Naming(scales={"stars": (1, 5)})):
    ...     current_naming().scales
    {'stars': (1, 5)}
    """
    return _NAMING.get() or Naming()
