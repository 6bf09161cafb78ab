"""People who use the app without a browser: they ask and are answered over the same websocket, but draw nothing.

Ten people have ten machines to draw what they see. Ten browsers on one machine would wait for each other rather than
for the app.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

_LARGEST_MESSAGE = 2**28
# What a browser says in place of a token while nobody signs in.
_PROTOCOLS = ["streamlit", "PLACEHOLDER_AUTH_TOKEN"]


class Visitor:
    """Somebody with one window open."""

    def __init__(self, socket: ClientConnection):
        self._socket = socket

    async def ask(self, page: str, query: str = "") -> float:
        """Return the seconds until everything a page has to say arrived.

        Parameters
        ----------
        page
            Its address, empty for the first.
        query
            What its address says after the question mark: what is chosen in its filters.
        """
        wanted = BackMsg()
        wanted.rerun_script.page_name = page
        wanted.rerun_script.query_string = query
        wanted.rerun_script.context_info.timezone = "UTC"
        wanted.rerun_script.context_info.color_scheme = "light"
        began = time.perf_counter()
        await self._socket.send(wanted.SerializeToString())
        await self._wait_until_finished()
        return time.perf_counter() - began

    async def _wait_until_finished(self) -> None:
        async for data in self._socket:
            said = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
            if said.delta.new_element.HasField("exception"):
                raise SystemExit(f"the page failed: {said.delta.new_element.exception.type}")
            if said.WhichOneof("type") == "script_finished":
                return
        raise SystemExit("the app hung up")


@asynccontextmanager
async def visit(port: int) -> AsyncIterator[Visitor]:
    """Yield somebody who just came to the app."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    async with connect(address, subprotocols=_PROTOCOLS, max_size=_LARGEST_MESSAGE) as socket:  # pyright: ignore[reportArgumentType]
        yield Visitor(socket)


async def keep_asking(
    port: int, page: str, queries: Sequence[str], *, begin_at: int, think_s: float, until: asyncio.Event
) -> list[float]:
    """Return how long each answer took to arrive, of somebody who opens a page and goes on choosing."""
    times = []
    async with visit(port) as visitor:
        for query in cycle(queries[begin_at % len(queries) :] + queries[: begin_at % len(queries)]):
            if until.is_set():
                return times
            times.append(await visitor.ask(page, query))
            # People look at what they see before they choose again.
            await asyncio.sleep(think_s)
    return times
