"""Tables as `feedback show` offers them."""

import polars as pl

from feedback.errors import SettingsError, UnknownNameError, name_some
from feedback.explore import list_dimensions, report_functions
from feedback.labelling import show_functions
from feedback.pipeline import current_labels
from feedback.schemas import TABLES
from feedback.store import Store

LABEL_FUNCTIONS = "label-functions"
_TELLING = ("detected_at", "segment", "metric", "direction", "change_kind", "rate_before", "rate_after", "onset_at",
            "follows_release", "times_usual", "echo_of", "is_replayed")  # fmt: skip
_DEED = ("at", "by", "action", "about", "note", "audit_id")


def read_view(name: str, store: Store) -> pl.DataFrame:
    """Return a table of the store; `labels` are final and open ones, `label-functions` those registered.

    `surprises` has the least expected labels first, `alarms` and `audit` the newest, every other table its own order.

    Raises
    ------
    UnknownNameError
        When there is nothing of that name.
    """
    if name == LABEL_FUNCTIONS:
        return _report_functions(store)
    if name not in TABLES:
        raise UnknownNameError(f"there is no table {name!r}; there are {', '.join((*TABLES, LABEL_FUNCTIONS))}")
    if name == "labels":
        return current_labels(store).collect()
    if name == "alarms":
        return _newest_alarms(store)
    if name == "audit":
        return store.table(name).sort("at", "audit_id", descending=[True, False]).select(*_DEED).collect()
    if name == "surprises":
        return store.table(name).sort("surprise", "interaction_id", descending=[True, False]).collect()
    return store.table(name).sort(TABLES[name].order).collect()


def _newest_alarms(store: Store) -> pl.DataFrame:
    """Return the alarms, newest first; what tells most of them comes first, for a terminal is narrow."""
    alarms = store.table("alarms").sort("detected_at", "alarm_id", descending=[True, False])
    return alarms.select(*_TELLING, pl.exclude(_TELLING)).collect()


def _report_functions(store: Store) -> pl.DataFrame:
    """Return the registered labelling functions, with what they said and how often reviews agree once they voted."""
    report = report_functions(store.at()).drop("dimension", "value")
    return (
        show_functions()
        .join(report, left_on="name", right_on="function", how="left", maintain_order="left")
        .select("name", "polarity", "weight", *report.drop("function").columns, "graded", "rationale", "source")
    )


def report_by_segment(store: Store, dimension: str) -> pl.DataFrame:
    """Return what each labelling function says and how often reviews agree, apart by the values of a dimension.

    Raises
    ------
    SettingsError
        When there is no such dimension.
    """
    snapshot = store.at()
    known = list_dimensions(snapshot)
    if dimension not in known:
        raise SettingsError(f"there is no dimension {dimension!r}; there are {', '.join(known) or 'none yet'}")
    return report_functions(snapshot, dimension=dimension).filter(dimension=dimension).drop("dimension")


def pivot_scores(quality: pl.DataFrame, table: str, dimension: str) -> pl.DataFrame:
    """Return one row per day with the mean behaviour score of each value of a dimension, one column per value.

    Raises
    ------
    SettingsError
        When the table is not `quality`, or knows no such dimension.
    """
    if table != "quality":
        raise SettingsError("--by goes with quality: feedback show quality --by intent")
    known = quality["dimension"].unique().sort().to_list()
    if dimension not in known:
        raise SettingsError(
            f"there is no dimension {dimension!r}; there are {', '.join(known) or 'none yet: feedback run'}"
        )
    chosen = quality.filter(dimension=dimension).sort("day", "value")
    return chosen.pivot("value", index="day", values="mean_score", sort_columns=True)


def filter_rows(frame: pl.DataFrame, condition: str) -> pl.DataFrame:
    """Return the rows for which a condition in SQL holds.

    Raises
    ------
    SettingsError
        When the condition is no SQL, or names a column that is not there.
    """
    try:
        return frame.sql(f"SELECT * FROM self WHERE {condition}")  # noqa: S608 - the user's own rows
    except (pl.exceptions.PolarsError, ValueError) as error:
        cause = str(error).splitlines()[0]
        raise SettingsError(
            f"--where {condition!r}: {cause}; columns are {name_some(frame.columns, most=40)}"
        ) from error


def pick_columns(frame: pl.DataFrame, written: str) -> pl.DataFrame:
    """Return the columns named, comma-separated, in that order.

    Raises
    ------
    SettingsError
        When one is not there.
    """
    names = [name.strip() for name in written.split(",")]
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise SettingsError(f"there is no column {name_some(missing)}; there are {name_some(frame.columns, most=40)}")
    return frame.select(names)
