"""The receiver in a process of its own, for tests that send to it and kill it."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from processes import Pipe, start, wait_for

from feedback.receive import Limits, build_app, listen, open_inbox


@contextmanager
def receiving(folder: Path, *, close_after: timedelta = timedelta(hours=1)):
    """Return process and address of a receiver, for a with-block; it is asked to end where the test has not done so."""
    theirs, ours = Pipe()
    process = start(_receive, folder, close_after, theirs)
    try:
        assert ours.poll(60)
        yield process, ours.recv()
    finally:
        if process.is_alive():
            process.terminate()
            assert wait_for(process) == 0


def _receive(folder: Path, close_after: timedelta, pipe) -> None:
    with open_inbox(folder, clock=lambda: datetime.now(UTC), close_after=close_after) as inbox:
        app = build_app(inbox, Limits(body_bytes=100_000, body_within_s=2))
        listen(app, host="127.0.0.1", port=0, on_listening=lambda at: pipe.send(at.url))
