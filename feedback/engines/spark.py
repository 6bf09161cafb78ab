"""Labelling on Spark: the same functions, run by the tasks of a cluster, or of this machine."""

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from polars.datatypes import DataTypeClass

from feedback.engines.engine import Events, count_events, scan_events
from feedback.engines.parts import MANIFEST, LabelPartition, take_part
from feedback.engines.scratch import scratch_folder, store_events
from feedback.engines.spark_session import check_installed, ignore_pandas, open_session
from feedback.engines.work import LabelledShard, Progress, Work, ignore_progress
from feedback.errors import EngineError, SchemaError
from feedback.store.versions import Version

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession  # pyright: ignore[reportMissingImports]

EVENTS_PER_SHARD = 500_000
_LOOK_EVERY_S = 0.5
_TYPES: Mapping[pl.DataType | DataTypeClass, str] = {
    pl.String(): "STRING", pl.Boolean(): "BOOLEAN", pl.Int8(): "TINYINT", pl.Int16(): "SMALLINT", pl.Int32(): "INT",
    pl.Int64(): "BIGINT", pl.Float32(): "FLOAT", pl.Float64(): "DOUBLE", pl.Date(): "DATE",
    pl.Datetime("us", "UTC"): "TIMESTAMP_LTZ",
}  # fmt: skip
# What the package itself says of a failure; the rest of a traceback may quote user text.
_OUR_ERROR = re.compile(r"^(?:\s*)feedback\.errors\.\w+: (.+)$", re.MULTILINE)


class SparkEngine:
    """Labels in the tasks of Spark: a shuffle brings the events of a session together, polars does the rest.

    Needs `pip install 'feedback[spark]'` and Java 17 or newer, and the same versions of feedback and of polars
    wherever tasks run.

    Parameters
    ----------
    scratch
        Where the tasks put what they make and this process takes it from. Tasks see it, and the files of the
        events, under the same path: on a cluster both lie on shared storage.
    events_per_shard
        How many events a task labels, about: 500 thousand need 0.5 GiB, outside of the Java heap.
    session
        The Spark session to use. None: the active one; or one made for the occasion and stopped afterwards, set up
        by `spark-submit`, or else by Spark's defaults.

    Raises
    ------
    MissingExtraError
        When pyspark is not installed.
    """

    def __init__(
        self, scratch: Path, *, events_per_shard: int = EVENTS_PER_SHARD, session: "SparkSession | None" = None
    ):
        check_installed()
        self.scratch = scratch
        self.events_per_shard = events_per_shard
        self._session = session

    def label(self, events: Events, work: Work, *, on_progress: Progress = ignore_progress) -> Iterator[LabelledShard]:
        """Return what the work makes of the events, shard by shard, as `Engine.label`; the first when all are done.

        Raises
        ------
        EngineError
            When Spark cannot start, a task failed in spite of being run again, or scratch files cannot be written.
        SchemaError
            When a column of the events has a type Spark does not know.
        """
        n_events = count_events(events)
        on_progress(0, n_events)
        if not n_events:
            yield work(scan_events(events).collect())
            return
        with scratch_folder(self.scratch) as folder:
            parts = self._label_parts(
                store_events(events, folder), work, folder, n_shards=-(-n_events // self.events_per_shard),
                on_done=lambda n_done: on_progress(min(n_done, n_events), n_events),
            )  # fmt: skip
            for part, made_from in parts:
                yield take_part(folder, part, made_from)

    def _label_parts(
        self, events: Version, work: Work, folder: Path, *, n_shards: int, on_done: Callable[[int], None]
    ) -> list[tuple[str, int]]:
        """Return name and number of events of each part that the tasks made."""
        columns = describe_columns(events.schema)
        with open_session(self._session) as session:
            done = session.sparkContext.accumulator(0)
            files = [f"file://{file}" for file in events.files]
            # Spark would take a dot in a name for a way into a struct: columns go by their place.
            places = [f"c{place}" for place in range(len(events.schema))]
            stored = session.read.schema(columns).parquet(*files).toDF(*places)
            session_id = places[events.schema.names().index("session_id")]
            task = LabelPartition(work, events.schema, folder, done)
            with ignore_pandas():
                parts = stored.repartition(n_shards, session_id).mapInArrow(task, MANIFEST)
            return _collect(parts, lambda: on_done(done.value))


def describe_columns(schema: pl.Schema) -> str:
    """Return the columns of the events in the words of Spark.

    Raises
    ------
    SchemaError
        When a column has a type that events do not have.

    Examples
    --------
    >>> describe_columns(pl.Schema({"kind": pl.String(), "gpu.hours": pl.Float64()}))
    '`kind` STRING, `gpu.hours` DOUBLE'
    """
    unknown = [f"{name} ({data_type})" for name, data_type in schema.items() if data_type not in _TYPES]
    if unknown:
        raise SchemaError(f"Spark cannot take column {unknown[0]}: events hold text, numbers, dates and times in UTC")
    quoted = {name: name.replace("`", "``") for name in schema}
    return ", ".join(f"`{quoted[name]}` {_TYPES[data_type]}" for name, data_type in schema.items())


def explain_failure(said: str) -> str:
    """Return what went wrong in a task, as far as the package itself said so; nothing that may quote user text.

    Examples
    --------
    >>> explain_failure("Traceback ...\\nfeedback.errors.SchemaError: column speed is missing\\n")
    'column speed is missing'
    >>> explain_failure("ValueError: could not convert 'my secret'")
    'its log says why'
    """
    found = _OUR_ERROR.search(said)
    return found[1] if found else "its log says why"


def _collect(parts: "DataFrame", on_look: Callable[[], None]) -> list[tuple[str, int]]:
    """Return the rows of a Spark frame, looking at its progress meanwhile."""
    from py4j.protocol import Py4JError  # pyright: ignore[reportMissingImports]
    from pyspark.errors import PySparkException  # pyright: ignore[reportMissingImports]

    with ThreadPoolExecutor(1) as pool:
        rows = pool.submit(parts.collect)
        while not wait([rows], timeout=_LOOK_EVERY_S).done:
            on_look()
    on_look()
    try:
        return [(row.part, row.n_events) for row in rows.result()]
    except (PySparkException, Py4JError) as error:
        raise EngineError(f"Spark gave up labelling: {explain_failure(str(error))}") from error
