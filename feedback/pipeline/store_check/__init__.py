"""Whether a store is what it should be: its files, its rows, and what the tables say of each other.

`check_store` runs every check; the store's own (`feedback.store.check_files` and its neighbours) come first, and
what reads a table whose files are damaged is left out and said so.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from feedback.errors import StoreError
from feedback.pipeline.store_check.counts import COUNTS
from feedback.pipeline.store_check.curation import CURATION
from feedback.pipeline.store_check.history import HISTORY
from feedback.pipeline.store_check.labels import LABELS
from feedback.pipeline.store_check.rule import Rule
from feedback.schemas import TABLES
from feedback.store import Store
from feedback.store.check_files import check_files
from feedback.store.check_place import check_place
from feedback.store.check_rows import check_rows
from feedback.store.check_runs import check_runs
from feedback.store.finding import Finding
from feedback.store.layout import check_not_newer
from feedback.store.snapshot import Snapshot

RULES: tuple[Rule, ...] = (*LABELS, *COUNTS, *HISTORY, *CURATION)
STEPS = ("store", *(f"{name}: {what}" for what in ("files", "rows") for name in TABLES), "runs",
         *(rule.name for rule in RULES))  # fmt: skip
"""what `check_store` calls its steps, in order"""


@dataclass(frozen=True)
class StoreReport:
    """What a check found: the run that was checked, the findings, and the rules that could not be checked."""

    run: int
    findings: tuple[Finding, ...]
    n_checked: int
    not_checked: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong; notes do not count."""
        return not any(finding.is_wrong for finding in self.findings)


def check_store(store: Store, *, on_step: Callable[[str], None] = lambda _: None) -> StoreReport:
    """Return what is wrong with a store. Reads every file of the latest snapshot, writes nothing.

    Checked is the store as its latest run left it, with people's tables as they are now; others may write meanwhile.

    Parameters
    ----------
    store
        The store.
    on_step
        Called with the name of each step, one of `STEPS`, before it begins.

    Raises
    ------
    StoreError
        When there is no store, it is of a newer version of feedback, or `store.json` does not say of which.
    """
    on_step("store")
    if not store.exists():
        raise StoreError(f"there is no store at {store.path}")
    check_not_newer(store.path)
    try:
        snapshot = store.at()
    except StoreError as error:
        return _unreadable(store, error)
    findings = list(check_place(snapshot))
    for name in TABLES:
        on_step(f"{name}: files")
        findings += check_files(snapshot.path / name, name, snapshot.versions.get(name))
    damaged = {finding.table for finding in findings if finding.is_wrong}
    for name in TABLES:
        on_step(f"{name}: rows")
        if name not in damaged:
            findings += check_rows(snapshot, name)
    damaged |= {finding.table for finding in findings if finding.rule == "files"}
    on_step("runs")
    if "runs" not in damaged:
        findings += check_runs(snapshot)
    told, left_out = _check_meaning(snapshot, damaged, on_step)
    n_checked = len(STEPS) - len(left_out)
    return StoreReport(snapshot.version, (*findings, *told), n_checked, tuple(left_out))


def _unreadable(store: Store, error: StoreError) -> StoreReport:
    """Return the report of a store whose runs cannot be read: nothing else of it can be."""
    found = tuple(check_files(store.path / "runs", "runs", 0))
    told = Finding("runs", "store", "the latest run can be read", str(error))
    wrong = tuple(one for one in found if one.is_wrong)
    return StoreReport(0, wrong or (told,), 1, STEPS[1:])


def _check_meaning(
    snapshot: Snapshot, damaged: Iterable[str], on_step: Callable[[str], None]
) -> tuple[list[Finding], list[str]]:
    """Return what the tables say that does not go together, and the rules that were left out."""
    findings, left_out = [], []
    for rule in RULES:
        on_step(rule.name)
        if set(damaged) & set(rule.reads):
            left_out.append(rule.name)
        else:
            findings += _apply(rule, snapshot)
    return findings, left_out


def _apply(rule: Rule, snapshot: Snapshot) -> Iterator[Finding]:
    for table, n, found, ids in rule.find(snapshot):
        if n:
            yield Finding(table, rule.name, rule.expected, f"{n:,} {found}", ids, rule.advice, rule.is_wrong)
