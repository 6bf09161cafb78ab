"""The commands about candidates for the golden set."""

from pathlib import Path
from typing import Annotated, Literal

import polars as pl
import typer
from rich.console import Console

from feedback.cli.arguments import DEFAULT_STORE, StoreOption, now
from feedback.cli.audited import tell_texts
from feedback.cli.progress import steps
from feedback.cli.tables import check_writable, print_frame, write_frame
from feedback.cli.words import count
from feedback.pipeline.candidates import CandidateDraw, draw_golden_candidates, read_embeddings
from feedback.store import Store

SHOWN = ("rank", "interaction_id", "inclusion_probability", "cluster", "reason")

candidates_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", help="What to look at for the golden set: draw."
)


@candidates_app.callback()
def _group() -> None:
    """Keep `draw` a command of its own while it is the only one."""


@candidates_app.command("draw")
def draw_command(
    k: Annotated[int, typer.Option("--k", min=1, help="How many candidates.")] = 50,
    seed: Annotated[int, typer.Option(min=0, help="Same store and seed, same candidates.")] = 0,
    stream: Annotated[
        Literal["mining", "rate"], typer.Option(help="mining looks for what goes wrong; rate draws evenly.")
    ] = "mining",
    embeddings: Annotated[
        Path | None, typer.Option(help="FILE.parquet: interaction_id and a column of vectors, in place of the words.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="FILE.csv, .parquet or .jsonl to fill in.")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Draw what people should look at next: kinds of requests that go wrong, degraded segments, a few successes.

    A tenth is drawn at random. Each candidate's chance is kept with the draw, and why it was drawn: feedback show
    candidates. The file to fill in does not say why, as a reviewer must not know; write good, bad, unsure or
    unusable into verdict and a name into reviewer, then feedback reviews import it.

    [dim]feedback candidates draw --k 50 --seed 7 --out to-review.csv[/dim]
    """
    if out is not None:
        check_writable(out)
    vectors = None if embeddings is None else read_embeddings(embeddings)
    with steps("Drawing", 1) as advance:
        advance("texts, clusters, candidates")
        drawn = draw_golden_candidates(Store(store), k=k, seed=seed, clock=now, stream=stream, embeddings=vectors)
    if out is None:
        print_frame(drawn.candidates.select(SHOWN), Console(highlight=False), limit=None)
    else:
        write_frame(drawn.sheet, out)
        tell_texts(Store(store), drawn.sheet, "candidates draw", to=out)
    _say_drawn(drawn, out)


def _say_drawn(drawn: CandidateDraw, out: Path | None) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True, stderr=True)
    n_random = drawn.candidates.filter(pl.col("inclusion_probability") < 1).height
    then = "to fill in: --out FILE.csv" if out is None else f"in {out}; then: feedback reviews import {out}"
    console.print(
        f"{count(drawn.candidates.height, 'candidate')} of {count(drawn.n_eligible, 'response')}, {n_random:,} of them "
        f"at random, {then}"
    )
