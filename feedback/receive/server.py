"""The receiver at a port of this machine."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import NamedTuple

import uvicorn
from starlette.applications import Starlette

from feedback.errors import SettingsError

MOST_CONNECTIONS = 256
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


class Listening(NamedTuple):
    """Where the receiver listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Its address, as senders write it."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def listen(app: Starlette, *, host: str, port: int, on_listening: Callable[[Listening], None]) -> None:
    """Answer requests until the process is asked to end; then finish those under way.

    Parameters
    ----------
    app
        What answers.
    host
        Address of this machine to listen at.
    port
        Port; 0 takes a free one.
    on_listening
        Called once requests are taken.

    Raises
    ------
    SettingsError
        When the address or the port is taken or not of this machine.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        raise SettingsError(f"cannot listen at {host}, port {port}: {error}") from error
    with listener:
        on_listening(Listening(host, listener.getsockname()[1]))
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=10,
        )
        _QuietServer(config).run(sockets=[listener])


class _QuietServer(uvicorn.Server):
    """A server for which being asked to end is no error: it returns, where uvicorn's raises the signal again."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
