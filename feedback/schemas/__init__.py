"""Every table of the product: its columns with types and units, its key and its order.

A *derived* table is written by `ingest`, `run` and `fit` only and is read at the version a run pinned.
A *human* table is append-only, written by people, and is read at its head. `TABLES` lists them all.

Some tables are open to further columns: `events`, `interactions` and the two label tables carry the
dimensions (text) and measures (numbers) of the log, `votes` one column per labelling function.
"""

from dataclasses import dataclass
from typing import Literal

import dataframely as dy
import polars as pl
from dataframely.exc import SchemaError as FrameSchemaError
from dataframely.exc import ValidationError

from feedback.errors import SchemaError, UnknownNameError, name_some
from feedback.schemas import behaviour, findings, forgotten, human, privacy, runs

UTC = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Table:
    """A table: who writes it, in which order its rows are stored, which further columns it may carry."""

    name: str
    schema: type[dy.Schema]
    order: tuple[str, ...]
    written_by: Literal["runs", "people"] = "runs"
    carries: Literal["nothing", "dimensions", "votes"] = "nothing"

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the key columns."""
        return tuple(self.schema.primary_key())

    @property
    def columns(self) -> dict[str, pl.DataType]:
        """Types of the declared columns, in order."""
        return {name: column.dtype for name, column in self.schema.columns().items()}

    @property
    def is_human(self) -> bool:
        """Whether people write it: append-only, read at its head."""
        return self.written_by == "people"


_BY_TIME = ("occurred_at", "session_id", "event_id")
TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("events", behaviour.Events, _BY_TIME, carries="dimensions"),
        Table("columns", behaviour.Columns, ("column",)),
        Table("quarantine", behaviour.Quarantine, ("quarantined_at", "file", "row", "reason")),
        Table("data_health", behaviour.DataHealth, ("hour",)),
        Table("interactions", behaviour.Interactions, ("shown_at", "interaction_id"), carries="dimensions"),
        Table("votes", behaviour.Votes, ("interaction_id",), carries="votes"),
        Table("labels", behaviour.Labels, ("final_at", "interaction_id"), carries="dimensions"),
        Table("open_labels", behaviour.Labels, ("final_at", "interaction_id"), carries="dimensions"),
        Table("label_versions", behaviour.LabelVersions, ("label_version",)),
        Table("quality", findings.Quality, ("day", "dimension", "value")),
        Table("tallies", findings.Tallies, ("day", "dimension", "value", "people")),
        Table("outcomes", findings.Outcomes, ("day", "dimension", "value", "outcome")),
        Table("segments", findings.Segments, ("label_version", "comparison", "rank")),
        Table("alarms", findings.Alarms, ("detected_at", "alarm_id")),
        Table("watched", findings.Watched, ("metric", "segment", "direction")),
        Table("watch_states", findings.WatchStates, ("part",)),
        Table("clusters", findings.Clusters, ("interaction_id",)),
        Table("surprises", findings.Surprises, ("interaction_id",)),
        Table("online_states", findings.OnlineStates, ("label_version",)),
        Table("candidate_draws", findings.CandidateDraws, ("drawn_at", "draw_id")),
        Table("candidates", findings.Candidates, ("draw_id", "rank")),
        Table("horizons", privacy.Horizons, ("what",)),
        Table("pseudonyms", privacy.Pseudonyms, ("column",)),
        Table("tombstones", forgotten.Tombstones, ("forgotten_at", "tombstone")),
        Table("runs", runs.Runs, ("run",)),
        Table("reviews", human.Reviews, ("reviewed_at", "review_id"), written_by="people"),
        Table("reservations", human.Reservations, ("reserved_at", "reservation_id"), written_by="people"),
        Table("incident_events", human.IncidentEvents, ("at", "incident_event_id"), written_by="people"),
        Table("golden_events", human.GoldenEvents, ("at", "golden_event_id"), written_by="people"),
        Table("golden_refusals", human.GoldenRefusals, ("at", "golden_refusal_id"), written_by="people"),
        Table("golden_versions", human.GoldenVersions, ("version", "version_id"), written_by="people"),
        Table("eval_results", human.EvalResults, ("evaluated_at", "eval_result_id"), written_by="people"),
        Table("audit", human.Audit, ("at", "audit_id"), written_by="people"),
    )
}
# What a further column of the log may not be called: it would stand beside ours in the same table.
RESERVED = frozenset(name for table in TABLES.values() if table.carries == "dimensions" for name in table.columns) - {
    "feature"
}


def find_table(name: str) -> Table:
    """Return the declared table of that name.

    Raises
    ------
    UnknownNameError
        When there is none; the message lists those there are.

    Examples
    --------
    >>> find_table("events").key
    ('event_id', 'session_id')
    """
    if name not in TABLES:
        raise UnknownNameError(f"there is no table {name!r}; the tables are {', '.join(TABLES)}")
    return TABLES[name]


def empty_table(name: str) -> pl.DataFrame:
    """Return the table with its declared columns and no rows.

    Examples
    --------
    >>> empty_table("clusters").columns
    ['interaction_id', 'cluster']
    """
    return pl.DataFrame(schema=find_table(name).columns)


def check_table(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame unchanged but for column order, once its declared columns hold what they may hold.

    Columns that are not declared (dimensions, measures, votes) follow the declared ones by name.

    Raises
    ------
    SchemaError
        When a column is missing, has another type, or breaks a rule; it names column, rule and count.

    Examples
    --------
    >>> check_table("clusters", pl.DataFrame({"cluster": [3], "interaction_id": ["i1"]})).columns
    ['interaction_id', 'cluster']
    """
    table = find_table(name)
    further = sorted(set(frame.columns) - set(table.columns))
    if further and table.carries == "nothing":
        raise SchemaError(f"table {name} has no column {name_some(further)}")
    try:
        table.schema.validate(frame)
    except (FrameSchemaError, ValidationError) as error:
        raise SchemaError(f"table {name}: {error}") from error
    return frame.select(*table.columns, *further)
