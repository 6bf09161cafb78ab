"""What people found out about alarms, beside the false-alarm budget they were raised under."""

import polars as pl

_SCHEMA = pl.Schema(
    {
        "week": pl.Date, "stated": pl.String, "n_alarms": pl.Int64, "n_incidents": pl.Int64, "n_resolved": pl.Int64,
        "n_false_alarm": pl.Int64, "n_undecided": pl.Int64, "n_false_alarms_raised": pl.Int64,
    }
)  # fmt: skip


def judge_detector(alarms: pl.DataFrame, steps: pl.DataFrame, incidents: pl.DataFrame) -> pl.DataFrame:
    """Return the stated budget against what people said: one row per week and budget, in order.

    A week without alarms has no row. An incident counts in the week in which its first alarm was raised; alarms that
    a replay raised again do not count. What nobody has decided yet is neither right nor false.

    Parameters
    ----------
    alarms, steps
        Tables `alarms` and `incident_events`.
    incidents
        As `fold_incidents` gives them.

    Returns
    -------
    pl.DataFrame
        `week` (its Monday, UTC), `stated` (the budget), `n_alarms`, `n_incidents` they made, of which `n_resolved`,
        `n_false_alarm` and `n_undecided`; `n_false_alarms_raised`, alarms in incidents marked as false alarms: what
        the budget counts.
    """
    raised = alarms.filter(~pl.col("is_replayed")).select(
        "alarm_id", "label_version", "detected_at", stated="budget",
        week=pl.col("detected_at").dt.convert_time_zone("UTC").dt.date().dt.truncate("1w"),
    )  # fmt: skip
    of = steps.drop_nulls("alarm_id").sort("at", "incident_event_id").unique(
        ["alarm_id", "label_version"], keep="first", maintain_order=True
    )  # fmt: skip
    placed = raised.join(of.select("alarm_id", "label_version", "incident_id"), on=["alarm_id", "label_version"]).join(
        incidents.select("incident_id", "state"), on="incident_id"
    )
    first = placed.sort("detected_at", "alarm_id").unique("incident_id", keep="first", maintain_order=True)
    state = pl.col("state")
    counted = first.group_by("week", "stated").agg(
        n_incidents=pl.len(),
        n_resolved=(state == "resolved").sum(),
        n_false_alarm=(state == "false_alarm").sum(),
        n_undecided=state.is_in(["open", "acknowledged"]).sum(),
    )
    every = placed.group_by("week", "stated").agg(
        n_alarms=pl.len(), n_false_alarms_raised=(state == "false_alarm").sum()
    )  # fmt: skip
    found = every.join(counted, on=["week", "stated"], how="left").with_columns(pl.col("^n_.*$").fill_null(0))
    return found.select(pl.col(name).cast(kind) for name, kind in _SCHEMA.items()).sort("week", "stated")
