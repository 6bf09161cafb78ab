"""The commands about the golden set."""

import getpass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from feedback.cli.arguments import DEFAULT_STORE, StoreOption, now, split_names
from feedback.cli.audited import tell_texts
from feedback.cli.golden_report import (
    PARTS,
    Part,
    say_added,
    say_changed,
    say_check,
    say_diff,
    say_examples,
    say_json,
    say_results,
    say_versions,
)
from feedback.cli.progress import steps
from feedback.cli.tables import check_writable, write_frame
from feedback.cli.words import count
from feedback.errors import InputError, SettingsError
from feedback.golden import SPLITS
from feedback.pipeline.golden import (
    correct,
    diff_golden,
    import_results,
    list_golden_versions,
    make_version,
    read_golden,
    retire,
)
from feedback.pipeline.golden_check import CheckRules, check_golden
from feedback.pipeline.golden_examples import SEGMENT_BY, AddRules, Wanted, add_reviewed
from feedback.pipeline.golden_traffic import DAYS, SHADOW, draw_shadow_reviews
from feedback.store import Store

golden_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="The golden set: examples people reviewed, in versions that never change, kept in step with the traffic.",
)
Who = Annotated[str | None, typer.Option("--who", envvar="FEEDBACK_WHO", help="Who does it; else your login name.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for those who come after you.", show_default=False)]
By = Annotated[str, typer.Option("--by", help="Dimensions that name segments, comma-separated.")]
Family = Annotated[
    str | None, typer.Option("--family", help="Model family under test, e.g. gpt: what it labelled does not count.")
]
Prompts = Annotated[
    list[Path] | None,
    typer.Option("--prompts", help="File of prompts or few-shot examples it sees; repeatable."),
]
_BY = ",".join(SEGMENT_BY)


@golden_app.command("add")
def add(
    interactions: Annotated[
        list[str] | None, typer.Argument(help="Only these responses.", metavar="[INTERACTION...]")
    ] = None,
    reviewer: Annotated[str | None, typer.Option(help="Only those this person judged.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Bring back those that were retired.")] = False,
    by: By = _BY,
    family: Family = None,
    prompts: Prompts = None,
    who: Who = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Add what people judged good or bad and is not in the golden set yet. Doing it again adds nothing.

    An expected answer is only ever one that a person gave or confirmed. Examples that share a session or are about
    the same stay on one side of train, dev and test, and never move.

    [dim]feedback golden add --family gpt --prompts few-shot.txt[/dim]
    """
    with steps("Adding", 1) as advance:
        advance("reviewed responses")
        summary = add_reviewed(
            Store(store),
            by=_name(who),
            clock=now,
            wanted=Wanted(reviewer=reviewer, interaction_ids=tuple(interactions or ())),
            rules=AddRules(split_names(by), family, tuple(prompts or ()), again),
        )
    say_added(summary)


@golden_app.command("retire")
def retire_examples(
    examples: Annotated[list[str], typer.Argument(help="Ids, or their first digits.", metavar="ID...")],
    why: Why,
    who: Who = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Take examples out of the set, and say why. Versions that hold them keep them.

    [dim]feedback golden retire 3f2a91c0 --why "we no longer sell that"[/dim]
    """
    say_changed(retire(Store(store), examples, by=_name(who), clock=now, why=why), "retired", "retired already")


@golden_app.command("correct")
def correct_one(
    example: Annotated[str, typer.Argument(help="Its id, or the first digits.", metavar="ID")],
    why: Why,
    expected: Annotated[str | None, typer.Option(help="What the answer should be; '' where nobody knows.")] = None,
    expected_file: Annotated[Path | None, typer.Option(help="The same, from a file.")] = None,
    label: Annotated[str | None, typer.Option(help="good or bad.")] = None,
    who: Who = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Correct the expected answer or the label of an example. Versions that hold it keep what they held.

    [dim]feedback golden correct 3f2a91c0 --expected-file answer.txt --why "the price changed"[/dim]
    """
    _check_label(label)
    if expected is not None and expected_file is not None:
        raise SettingsError("give --expected or --expected-file, not both")
    text = expected if expected_file is None else _read_text(expected_file)
    changed = correct(Store(store), example, by=_name(who), clock=now, why=why, expected=text, label=label)
    say_changed(changed, "corrected", "as it was: it says so already")


@golden_app.command("version")
def cut(
    note: Annotated[str | None, typer.Option(help="A remark.")] = None,
    who: Who = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Make a version of the set as it is now. It never changes, whatever is added or retired later.

    [dim]feedback golden version --note "before the new index"[/dim]
    """
    version, is_new = make_version(Store(store), by=_name(who), clock=now, note=note)
    said = "made" if is_new else "holds this already: nothing has changed since"
    _console(stderr=True).print(f"version {version['version']} {said} ({count(version['n'], 'example')})")


@golden_app.command("versions")
def show_versions(store: StoreOption = DEFAULT_STORE) -> None:
    """List the versions; in a pipe, as CSV.

    [dim]feedback golden versions[/dim]
    """
    say_versions(list_golden_versions(Store(store)))


@golden_app.command("diff")
def show_diff(
    before: Annotated[str, typer.Argument(help="A version.", metavar="A")],
    after: Annotated[str, typer.Argument(help="A later one, or now.", metavar="[B]")] = "now",
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Say what was added, retired and corrected between two versions; in a pipe, as CSV.

    [dim]feedback golden diff 1 2[/dim]
    """
    changed = diff_golden(Store(store), before, after)
    say_diff(changed)
    tell_texts(Store(store), changed, "golden diff")


@golden_app.command("show")
def show_examples(
    version: Annotated[str, typer.Option(help="A version, latest, or now.")] = "now",
    split: Annotated[str | None, typer.Option(help="Only train, dev or test.")] = None,
    label: Annotated[str | None, typer.Option(help="Only good, or bad.")] = None,
    limit: Annotated[int | None, typer.Option(help="Most rows to show.", min=1)] = None,
    out: Annotated[Path | None, typer.Option(help="Write all rows to FILE.parquet, .csv or .jsonl instead.")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Show the examples of a version, or as they are now; in a pipe, as CSV.

    [dim]feedback golden show --version latest --split test[/dim]
    """
    _check_label(label)
    if split is not None and split not in SPLITS:
        raise SettingsError(f"a split is one of {', '.join(SPLITS)}, not {split}")
    examples = read_golden(Store(store), version)
    chosen = examples.filter(**{name: value for name, value in (("split", split), ("label", label)) if value})
    if out is None:
        say_examples(chosen, limit)
        tell_texts(Store(store), chosen, "golden show")
        return
    write_frame(chosen, out)
    tell_texts(Store(store), chosen, "golden show", to=out)
    _console(stderr=True).print(f"{count(chosen.height, 'example')} in {out}")


@golden_app.command("check")
def check(
    days: Annotated[int, typer.Option(min=1, help="How many of the latest days count as current.")] = DAYS,
    by: By = _BY,
    k: Annotated[int, typer.Option("--k", min=1, help="Size of the shadow set drawn from current traffic.")] = SHADOW,
    family: Family = None,
    prompts: Prompts = None,
    part: Annotated[Part, typer.Option(help="In a pipe: which table to write as CSV.")] = "proposals",
    as_json: Annotated[bool, typer.Option("--json", help="Write all tables as one JSON object.")] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Say how far the golden set has drifted from current traffic, and what to add, refresh and retire.

    Coverage, shadow set, age, duplicates, what nobody asks any more, what was contradicted, what every evaluation
    passed, what the model has seen; and the pass rate of the latest evaluation beside production.

    [dim]feedback golden check --by feature,intent[/dim]
    """
    rules = CheckRules(days, split_names(by), k, family=family, prompts=tuple(prompts or ()))
    with steps("Checking", 1) as advance:
        advance("against current traffic")
        found = check_golden(Store(store).at(), at=now(), rules=rules)
    if as_json:
        say_json({name: getattr(found, name) for name in PARTS})
    else:
        say_check(found, part)


@golden_app.command("shadow")
def draw_shadow(
    out: Annotated[Path, typer.Option(help="FILE.csv, .parquet or .jsonl to fill in.")],
    k: Annotated[int, typer.Option("--k", min=1, help="Size of the shadow set.")] = SHADOW,
    days: Annotated[int, typer.Option(min=1, help="How many of the latest days count as current.")] = DAYS,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Write what nobody has judged yet of the shadow set into a file to fill in; then import it.

    The set is a random part of current traffic. What was drawn stays while it is current, so asking again next week
    brings only what is new.

    [dim]feedback golden shadow --k 100 --out shadow.csv[/dim]
    """
    check_writable(out)
    drawn = draw_shadow_reviews(Store(store), clock=now, k=k, days=days)
    write_frame(drawn, out)
    tell_texts(Store(store), drawn, "golden shadow", to=out)
    _console(stderr=True).print(
        f"{count(drawn.height, 'response')} to review in {out}; then: feedback reviews import {out}"
    )


@golden_app.command("results")
def read_results(
    files: Annotated[
        list[Path],
        typer.Argument(help="Inspect logs (.json, .eval), promptfoo .json, or CSV.", metavar="FILE..."),
    ],
    who: Who = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Read the results of evaluations back in. Doing it again with the same files changes nothing.

    A CSV has the columns example_id and passed; score, model, eval_run and evaluated_at where known. Then
    [bold]feedback golden check[/bold] sets the pass rate beside production.

    [dim]feedback golden results logs/2026-10-05_refunds.eval[/dim]
    """
    target, unreadable = Store(store), []
    for file in files:
        try:
            say_results(file, import_results(target, file, by=_name(who), clock=now))
        except InputError as error:
            unreadable.append(str(error))
    if unreadable:
        raise InputError("; ".join(unreadable))


def _name(who: str | None) -> str:
    if who:
        return who
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise SettingsError("say who does it: --who NAME") from error


def _check_label(label: str | None) -> None:
    if label not in (None, "good", "bad"):
        raise SettingsError(f"a label is good or bad, not {label}")


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {file} as UTF-8 text") from error


def _console(*, stderr: bool = False) -> Console:
    return Console(highlight=False, markup=False, soft_wrap=True, stderr=stderr)
