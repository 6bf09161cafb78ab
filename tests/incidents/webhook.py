"""A real webhook on this machine: what it was sent, and how it behaves."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Webhook(ThreadingHTTPServer):
    """Keeps what it was sent; refuses the first `n_refused` requests, and lets each wait `wait_s` seconds."""

    daemon_threads = True

    def __init__(self, *, n_refused: int = 0, wait_s: float = 0):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.n_refused, self.wait_s = n_refused, wait_s
        self.received: list[dict] = []
        self.headers: list[str | None] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    @property
    def url(self) -> str:
        """The URL as apprise takes it; it gives up after half a second."""
        return f"json://127.0.0.1:{self.server_port}/hook?rto=0.5&cto=0.5"


class _Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append(body)
        self.server.headers.append(self.headers["Idempotency-Key"])
        time.sleep(self.server.wait_s)
        self.server.may_answer.wait(30)
        self.send_response(503 if len(self.server.received) <= self.server.n_refused else 200)
        self._end()

    def _end(self) -> None:
        # Whoever asked may have given up, or be dead.
        with suppress(OSError):
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def webhook(**how) -> Iterator[Webhook]:
    """Return a webhook that listens while the block lasts."""
    with Webhook(**how) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
