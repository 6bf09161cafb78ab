"""The command that hands the golden set to an eval framework."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from feedback.cli.arguments import DEFAULT_STORE, StoreOption
from feedback.cli.audited import tell_audit
from feedback.cli.progress import steps
from feedback.cli.words import count
from feedback.export import TARGETS
from feedback.export.manifest import Manifest
from feedback.pipeline.audit import describe_export_deed
from feedback.pipeline.export import Label, Split, export_golden
from feedback.store import Store

_LISTED = "\n".join(f"- [bold]{name}[/bold]: {target.summary.rstrip('.')}" for name, target in TARGETS.items())
EXPORT_HELP = f"""Write the golden set to a folder that an eval framework reads as it is.

Personal data and secrets become pseudonyms such as <EMAIL_ADDRESS_1> (needs feedback\\[pii]); --no-redact leaves the
texts as they are. What was logged never runs: no template, file path or formula in it fires. The same golden set
gives the same bytes, and manifest.json says which version it is.

[dim]feedback export inspect_ai golden-eval --version latest --split test[/dim]

TARGET is one of

{_LISTED}
"""


def export_command(
    target: Annotated[str, typer.Argument(help="What it is for; see the list above.", metavar="TARGET")],
    out: Annotated[Path, typer.Argument(help="Folder to write; new, empty, or an earlier export.", metavar="OUT")],
    split: Annotated[Split | None, typer.Option(help="Only this split.")] = None,
    label: Annotated[Label | None, typer.Option(help="Only examples with this label.")] = None,
    version: Annotated[
        str | None, typer.Option(help="Number of a version, or latest; the set as it is now when left out.")
    ] = None,
    redact: Annotated[
        bool, typer.Option("--redact/--no-redact", help="Pseudonyms for personal data and secrets.")
    ] = True,
    salt: Annotated[
        str | None,
        typer.Option(
            envvar="FEEDBACK_EXPORT_SALT", help="The same pseudonyms in every export with this secret; else numbered."
        ),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Write the golden set to a folder that an eval framework reads as it is."""
    with steps("Exporting", 1) as advance:
        advance("golden set")
        manifest = export_golden(
            Store(store), target, out, version=version, split=split, label=label, redact=redact, salt=salt
        )
    tell_audit(Store(store), "exported", **describe_export_deed(manifest))
    say_exported(manifest, out)


def say_exported(manifest: Manifest, out: Path) -> None:
    """Print what was exported, what was redacted, and what redaction cannot catch."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    counts = manifest["counts"]["label"]
    console.print(
        f"{count(manifest['n_examples'], 'example')} ({counts.get('good', 0):,} good, {counts.get('bad', 0):,} bad) "
        f"in {out}, for {manifest['target']}"
    )
    redaction = manifest["redaction"]
    if redaction is None:
        console.print("Not redacted: the texts are as they were logged.", style="yellow")
        return
    found = ", ".join(f"{n:,} {kind}" for kind, n in redaction["n_distinct_values"].items()) or "nothing found"
    console.print(f"Redacted: {found}")
    console.print(f"Names: {redaction['names']}. What else redaction cannot catch: manifest.json", style="dim")
