"""A live receiver of telemetry: OTLP over HTTP, and our own events, into a folder that `run --follow` reads.

`server` listens · `app` what it answers · `bodies` request bodies, bounded and unpacked · `otlp`, `plain_events` what
is taken of them · `replies` answers in the form the specification wants · `inbox` the files, on disk before the answer.
"""

from feedback.receive.app import Limits, build_app
from feedback.receive.inbox import Inbox, open_inbox
from feedback.receive.server import Listening, listen

__all__ = ["Inbox", "Limits", "Listening", "build_app", "listen", "open_inbox"]
