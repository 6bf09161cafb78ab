"""What a check of a store found."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

MOST_IDS = 5
RESTORE = "restore a backup: feedback store restore BACKUP"
COMPACT = "nothing is lost; feedback store compact takes it away after a week"


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be.

    `rule` is what was looked at, `expected` what holds in a sound store, `found` what holds here, `ids` up to five
    files or ids concerned (never user text), `advice` what to do. A note (`is_wrong` false) is worth knowing, and
    nothing to worry about.
    """

    table: str
    rule: str
    expected: str
    found: str
    ids: tuple[str, ...] = ()
    advice: str = RESTORE
    is_wrong: bool = True

    def to_dict(self) -> dict[str, object]:
        """Return it as plain values, for JSON.

        Examples
        --------
        >>> Finding("labels", "files", "all are there", "1 is gone", ("part-0",)).to_dict()["ids"]
        ['part-0']
        """
        return {**asdict(self), "ids": list(self.ids)}


def some_ids(ids: Iterable[object]) -> tuple[str, ...]:
    """Return the first five, as text.

    Examples
    --------
    >>> some_ids(range(9))
    ('0', '1', '2', '3', '4')
    """
    return tuple(str(one) for one, _ in zip(ids, range(MOST_IDS), strict=False))
