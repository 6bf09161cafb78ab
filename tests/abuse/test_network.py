"""Nothing of the product goes to the network on its own: demo, run, check and app work where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Whoever wants to connect or look a name up is written down and refused; this machine's own address is allowed.
WATCH = """
import ipaddress, os, socket

def _refuse(kind, address):
    with open(os.environ["NETWORK_TRIES"], "a") as tries:
        tries.write(f"{kind} {address}\\n")
    raise OSError(101, "the network is denied")

def _is_ours(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "", None)

def _may(address):
    return isinstance(address, (str, bytes)) or _is_ours(address[0])

class _Socket(socket.socket):
    def connect(self, address):
        return super().connect(address) if _may(address) else _refuse("connect", address)

    def connect_ex(self, address):
        return super().connect_ex(address) if _may(address) else _refuse("connect", address)

    def sendto(self, *arguments):
        return super().sendto(*arguments) if _may(arguments[-1]) else _refuse("send", arguments[-1])

_look_up = socket.getaddrinfo
socket.socket = _Socket

def _look_up_ours(host, *rest, **how):
    return _look_up(host, *rest, **how) if _is_ours(host) else _refuse("look up", host)

socket.getaddrinfo = _look_up_ours
"""
STORY = """
import json
import sys
from feedback.cli import app

store = "feedback-store"

def call(*arguments):
    try:
        app(arguments)
    except SystemExit as ended:
        assert ended.code in (0, None), (arguments, ended.code)

call("simulate", "log", "--sessions", "60", "--days", "3")
call("ingest", "log/events.parquet")
call("run", "--watermark", "end")
call("status")
call("show", "labels", "--limit", "2")
call("reviews", "draw", "--k", "5", "--out", "sheet.csv")
call("store", "check")
call("show", "events", "--limit", "1", "--out", "one.csv")
call("show", "labels", "--limit", "1", "--columns", "interaction_id,user_id", "--out", "who.jsonl")
interaction, user = (json.loads(open("who.jsonl").readline())[name] for name in ("interaction_id", "user_id"))
call("access", "--user", user, "handed-over")
call("store", "compact")
call("store", "backup", "backup.tar")
"""
PAGES = """
import os
from pathlib import Path
from streamlit.testing.v1 import AppTest
os.environ["FEEDBACK_STORE"] = str(Path(store).resolve())
from streamlit.util import calc_hash

for address in ("", "incidents", "segments", "alarms", "examples", "review", "golden", "labels", "health"):
    page = AppTest.from_file(sys.argv[1], default_timeout=120)
    page._page_hash = calc_hash(address)
    page.run()
    assert not page.exception, address
    assert page.title, address
"""
INTERACTION = """
page = AppTest.from_file(sys.argv[1], default_timeout=120)
page._page_hash = calc_hash("examples")
page.query_params["interaction"] = interaction
page.run()
assert not page.exception
assert page.title[0].value.startswith("Interaction")
"""
SERVED = """
import fcntl, signal, socket, struct, subprocess, time, urllib.request
with socket.socket() as probe:
    try:
        # Where there is no network there is no loopback either, until somebody switches it on.
        fcntl.ioctl(probe, 0x8914, struct.pack("16sh", b"lo", 0x41))
    except OSError:
        pass
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
command = [sys.executable, "-c", "from feedback.cli import main; main()", "app", "--port", str(port)]
served = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
try:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
                assert answer.status == 200
            break
        except OSError:
            assert served.poll() is None
            time.sleep(0.2)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
        assert b"<html" in answer.read()
    time.sleep(2)
finally:
    served.send_signal(signal.SIGTERM)
    assert served.wait(60) is not None
"""
DEMO = 'store = "demo-store"\ncall("demo", "--no-app", "--store", store)\n'
IN_NO_NETWORK = ("unshare", "--net", "--map-root-user")


def without_network() -> tuple[str, ...]:
    """Return what puts a process where there is no network; nothing where the system does not let us."""
    if shutil.which("unshare") is None:
        return ()
    is_allowed = subprocess.run([*IN_NO_NETWORK, "true"], capture_output=True, check=False).returncode == 0
    return IN_NO_NETWORK if is_allowed else ()


def run_watched(folder: Path, code: str) -> list[str]:
    """Return what the code tried to reach; it must have succeeded."""
    (folder / "watch").mkdir()
    (folder / "watch" / "sitecustomize.py").write_text(WATCH)
    tries = folder / "tries"
    tries.touch()
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    environment |= {"PYTHONPATH": f"{folder / 'watch'}{os.pathsep}{ROOT}", "NETWORK_TRIES": str(tries)}
    command = [*without_network(), sys.executable, "-c", code, str(ROOT / "app.py")]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=400
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return tries.read_text().splitlines()


@pytest.mark.slow
def test_labelling_and_the_app_need_no_network(tmp_path):
    assert run_watched(tmp_path, STORY + PAGES + INTERACTION) == []


@pytest.mark.slow
def test_the_app_as_it_is_served_needs_no_network(tmp_path):
    assert run_watched(tmp_path, STORY + SERVED) == []


@pytest.mark.slow
def test_the_demo_needs_no_network(tmp_path):
    assert run_watched(tmp_path, STORY + DEMO + PAGES) == []


def test_the_watch_notices(tmp_path):
    code = "import socket, contextlib\nwith contextlib.suppress(OSError): socket.socket().connect(('192.0.2.1', 9))\n"
    code += "with contextlib.suppress(OSError): socket.getaddrinfo('example.com', 80)\n"
    assert run_watched(tmp_path, code) == ["connect ('192.0.2.1', 9)", "look up example.com"]


def test_the_app_listens_on_this_machine_only():
    config = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert 'address = "127.0.0.1"' in config
    assert "gatherUsageStats = false" in config
