"""A server on the loopback that keeps what PostHog's client sends, and plays the model its wrapper calls."""

import gzip
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_788_000_000,
    "model": "gpt-test-0613",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Roll it, do not fold it."}}
    ],
    "usage": {"prompt_tokens": 20, "completion_tokens": 8, "total_tokens": 28},
}


class CaptureServer(ThreadingHTTPServer):
    """Keeps the events of all batches in `events`."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: list[dict] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: CaptureServer

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/openai/"):
            time.sleep(0.01)
            self._answer(ANSWER)
            return
        content = json.loads(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
        self.server.events += content.get("batch", [])
        self._answer({"status": 1})

    def _answer(self, content: dict):
        said = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        """Say nothing."""
