"""Writing how surprising each label was to a model that learned from those before."""

from base64 import b64decode, b64encode
from datetime import datetime

import polars as pl

from feedback.drift.online import OnlineModel, resume_model, save_model
from feedback.drift.online_reading import prepare_labels, read_in_batches
from feedback.drift.versions import labels_of_version
from feedback.pipeline.dimensions import known_columns
from feedback.schemas import TABLES, empty_table
from feedback.store.writer import Writer


def write_surprises(writer: Writer, *, label_version: int, clock: datetime) -> None:
    """Write how surprising new labels were, and where the online model was left; all of a new label version."""
    states = writer.table("online_states").filter(pl.col("label_version") == label_version).collect()
    known = b64decode(states["state"].item()) if states.height else None
    state = take_surprises(writer, label_version=label_version, state=known)
    if state != known:
        row = {"label_version": label_version, "saved_at": clock, "state": b64encode(state).decode()}
        writer.replace("online_states", pl.DataFrame([row], schema=TABLES["online_states"].columns))


def take_surprises(writer: Writer, *, label_version: int, state: bytes | None) -> bytes:
    """Return the state of the online model once table `surprises` has every label with a value.

    Only labels final since the last time are read. All are, and the table is written anew, without a state: on a new
    label version, with other columns, after an upgrade, or when a label came in behind the last one seen.

    Parameters
    ----------
    writer
        The store, with the labels of this run.
    label_version
        The version whose labels count, with what it took over from earlier ones.
    state
        Of the model under this label version; null when there is none.
    """
    labels = labels_of_version(writer.table("labels"), writer.table("label_versions"), label_version)
    dimensions, measures = (known_columns(writer, labels, role=role) for role in ("dimension", "measure"))
    prepared = prepare_labels(labels, (*dimensions, *measures))
    resumed = resume_model(state, prepared, dimensions, measures)
    model = resumed or OnlineModel(dimensions, measures)
    if resumed is None:
        writer.replace("surprises", empty_table("surprises"))
    for batch in read_in_batches(prepared, since=model.since):
        told = model.take(batch).drop_nulls("surprise")
        writer.append("surprises", told.select(*TABLES["surprises"].columns))
    return save_model(model, prepared)
