"""Which versions of the tables belong together."""

import dataframely as dy

from feedback.schemas.column_types import text_column, time_column


class Runs(dy.Schema):
    """What was written when, and which versions belong together: one row per ingest, run or fit."""

    run = dy.Int64(primary_key=True, min=1, description="1, 2, 3 ...; the version of the store")
    command = text_column("ingest, run, fit, restate, draw, forget, migrate or upkeep")
    started_at = time_column("clock at the start")
    finished_at = time_column("clock at the end")
    watermark = time_column("event time up to which all events are assumed to have arrived", nullable=True)
    label_version = dy.Int64(nullable=True, min=1, description="current label version; null before the first run")
    sources = dy.List(
        dy.Struct({"source": dy.String(), "latest_at": dy.Datetime(time_unit="us", time_zone="UTC")}),
        description="latest event time seen from each source",
    )
    pins = dy.List(
        dy.Struct({"table": dy.String(), "version": dy.Int64()}), description="version of every derived table"
    )
    heads = dy.List(
        dy.Struct({"table": dy.String(), "version": dy.Int64()}), description="heads of the human tables it used"
    )
    counts = dy.List(dy.Struct({"name": dy.String(), "n": dy.Int64()}), description="what it read, wrote and left out")
