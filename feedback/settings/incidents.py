"""What counts as broken, who is told and how: `[[broken]]` and `[notify]`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta

from feedback.errors import SettingsError, name_some
from feedback.settings.spans import read_length

SEVERITIES = ("low", "medium", "high", "critical")
_TEXTS = ("name", "metric", "segment", "owner", "runbook")


@dataclass(frozen=True)
class Broken:
    """What counts as broken, and whose it is then: `[[broken]]` in the file.

    With `below` or `above` the latest complete days are checked against it in every run. With or without, incidents
    in the segment go to this owner, with this severity and runbook.

    Attributes
    ----------
    name
        What it is called; by default what it says.
    metric
        `auto` (`p_good` where labels have it, else `score`), `score`, `p_good`, `voted` (share of labels that have a
        vote), `fires: NAME` (share on which a labelling function votes), `outcome: NAME`.
    segment
        `dimension = value`, joined by ` & `; `all` for everything.
    below, above
        The mean may not be below, or above, this share.
    min_n
        Fewest labels to say anything: under a hundred an interval is about as wide as a share is.
    days
        How many complete days are taken together; one notices soonest.
    owner, severity, runbook
        Whose it is, how bad (low, medium, high or critical), and where it says what to do.
    """

    name: str
    metric: str = "auto"
    segment: str = "all"
    below: float | None = None
    above: float | None = None
    min_n: int = 100
    days: int = 1
    owner: str | None = None
    severity: str | None = None
    runbook: str | None = None

    @property
    def is_checked(self) -> bool:
        """Whether it says what is broken, and not only whose it is."""
        return self.below is not None or self.above is not None


@dataclass(frozen=True)
class Notify:
    """Whom to tell of an incident: `[notify]` in the file.

    Attributes
    ----------
    urls
        Apprise URLs, such as `json://host/path`, `slack://...` or `mailto://...`; `env:NAME` stands for the URL in an
        environment variable, so that no secret is in the file.
    max_age
        An incident detected longer ago than this when it is opened tells nobody: the past of a log that is read for
        the first time wakes no one. 7 days outlast a long weekend without a run.
    """

    urls: tuple[str, ...] = ()
    max_age: timedelta = timedelta(days=7)


def read_broken(written: object) -> tuple[Broken, ...]:
    """Return what the file says is broken; one per table.

    Raises
    ------
    SettingsError
        When a table has other keys, or a key means nothing; it names the key.

    Examples
    --------
    >>> read_broken([{"segment": "feature = chat", "below": 0.7, "owner": "ann"}])[0].name
    'auto of feature = chat below 0.7'
    """
    tables = written if isinstance(written, list) else [written]
    found = tuple(_read_one(table) for table in tables)
    names = [rule.name for rule in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingsError(f"two tables are named {name_some(twice)}; give each a name of its own")
    return found


def read_notify(written: object) -> Notify:
    """Return whom the file says to tell.

    Raises
    ------
    SettingsError
        When it has other keys, or urls are no list of texts.

    Examples
    --------
    >>> read_notify({"urls": ["env:ONCALL_URL"], "max_age": "2d"}).max_age
    datetime.timedelta(days=2)
    """
    _check_keys(written, ("urls", "max_age"))
    table = dict(written) if isinstance(written, Mapping) else {}
    urls = table.get("urls", [])
    if not isinstance(urls, list) or not all(isinstance(url, str) and url for url in urls):
        raise SettingsError('urls is a list of texts, such as ["env:ONCALL_URL"]')
    return Notify(tuple(dict.fromkeys(urls)), read_length(table.get("max_age", Notify.max_age)))


def _read_one(table: object) -> Broken:
    known = tuple(field.name for field in fields(Broken))
    _check_keys(table, known)
    rule = dict(table) if isinstance(table, Mapping) else {}
    for name in _TEXTS:
        if name in rule and (not isinstance(rule[name], str) or not rule[name]):
            raise SettingsError(f"{name} is a text")
    for name in ("min_n", "days"):
        if name in rule and (not isinstance(rule[name], int) or rule[name] < 1):
            raise SettingsError(f"{name} is a number of at least 1")
    if rule.get("severity", SEVERITIES[0]) not in SEVERITIES:
        raise SettingsError(f"severity is one of {', '.join(SEVERITIES)}")
    bounds = {name: rule[name] for name in ("below", "above") if name in rule}
    if len(bounds) > 1 or any(not isinstance(bound, int | float) or not 0 < bound < 1 for bound in bounds.values()):
        raise SettingsError("below or above, one of the two, lies between 0 and 1")
    if not bounds and not {"owner", "severity", "runbook"} & set(rule):
        raise SettingsError("a table says what is broken (below or above), or whose it is (owner, severity, runbook)")
    return Broken(**{"name": _describe(rule, bounds), **rule})


def _describe(rule: Mapping, bounds: Mapping[str, float]) -> str:
    what = f"{rule.get('metric', Broken.metric)} of {rule.get('segment', Broken.segment)}"
    return " ".join([what, *(f"{side} {bound:g}" for side, bound in bounds.items())])


def _check_keys(table: object, known: tuple[str, ...]) -> None:
    if not isinstance(table, Mapping) or not set(table) <= set(known):
        raise SettingsError(f"it has the keys {', '.join(known)}")
