"""`feedback receive`: a live receiver of telemetry."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from feedback.cli.arguments import now
from feedback.cli.tables import printable
from feedback.receive import Limits, Listening, build_app, listen, open_inbox
from feedback.receive.server import LOOPBACK_NAMES, is_loopback

_MIB = 2**20


def receive_command(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen at; 0 takes a free one.")] = 4318,
    into: Annotated[Path, typer.Option(help="Folder to write to, a file after the other.")] = Path("incoming"),
    host: Annotated[
        str, typer.Option(help="Address to listen at. Only this machine can reach the default.")
    ] = "127.0.0.1",
    most_mib: Annotated[float, typer.Option(min=0.001, help="Largest body to take, unpacked, in MiB.")] = 20,
    close_after: Annotated[
        float, typer.Option(min=0.5, help="Seconds until a file is closed, for others to read.")
    ] = 10,
) -> None:
    """Take telemetry as it is sent: OTLP over HTTP, and plain events, into a folder of files.

    Whatever is answered with 200 is on disk, also when the power fails a moment later. Read and label it with
    [bold]feedback run --follow incoming[/bold]. OpenTelemetry finds it with
    OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 and OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.

    [dim]feedback receive --into incoming[/dim]
    [dim]curl http://127.0.0.1:4318/v1/events -H 'Content-Type: application/json' -d @events.json[/dim]
    """
    limits = Limits(body_bytes=int(most_mib * _MIB), hosts=LOOPBACK_NAMES if is_loopback(host) else ())
    with open_inbox(into, clock=now, close_after=timedelta(seconds=close_after)) as inbox:
        listen(build_app(inbox, limits), host=host, port=port, on_listening=lambda at: _say_listening(at, into))


def _say_listening(at: Listening, into: Path) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    folder = printable(str(into), widest=200)
    console.print(f"Listening at {at.url} for /v1/traces, /v1/logs and /v1/events (Ctrl-C ends it)")
    console.print(f"Writing to {folder}; label it as it arrives: feedback run --follow {folder}")
    if not at.is_loopback:
        console.print("Anyone who can reach this address can send events: it asks for no password.")
    # Whoever started it in a pipe waits for these lines.
    console.file.flush()
