"""Traffic with known truth: an invented company's AI features, the people who use them, and four planted incidents.

Sessions are drawn (`population`), played turn by turn (`turns`: `quality` answers, `behaviour` reacts), put into
words (`writing`), logged (`emission`) and sent (`delivery`). What goes wrong and when stands in `planted`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from feedback.errors import SettingsError
from feedback.simulate.delivery import deliver_events
from feedback.simulate.emission import log_events, truth_table
from feedback.simulate.planted import incident_table, plan_incidents
from feedback.simulate.population import draw_sessions
from feedback.simulate.turns import play_turns, select_rows

STARTS_AT = datetime(2026, 9, 7, tzinfo=UTC)
"""a Monday"""


@dataclass(frozen=True)
class Simulation:
    """A simulated log and what is true about it."""

    events: pl.DataFrame
    """one row per received event: the columns of the table `events`, eight dimensions, three measures"""
    truth: pl.DataFrame
    """one row per interaction: `p_good`, `is_good`, what was wrong, the incident it fell under"""
    incidents: pl.DataFrame
    """one row per planted incident"""


def simulate_traffic(
    *, days: int = 28, sessions: int = 3_000, seed: int = 0, starts_at: datetime = STARTS_AT
) -> Simulation:
    """Return simulated traffic with known truth; the same arguments give the same frames.

    Parameters
    ----------
    days
        Length of the log. Incident times scale with it.
    sessions
        Number of sessions; each makes about ten events.
    seed
        Seed of all randomness.
    starts_at
        Start of the log, with a time zone.

    Returns
    -------
    Simulation
        `events` in order of `occurred_at, event_id`; null in a dimension or measure means not recorded.
        `truth` in order of `interaction_id`; `fault` is null for a good response, `incident_id` outside incidents.
        `incidents` in order of `starts_at`; `ends_at` is null while an incident goes on.

    Raises
    ------
    SettingsError
        When `days` or `sessions` is below 1, `seed` is negative or `starts_at` has no time zone.

    Examples
    --------
    >>> simulation = simulate_traffic(days=7, sessions=50, seed=1)
    >>> simulation.incidents.select("kind", "changes_quality")
    shape: (4, 2)
    ┌───────────────┬─────────────────┐
    │ kind          ┆ changes_quality │
    │ ---           ┆ ---             │
    │ str           ┆ bool            │
    ╞═══════════════╪═════════════════╡
    │ moved_button  ┆ false           │
    │ mix_shift     ┆ false           │
    │ ageing_index  ┆ true            │
    │ prompt_change ┆ true            │
    └───────────────┴─────────────────┘
    """
    _check_arguments(days, sessions, seed, starts_at)
    starts_at = starts_at.astimezone(UTC)
    rng = np.random.default_rng(seed)
    schedule = plan_incidents(days)
    drawn = draw_sessions(sessions, schedule=schedule, first_weekday=starts_at.weekday(), rng=rng)
    turns = play_turns(drawn, schedule=schedule, rng=rng)
    turns = select_rows(turns, np.lexsort((turns["session"], turns["clock"])))
    events = log_events(turns, starts_at=starts_at, end=schedule.end, rng=rng)
    return Simulation(
        events=deliver_events(events, rng),
        truth=truth_table(turns, starts_at=starts_at),
        incidents=incident_table(schedule, starts_at),
    )


def write_simulation(simulation: Simulation, folder: Path) -> None:
    """Write `events.parquet`, `truth.parquet` and `incidents.parquet` into the folder, which is made if need be.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_simulation(simulate_traffic(days=2, sessions=20, seed=1), Path(folder))
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['events.parquet', 'incidents.parquet', 'truth.parquet']
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("events", "truth", "incidents"):
        frame: pl.DataFrame = getattr(simulation, name)
        frame.write_parquet(folder / f"{name}.parquet", compression="zstd", compression_level=12)


def _check_arguments(days: int, sessions: int, seed: int, starts_at: datetime) -> None:
    if days < 1 or sessions < 1 or seed < 0:
        raise SettingsError(
            f"days and sessions must be at least 1 and seed at least 0, not {days}, {sessions} and {seed}"
        )
    if starts_at.tzinfo is None:
        raise SettingsError("starts_at must have a time zone, for example 2026-09-07T00:00:00+00:00")
