"""What the commands about the golden set say."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from feedback.cli.tables import print_frame, printable
from feedback.cli.words import count, moment
from feedback.pipeline.golden import ResultSummary
from feedback.pipeline.golden_check import GoldenCheck
from feedback.pipeline.golden_examples import AddSummary

Part = Literal["measures", "coverage", "findings", "proposals", "shadow", "rates"]
PARTS: tuple[Part, ...] = ("measures", "coverage", "findings", "proposals", "shadow", "rates")
_MOST_LEFT_OUT = 20
_MOST_PROPOSALS = 20
_ID_DIGITS = 8
_ID = pl.col("example_id").str.head(_ID_DIGITS).alias("example")


def say_added(summary: AddSummary) -> None:
    """Print what became of the reviewed responses."""
    console = _console()
    added = summary.added
    console.print(
        f"{count(added.height, 'example')} added, {summary.n_known:,} in the set before, "
        f"{summary.left_out.height:,} left out."
    )
    if summary.n_retired:
        console.print(f"{count(summary.n_retired, 'example')} retired before; --again brings them back")
    for key, why in summary.left_out.select(pl.coalesce("interaction_id", _ID), "why").head(_MOST_LEFT_OUT).iter_rows():
        console.print(f"  {printable(key)}: {printable(why, widest=200)}")
    if summary.left_out.height > _MOST_LEFT_OUT:
        console.print(f"  and {summary.left_out.height - _MOST_LEFT_OUT:,} more")
    if added.height:
        placed = [f"{added.filter(split=side).height:,} {side}" for side in ("train", "dev", "test")]
        alone = added.filter(pl.col("split").is_null())
        console.print(", ".join(placed) + (f", {alone.height:,} in none" if alone.height else ""))
        for example, why in alone.select(_ID, "split_reason").head(_MOST_LEFT_OUT).iter_rows():
            console.print(f"  {example}: {printable(why or '', widest=200)}")
        console.print(f"{added['expected'].count():,} with an expected answer. Next: feedback golden version")


def say_changed(changes: pl.DataFrame, done: str, otherwise: str) -> None:
    """Print which examples were changed, or that there was nothing to change."""
    names = ", ".join(changes.select(_ID).to_series())
    _console(stderr=True).print(f"{done} {names}" if names else otherwise)


def say_versions(versions: pl.DataFrame) -> None:
    """Print the versions, the latest last."""
    console = _console()
    if console.is_terminal and versions.is_empty():
        console.print("No version yet; make one with: feedback golden version")
        return
    shown = versions.drop("golden_event_ids")
    if console.is_terminal:
        shown = shown.select(
            "version", "created_at", "by", "note", examples="n", forgotten="n_forgotten",
            id=pl.col("version_id").str.head(_ID_DIGITS), hash=pl.col("content_hash").str.head(_ID_DIGITS),
        )  # fmt: skip
    print_frame(shown, console, limit=None)


def say_diff(changed: pl.DataFrame) -> None:
    """Print what changed, and on a terminal how much of each."""
    console = _console()
    if not console.is_terminal:
        print_frame(changed, console, limit=None)
        return
    kinds = changed["change"].value_counts().sort("change").iter_rows()
    console.print(", ".join(f"{n:,} {kind}" for kind, n in kinds) or "nothing changed")
    if changed.height:
        label = pl.concat_str("label_before", "label_after", separator=" to ", ignore_nulls=True)
        is_same = pl.col("label_before") == pl.col("label_after")
        print_frame(
            changed.select(
                "change", _ID, label=pl.when(is_same).then("label_after").otherwise(label),
                what=pl.col("what").list.join(", ").replace("", None), why="why", by="by", at="at", input="input",
            ),
            console,
            limit=changed.height,
        )  # fmt: skip


def say_examples(examples: pl.DataFrame, limit: int | None) -> None:
    """Print examples, on a terminal with short ids."""
    console = _console()
    if console.is_terminal and examples.is_empty():
        console.print("No example; add what was reviewed with: feedback golden add")
        return
    if console.is_terminal:
        has_expected = pl.when(pl.col("expected").is_not_null()).then(pl.lit("yes"))
        examples = examples.select(
            _ID, "label", "split", "segment", "input", has_expected=has_expected,
            observed_output="observed_output",
        )  # fmt: skip
    print_frame(examples, console, limit=limit)


def say_results(file: Path, summary: ResultSummary) -> None:
    """Print what became of a file of results."""
    console = _console()
    console.print(
        f"{file.name}: {count(summary.n_rows, 'result')} of {count(summary.n_runs, 'evaluation')}, "
        f"{summary.n_new:,} new"
    )
    if summary.unknown:
        named = ", ".join(printable(name) for name in summary.unknown[:5])
        console.print(f"  {count(len(summary.unknown), 'example')} not of this golden set left out: {named}")


def say_json(parts: Mapping[str, pl.DataFrame]) -> None:
    """Print frames as one JSON object: a list of rows each."""
    written = {name: frame.to_dicts() for name, frame in parts.items()}
    sys.stdout.write(json.dumps(written, ensure_ascii=False, default=str) + "\n")


def say_check(found: GoldenCheck, part: Part) -> None:
    """Print a check: in a pipe one table as CSV, on a terminal all there is to know."""
    console = _console()
    if not console.is_terminal:
        print_frame(getattr(found, part), console, limit=None)
        return
    _say_measures(found, console)
    _head(console, f"Coverage: {found.n_traffic:,} interactions of the latest {found.days} days")
    _print(
        console, found.coverage,
        "segment", examples="n_examples", interactions="n", people="n_people",
        within_reach=_percent("coverage", "low", "high"), out_of_reach="n_out_of_reach",
    )  # fmt: skip
    _say_shadow(found, console)
    _say_rates(found, console)
    _say_proposals(found, console)


def _say_measures(found: GoldenCheck, console: Console) -> None:
    shares = ("coverage", "mix disagreement")
    for name, value, low, high, says in found.measures.iter_rows():
        if value is None:
            written = "·"
        elif name in shares:
            written = f"{100 * value:.0f} %" + (f" ({100 * low:.0f} to {100 * high:.0f})" if low is not None else "")
        else:
            written = f"{value:,.0f}"
        console.print(f"{name:<22}{written:>18}   {says}")


def _say_shadow(found: GoldenCheck, console: Console) -> None:
    if found.shadow.is_empty():
        return
    _head(console, "Golden set against a shadow set drawn at random from current traffic")
    _print(
        console, found.shadow,
        "segment", golden="n_golden", share=_percent("golden_share"), shadow="n_shadow",
        shadow_share=_percent("shadow_share", "share_low", "share_high"), bad=_percent("golden_bad"),
        judged="n_judged", shadow_bad=_percent("shadow_bad", "bad_low", "bad_high"),
    )  # fmt: skip
    if not found.shadow["n_judged"].sum():
        console.print("nobody has judged the shadow set yet; feedback golden shadow --out shadow.csv", style="dim")


def _say_rates(found: GoldenCheck, console: Console) -> None:
    if found.eval_run is None:
        _head(console, "No evaluation yet; read one in with: feedback golden results FILE")
        return
    run = found.eval_run
    _head(
        console,
        f"Evaluation {printable(run['eval_run'])} of {printable(run['model'] or 'an unnamed model')}, "
        f"{moment(run['evaluated_at'])}: what passed, and what was good in production",
    )
    _print(
        console, found.rates,
        "segment", examples="n_examples", passed=_percent("pass_rate", "pass_low", "pass_high"), traffic="n_traffic",
        weighted=_percent("weighted_pass_rate", "weighted_low", "weighted_high"),
        production=_percent("rate", "rate_low", "rate_high"), reviewed="n_reviewed", gap=_percent("gap"),
    )  # fmt: skip
    console.print(
        "weighted: an example counts as the traffic nearest to it; production: corrected by reviews, on that traffic",
        style="dim",
    )


def _say_proposals(found: GoldenCheck, console: Console) -> None:
    _head(console, "What to do" if found.proposals.height else "Nothing to do: the golden set follows the traffic")
    for action, example, segment, why in found.proposals.drop("weight").head(_MOST_PROPOSALS).iter_rows():
        line = Text.assemble((f"{action:<9}", "bold"), (example or "")[:_ID_DIGITS] or segment or "")
        console.print(line)
        console.print(Padding(Text(printable(why, widest=300)), (0, 0, 0, 9)), soft_wrap=False)
    if found.proposals.height > _MOST_PROPOSALS:
        console.print(f"and {found.proposals.height - _MOST_PROPOSALS:,} more; all in a pipe", style="dim")


def _percent(name: str, *ends: str) -> pl.Expr:
    """Return a share in per cent, with its interval where it has one; null where it is not known."""
    point = pl.format("{} %", _hundredths(name))
    if not ends:
        return point
    spans = pl.format(" ({} to {})", *(_hundredths(end) for end in ends))
    return pl.concat_str(
        point, pl.when(pl.all_horizontal(pl.col(ends).is_not_null())).then(spans).otherwise(pl.lit(""))
    )


def _hundredths(name: str) -> pl.Expr:
    return pl.col(name).mul(100).round(0).cast(pl.Int64)


def _print(console: Console, frame: pl.DataFrame, *names: str, **columns: pl.Expr | str) -> None:
    """Print columns of a frame, all rows, without those that hold nothing."""
    chosen = frame.select(*names, **columns)
    telling = [name for name in chosen.columns if chosen[name].count()] or chosen.columns
    print_frame(chosen.select(telling), console, limit=frame.height)


def _head(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, style="bold"))


def _console(*, stderr: bool = False) -> Console:
    return Console(highlight=False, markup=False, soft_wrap=True, stderr=stderr)
