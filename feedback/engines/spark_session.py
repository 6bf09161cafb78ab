"""Where Spark comes from: a session given, the active one, or one made for the occasion."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from feedback.errors import EngineError, MissingExtraError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

_SETTINGS = {
    # Few large batches: each has its price, whatever it holds.
    "spark.sql.execution.arrow.maxRecordsPerBatch": "100000",
    # Times before 1900 are what the file says, never moved to another calendar.
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
}


def check_installed() -> None:
    """Return nothing when pyspark is installed.

    Raises
    ------
    MissingExtraError
        When it is not.
    """
    if find_spec("pyspark") is None:
        raise MissingExtraError("the Spark engine needs pyspark, which is not installed: pip install 'feedback[spark]'")


@contextmanager
def ignore_pandas() -> Iterator[None]:
    """Return nothing, for a with-block in which Spark does not complain of a pandas that we do not use with it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


@contextmanager
def open_session(given: "SparkSession | None") -> Iterator["SparkSession"]:
    """Return a Spark session with our settings, for a with-block.

    It shares the Spark context with the one given, or with the active one, and leaves the settings of that session
    alone; the context's tasks get `POLARS_MAX_THREADS=1` where they had nothing else. Where there is none, Spark is
    started, and stopped at the end of the block.

    Raises
    ------
    MissingExtraError
        When pyspark is not installed.
    EngineError
        When Spark cannot start.
    """
    check_installed()
    with ignore_pandas():
        from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

    running = given or SparkSession.getActiveSession()
    session = running or _start_spark()
    try:
        yield _set_up(session)
    finally:
        if running is None:
            session.stop()


def _start_spark() -> "SparkSession":
    from pyspark.errors import PySparkException  # pyright: ignore[reportMissingImports]
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

    builder = SparkSession.builder.appName("feedback").config("spark.ui.showConsoleProgress", "false")
    try:
        with ignore_pandas():
            session = builder.getOrCreate()
    except (PySparkException, OSError) as error:
        raise EngineError(
            f"Spark cannot start: {type(error).__name__}; it needs Java 17 or newer, found on the PATH or in JAVA_HOME"
        ) from error
    session.sparkContext.setLogLevel("ERROR")
    return session


def _set_up(session: "SparkSession") -> "SparkSession":
    context = session.sparkContext
    # Spark runs a task per core: threads of polars would only be in each other's way.
    context.environment.setdefault("POLARS_MAX_THREADS", "1")
    if str(context.master).startswith("local"):
        context.pythonExec = sys.executable
    ours = session.newSession()
    for name, value in _SETTINGS.items():
        ours.conf.set(name, value)
    return ours
