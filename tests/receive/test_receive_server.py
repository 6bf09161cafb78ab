"""Where the receiver listens, and what its command says when it cannot."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feedback.cli import app
from feedback.receive import Listening
from feedback.receive.server import is_loopback


@pytest.mark.parametrize(
    ("listening", "url", "loopback"),
    [
        (Listening("127.0.0.1", 4318), "http://127.0.0.1:4318", True),
        (Listening("::1", 4318), "http://[::1]:4318", True),
        (Listening("0.0.0.0", 80), "http://0.0.0.0:80", False),
        (Listening("collector.example", 80), "http://collector.example:80", False),
    ],
)
def test_where_it_listens(listening: Listening, url: str, loopback: bool):
    assert (listening.url, listening.is_loopback) == (url, loopback)


def test_names_of_this_machine():
    assert is_loopback("localhost")
    assert not is_loopback("example.org")


def test_a_port_that_is_taken_is_one_line_and_exit_code_2(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = CliRunner().invoke(app, ["receive", "--port", port, "--into", str(tmp_path / "incoming")])
    assert said.exit_code == 2
    assert f"cannot listen at 127.0.0.1, port {port}" in said.output
    assert "Traceback" not in said.output


def test_a_folder_that_cannot_be_is_one_line_and_exit_code_2(tmp_path: Path):
    (tmp_path / "incoming").write_text("")
    said = CliRunner().invoke(app, ["receive", "--port", "0", "--into", str(tmp_path / "incoming")])
    assert said.exit_code == 2
    assert "cannot write to" in said.output
