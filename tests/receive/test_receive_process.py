"""A receiver that is killed loses nothing it has answered for; one that is asked to end leaves whole files."""

import json
import os
import signal
import socket
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

from processes import wait_for
from receiver_process import receiving

from feedback.receive import open_inbox

KIND = {"occurred_at": "2026-11-21T10:00:00Z", "kind": "copy", "session_id": "s1"}


def send(url: str, event_id: str) -> bool:
    """Return whether the receiver answered with 200."""
    body = json.dumps({"event_id": event_id, **KIND}).encode()
    request = urllib.request.Request(f"{url}/v1/events", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def sent_until_it_is_gone(url: str, name: str, answered: list[str], enough: threading.Event):
    for number in range(100_000):
        if not send(url, f"{name}-{number}"):
            return
        answered.append(f"{name}-{number}")
        if len(answered) >= 60:
            enough.set()


def ids_in(folder: Path) -> list[str]:
    lines = [line for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]
    return [json.loads(line)["event_id"] for line in lines]


def test_killed_while_many_send_it_loses_nothing_it_answered_for(tmp_path: Path):
    answered: list[str] = []
    enough = threading.Event()
    with receiving(tmp_path) as (process, url):
        senders = [
            threading.Thread(target=sent_until_it_is_gone, args=(url, name, answered, enough)) for name in "abcd"
        ]
        for sender in senders:
            sender.start()
        assert enough.wait(60)
        os.kill(process.pid, signal.SIGKILL)
        assert wait_for(process) == -signal.SIGKILL
        for sender in senders:
            sender.join()
    assert ids_in(tmp_path) == []
    with open_inbox(tmp_path, clock=lambda: datetime.now(UTC)):
        pass
    found = ids_in(tmp_path)
    assert set(answered) <= set(found)
    assert len(found) == len(set(found))


def test_asked_to_end_it_leaves_whole_files(tmp_path: Path):
    with receiving(tmp_path) as (process, url):
        assert send(url, "a")
        process.terminate()
        assert wait_for(process) == 0
    assert ids_in(tmp_path) == ["a"]
    assert list(tmp_path.glob(".*.part")) == []


def test_files_are_closed_while_it_runs(tmp_path: Path):
    with receiving(tmp_path, close_after=timedelta(seconds=0.5)) as (_, url):
        assert send(url, "a")
        for _ in range(200):
            if ids_in(tmp_path) == ["a"]:
                break
            threading.Event().wait(0.05)
        assert ids_in(tmp_path) == ["a"]


def test_a_body_that_does_not_come_is_given_up(tmp_path: Path):
    with receiving(tmp_path) as (_, url):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as slow:
            slow.sendall(b"POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
            slow.sendall(b"Content-Length: 90\r\n\r\n{")
            assert slow.recv(1_000).startswith(b"HTTP/1.1 408")
