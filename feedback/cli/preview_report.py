"""What an ingest would do, in a few lines a person can read."""

from rich.console import Console

from feedback.cli.report import say_ingested
from feedback.cli.tables import print_frame
from feedback.cli.words import count, moment
from feedback.pipeline.preview import IngestPreview


def say_preview(preview: IngestPreview) -> None:
    """Print what would become of the rows, which events they are, and ten of them without their texts."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print("Dry run into an empty store; nothing was written.")
    say_ingested(preview.summary, is_stored=False)
    if not preview.kinds:
        return
    console.print(f"Events from {moment(preview.first)} to {moment(preview.last)}:")
    for kind, n in preview.kinds.items():
        console.print(f"  {kind:<9} {n:>12,}")
    filled = ", ".join(f"{name} {100 * share:.0f} %" for name, share in preview.filled.items())
    console.print(f"Filled in: {filled}")
    for role in ("dimension", "measure"):
        names = [
            column if column == incoming else f"{column} (from {incoming})"
            for column, found, incoming in preview.columns.iter_rows()
            if found == role
        ]
        console.print(f"{count(len(names), role)}: {', '.join(names) or 'none'}")
    console.print("A sample; of texts only length and shape (x a letter, 9 a digit):")
    print_frame(preview.samples, Console(highlight=False), limit=None)
