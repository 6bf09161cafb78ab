"""Spans and annotations by the pages of a server, which here is one that answers what it is told to."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from feedback.errors import InputError
from feedback.sources.phoenix import read_phoenix_server
from feedback.sources.phoenix_server import fetch_records

AT = "2026-01-05T10:00:00Z"


def span(name: str) -> dict:
    said = {"attributes": {"input.value": "Hi", "output.value": "Hello"}, "start_time": AT, "end_time": AT}
    return {"context": {"trace_id": f"t{name}", "span_id": name}, "span_kind": "CHAIN", "parent_id": None, **said}


PRESSED = {"result": {"score": 1}, "created_at": AT}
THUMB = {"id": "a1", "span_id": "2", "name": "thumbs", "annotator_kind": "HUMAN", **PRESSED}
PAGES = {
    ("/v1/projects", None): {"data": [{"name": "help"}], "next_cursor": None},
    ("/v1/projects/help/spans", None): {"data": [span("1")], "next_cursor": "next"},
    ("/v1/projects/help/spans", "next"): {"data": [span("2")], "next_cursor": None},
    ("/v1/projects/help/span_annotations", None): {"data": [THUMB], "next_cursor": None},
    ("/v1/projects/broken/spans", None): ["no", "page"],
}


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        asked = urlsplit(self.path)
        page = PAGES.get((asked.path, parse_qs(asked.query).get("cursor", [None])[0]))
        self.send_response(200 if page is not None else 404)
        self.end_headers()
        self.wfile.write(json.dumps(page).encode())

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_all_pages_of_all_projects_and_kinds(url):
    found = list(fetch_records(url))
    assert [record.get("context", record).get("span_id") for record in found] == ["1", "2", "2"]
    assert list(fetch_records(f"{url}/projects/help")) == found


def test_records_become_events(url):
    [log] = read_phoenix_server(url)
    rows = log.frame.select("kind", "session_id").rows()
    assert rows == [("request", "t1"), ("response", "t1"), ("request", "t2"), ("response", "t2"), ("rating", "t2")]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("{url}/projects/absent", "answered with status 404; is it a Phoenix server?"),
        ("{url}/projects/broken", "did not answer as Phoenix does"),
        ("http://127.0.0.1:1", "cannot be reached"),
        ("ftp://127.0.0.1", "is no address of a Phoenix server"),
        ("http:", "is no address of a Phoenix server"),
    ],
)
def test_what_is_no_phoenix_server_is_said_in_one_line(url, address, said):
    with pytest.raises(InputError, match=said.replace("?", r"\?")):
        list(read_phoenix_server(address.format(url=url)))
