"""Forgetting somebody: the one transaction it takes, and what it came to."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from feedback.errors import SettingsError, StoreError
from feedback.pipeline.audit import write_audit
from feedback.pipeline.forget.belongings import Belongings, Tables, Who, count_about, find_belongings, rows_about
from feedback.pipeline.forget.golden import LostVersion
from feedback.pipeline.forget.mentions import DIMENSIONED, MENTIONS, Ids
from feedback.pipeline.forget.needles import find_needles
from feedback.pipeline.forget.people import PeoplesTables, count_as_staff, rewrite_people
from feedback.pipeline.forget.proof import Proof, search_store
from feedback.pipeline.forget.rewriting import MADE_ANEW, recompute, rows_naming, take_out
from feedback.pipeline.forget.tombstones import make_tombstones
from feedback.settings import Settings
from feedback.store import Store
from feedback.store.erase import Purged, commit_erasure
from feedback.store.run import PINNED, Run
from feedback.store.snapshot import Snapshot
from feedback.store.writer import Writer

COMMAND = "forget"
STEPS = ("what is theirs", "tables", "counts and alarms", "people's tables", "older versions", "proof")
_MOST_INSIDE = 50_000
Clock = Callable[[], datetime]
_HOUR = pl.col("occurred_at").dt.truncate("1h").alias("hour")


@dataclass(frozen=True)
class Forgetting:
    """What forgetting somebody takes away, or would.

    Attributes
    ----------
    counts
        Rows by table; `..._blotted`: rows of others in which an id is blotted out.
    n_sessions, n_shared
        Sessions that go whole, and those of which a part goes.
    lost
        Versions of the golden set that lose examples.
    exports
        Exports that may hold such examples: rows of `audit`.
    n_as_staff
        Rows in which they are reviewer, author or owner, which stay.
    """

    counts: dict[str, int] = field(default_factory=dict)
    n_sessions: int = 0
    n_shared: int = 0
    lost: tuple[LostVersion, ...] = ()
    exports: pl.DataFrame = field(default_factory=pl.DataFrame)
    n_as_staff: int = 0


@dataclass(frozen=True)
class Forgotten:
    """What became of it: the run, what was taken away, files and bytes that went, and the proof."""

    run: int
    what: Forgetting
    purged: Purged
    proof: Proof


def plan_forgetting(store: Store, who: Who) -> Forgetting:
    """Return what forgetting somebody would take away. Changes nothing.

    Raises
    ------
    StoreError
        When there is no store.
    SettingsError
        When nobody is named.
    """
    _check(store, who)
    snapshot = store.at()
    found = find_belongings(snapshot, who)
    needles, ids = find_needles(snapshot, found), _ids_of(found)
    people = rewrite_people(snapshot, found, ids, list(needles.texts))
    counts = Counter(
        {name: n for name, n in count_about(snapshot, found).items() if name in PINNED and name not in MADE_ANEW}
    )
    for name in dict.fromkeys((*DIMENSIONED, *(name for name in MENTIONS if name in PINNED))):
        naming, mine = rows_naming(snapshot, name, ids), rows_about(snapshot, name, found).collect()
        n = naming.height and naming.join(mine, on=naming.columns, how="anti", nulls_equal=True).height
        counts.update({f"{name}_blotted": n} if n else {})
    return _describe(snapshot, found, counts + people.counts, people)


def forget_people(
    store: Store,
    who: Who,
    *,
    by: str,
    salt: str,
    clock: Clock,
    settings: Settings | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> Forgotten:
    """Return what became of forgetting somebody: no file of the store holds them any more, and no log brings them back.

    Their rows go from every table, and all older versions of all tables with them: snapshots of before are expired.
    Labels of others stay as they are; what is counted from labels is counted again. Killed at any point, the store is
    as before, or the next command that writes completes it.

    Parameters
    ----------
    store
        The store.
    who
        Whom: ids as they are stored.
    by
        Who asks for it, for the audit trail.
    salt
        Random, in hexadecimal: key of the first tombstones.
    clock
        Says what time it is.
    settings
        Time zone, windows and what is watched, as for `run_labels`.
    on_step
        Called with the name of each step before it begins.

    Raises
    ------
    StoreError
        When there is no store, or it cannot be written.
    StoreLockedError
        When another process is writing.
    SettingsError
        When nobody is named.
    """
    _check(store, who)
    settings, started_at = settings or Settings(), clock()
    with store.writer(clock=started_at) as writer:
        on_step(STEPS[0])
        found = find_belongings(writer.snapshot, who)
        needles, ids = find_needles(writer.snapshot, found), _ids_of(found)
        hours, days = _spent(writer, found, settings)
        stones = make_tombstones(writer, found, salt=salt, clock=started_at)
        on_step(STEPS[1])
        writer.append("tombstones", stones)
        counts = take_out(writer, found, ids)
        on_step(STEPS[2])
        if counts:
            is_blotted = any(name.endswith("_blotted") for name in counts)
            recompute(writer, settings, found, hours=hours, days=None if is_blotted else days, clock=started_at)
        writer.bury_deleted()
        on_step(STEPS[3])
        _write_deed(store, stones, counts, by=by, at=started_at)
        plan = rewrite_people(store.at(), found, ids, list(needles.texts))
        run = _describe_run(writer, counts + plan.counts, found, started_at, clock())
        what = _describe(store.at(), found, counts + plan.counts, plan)
        on_step(STEPS[4])
        purged = commit_erasure(
            store.path, run, lambda now: rewrite_people(now, found, ids, list(needles.texts)).tables
        )
    on_step(STEPS[5])
    return Forgotten(run.run, what, purged, search_store(store.path, needles))


def _check(store: Store, who: Who) -> None:
    if who.is_nobody:
        raise SettingsError("say whom to forget: --user ID, --session ID or --before DATE")
    if not store.exists():
        raise StoreError(f"there is no store at {store.path}")


def _ids_of(found: Belongings) -> Ids:
    """Return the ids that rows of others may name; of very many those that were asked for inside of texts too."""
    named = [*found.who.users, *found.who.aliases, *found.who.sessions]
    further = [*found.sessions, *found.interactions]
    return Ids([*named, *further]) if len(further) <= _MOST_INSIDE else Ids(named, further)


def _spent(tables: Tables, found: Belongings, settings: Settings) -> tuple[pl.Series, list[date]]:
    """Return the hours of their events, and the days of their labels."""
    hours = rows_about(tables, "events", found).select(_HOUR).unique().collect().to_series()
    day = pl.col("shown_at").dt.convert_time_zone(settings.time_zone).dt.date()
    days = rows_about(tables, "labels", found).select(day.unique()).collect().to_series()
    return hours, days.to_list()


def _write_deed(store: Store, stones: pl.DataFrame, counts: Counter[str], *, by: str, at: datetime) -> None:
    named = stones.filter(pl.col("kind").is_in(["user", "before"]))
    said = named if named.height else stones
    note = f"{counts['events']:,} events, {counts['labels']:,} labels"
    for stone in said["tombstone"] if said.height else [None]:
        write_audit(store, action="forgot", by=by, at=at, about=stone, note=note)


def _describe_run(
    writer: Writer, counts: Counter[str], found: Belongings, started_at: datetime, finished_at: datetime
) -> Run:
    last = writer.snapshot.run or Run(0, "none", started_at, finished_at)
    return writer.describe(
        command=COMMAND,
        started_at=started_at,
        finished_at=finished_at,
        watermark=last.watermark,
        label_version=last.label_version,
        sources=last.sources,
        counts={"n_sessions": len(found.sessions), **counts},
    )


def _describe(snapshot: Snapshot, found: Belongings, counts: Counter[str], people: PeoplesTables) -> Forgetting:
    return Forgetting(
        counts=dict(counts),
        n_sessions=len(found.sessions),
        n_shared=len(found.shared),
        lost=tuple(people.lost),
        exports=_find_exports(snapshot, people),
        n_as_staff=count_as_staff(snapshot, found.who.users),
    )


def _find_exports(snapshot: Snapshot, people: PeoplesTables) -> pl.DataFrame:
    """Return the exports of versions that held examples of theirs, and of the set as it was once it held one."""
    exports = snapshot.table("audit").filter(action="exported").sort("at").collect()
    events = snapshot.table("golden_events").filter(pl.col("example_id").is_in(people.examples.implode()))
    since = events.select(pl.col("at").min()).collect().item()
    if since is None:
        return exports.clear()
    numbers = [str(one.version) for one in people.lost]
    is_of_version = pl.col("about").is_in(numbers)
    return exports.filter(is_of_version | (pl.col("about").is_null() & (pl.col("at") >= since)))
