"""The commands about changes: what is watched, and when other settings would have raised alarms."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from feedback.cli.arguments import DEFAULT_STORE, StoreOption, settings_here, split_names
from feedback.cli.progress import steps
from feedback.cli.tables import print_frame
from feedback.cli.words import count, moment
from feedback.drift.backtest import ALWAYS, Backtest
from feedback.errors import SettingsError
from feedback.explore.alarms import backtest, list_watched, watch_setup
from feedback.settings.watch import Watch, read_watch
from feedback.store import Store

drift_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="See what is watched for changes, and try other settings on the past.",
)
_WATCHED = ("metric", "segment", "direction", "n", "evidence", "threshold", "share", "is_learning", "n_pooled")


@drift_app.command("backtest")
def backtest_command(
    false_alarms: Annotated[float | None, typer.Option(help="False alarms that may come.", show_default=False)] = None,
    per: Annotated[str | None, typer.Option(help="In how long, e.g. 7d.", show_default=False)] = None,
    detector: Annotated[str | None, typer.Option(help="drop, or one of river's.", show_default=False)] = None,
    metric: Annotated[str | None, typer.Option(help="auto, score or p_good.", show_default=False)] = None,
    dimensions: Annotated[str | None, typer.Option(help="Comma-separated.", show_default=False)] = None,
    baseline: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="What came before is usual.", show_default=False)
    ] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day to tell of.", show_default=False)
    ] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Replay the past and say on which days these settings would have raised alarms.

    What is not given is taken from [watch] in feedback.toml. Beside it stand ADWIN, a common detector, at its defaults,
    and an alarm every day. In a pipe, one CSV row per day and way.

    [dim]feedback drift backtest --false-alarms 4 --per 7d --from 2026-09-20[/dim]
    """
    given = {
        "false_alarms": false_alarms, "per": per, "detector": detector, "metric": metric,
        "dimensions": None if dimensions is None else split_names(dimensions),
        "baseline": baseline and baseline.date(),
    }  # fmt: skip
    settings = settings_here()
    watch = _override(settings.watch, {name: value for name, value in given.items() if value is not None})
    with steps("Replaying", 1) as advance:
        advance("the log, label by label")
        found = backtest(Store(store).at(), replace(settings, watch=watch), since=_day(since))
    _print_backtest(found)


@drift_app.command("watched")
def watched_command(
    store: StoreOption = DEFAULT_STORE,
    limit: Annotated[int, typer.Option(min=1, help="Rows on a terminal.")] = 20,
) -> None:
    """Say what is watched, nearest to an alarm first, and what is left out.

    share: evidence over the evidence an alarm takes now. A row named (other values) stands for several segments.
    In a pipe, one CSV row per segment, metric and direction.

    [dim]feedback drift watched[/dim]
    """
    snapshot = Store(store).at()
    setup = watch_setup(snapshot)
    if setup is None:
        raise SettingsError("nothing is watched yet; label first: feedback run")
    console = _console()
    found = list_watched(snapshot).select(_WATCHED)
    if not console.is_terminal:
        print_frame(found, console, limit=None)
        return
    if not setup["has_begun"]:
        console.print(f"Learning what is usual until {moment(setup['begins_at'])}; alarms can come from then on.")
        return
    console.print(
        f"Watching {found.height:,} series since {moment(setup['begins_at'])}: "
        f"{count(found['segment'].n_unique(), 'segment')}, {count(found['metric'].n_unique(), 'metric')}."
    )
    for words, names in (("dimensions", "dimensions"), ("pairs", "pairs"), ("left out", "left_out")):
        console.print(f"{words}: {', '.join(setup[names]) or 'none'}", style="dim")
    print_frame(_rounded(found), console, limit=limit)


def _override(watch: Watch, given: dict) -> Watch:
    """Return the settings with those given in their place, checked like those of the file."""
    checked = read_watch(given)
    fdr = None if {"false_alarms", "per"} & set(given) else watch.fdr
    return replace(watch, fdr=fdr, **{name: getattr(checked, name) for name in given})


def _print_backtest(found: Backtest) -> None:
    console = _console()
    flat = found.days.with_columns(pl.col("segments").list.join("; "))
    if not console.is_terminal:
        print_frame(flat, console, limit=None)
        return
    fired = flat.filter(pl.col("n_alarms") > 0, pl.col("way") != ALWAYS)
    print_frame(fired.select("day", "way", "n_alarms", "segments"), console, limit=None)
    n_days = found.days["day"].n_unique()
    days = found.days.group_by("way").agg(n=(pl.col("n_alarms") > 0).sum(), n_alarms=pl.col("n_alarms").sum())
    for way, n, n_alarms in days.sort("way", descending=True).rows():
        console.print(f"{way}: fires on {n:,} of {count(n_days, 'day')}, {count(n_alarms, 'alarm')}", style="dim")


def _rounded(watched: pl.DataFrame) -> pl.DataFrame:
    return watched.with_columns(
        pl.col("evidence", "threshold").round().cast(pl.Int64, strict=False),
        pl.col("share").round(3),
    )


def _day(at: datetime | None) -> date | None:
    return at.date() if at is not None else None


def _console() -> Console:
    return Console(highlight=False, markup=False, soft_wrap=True)
