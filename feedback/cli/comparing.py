"""The commands that compare: versions side by side, and groups with each other."""

from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from feedback.cli.arguments import DEFAULT_STORE, StoreOption, settings_here, split_names
from feedback.cli.tables import print_frame
from feedback.cli.views import pick_columns
from feedback.errors import SettingsError
from feedback.explore import compare, disparities
from feedback.store import Store

_GROUPS = ("group", "status", "burn", "gap", "gap_low", "gap_high", "ratio", "ratio_low", "ratio_high", "rate", "n",
           "n_users")  # fmt: skip
_EXAMPLE = '[[disparity]]\ndimensions = ["language"]\nmax_gap = 0.05'


def compare_command(
    first: Annotated[str, typer.Argument(help="The version in use.", metavar="A")],
    second: Annotated[str, typer.Argument(help="The new version.", metavar="B")],
    dimension: Annotated[str, typer.Option(help="Where the versions stand, e.g. prompt_version.")],
    by: Annotated[str | None, typer.Option(help="Also per value of these, comma-separated, e.g. intent.")] = None,
    margin: Annotated[float, typer.Option(min=0.1, max=50, help="Most points B may be worse.")] = 2,
    columns: Annotated[str | None, typer.Option(help="Columns to show, comma-separated.")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Say whether a new version is good enough: promote, hold or roll back, in all and per segment.

    The intervals hold however often one looks, so this may run every hour. In a pipe, one CSV row per segment.

    [dim]feedback compare --dimension prompt_version chat-v14 chat-v15 --by intent,language[/dim]
    """
    found = compare(Store(store).at(), dimension, first, second, by=split_names(by), margin=margin / 100)
    console = _console()
    if columns is not None:
        print_frame(pick_columns(found, columns), console, limit=found.height)
    elif console.is_terminal:
        order = ("segment", "decision", "difference", "low", "high", "n_first", "n_second", "reason")
        print_frame(found.select(order), console, limit=found.height)
        console.print(
            f"difference: mean of {second} less that of {first}, with an interval that holds at every look", style="dim"
        )
    else:
        print_frame(found, console, limit=None)


def disparity_command(
    columns: Annotated[str | None, typer.Option(help="Columns to show, comma-separated.")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Say whether some groups are served worse than feedback.toml allows, in the latest four weeks.

    status: met, breached or unknown, by the whole interval; burn: share of what is allowed that is used up.

    [dim]feedback disparity[/dim]
    """
    allowed = settings_here().disparity
    if not allowed:
        raise SettingsError(f"feedback.toml says nothing of disparity; write for instance\n{_EXAMPLE}")
    found = disparities(Store(store).at(), allowed)
    if found.is_empty():
        raise SettingsError("nothing is labelled yet; label first: feedback run")
    order = {"descending": [False, True, False], "nulls_last": True}
    ordered = found.sort("promise", "burn", "group", **order).drop("promise")  # pyright: ignore[reportArgumentType]
    told = ordered.select(*_GROUPS, pl.exclude(_GROUPS)) if columns is None else pick_columns(ordered, columns)
    print_frame(told, _console(), limit=told.height)


def _console() -> Console:
    return Console(highlight=False, markup=False, soft_wrap=True)
