"""A bad network between a client and a server: slow, and dropping connections at any moment.

A proxy that knows nothing of HTTP. It draws, for each exchange of bytes, whether and where the
connection is dropped: before the request, in it, after it, in the answer, or after the answer.
"""

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

MOMENTS = ("before", "in the request", "after the request", "in the answer", "after the answer")
_BLOCK = 4096
# Requests of small jobs are about as long as this.
_WITHIN_BYTES = 800
_PACKET_BYTES = 200
RESET = struct.pack("ii", 1, 0)  # Closing with SO_LINGER of zero seconds sends a reset.


@dataclass
class Link:
    """One direction of the line, which all connections share."""

    bits_per_s: float
    _free_at: float = 0.0

    async def carry(self, size: int) -> None:
        """Wait until so many bytes have passed."""
        now = asyncio.get_running_loop().time()
        self._free_at = max(now, self._free_at) + 8 * size / self.bits_per_s
        await asyncio.sleep(self._free_at - now)


class DroppedError(Exception):
    """The connection is to end here."""


@dataclass
class Fate:
    """Where one connection ends; a request begins where bytes go up after some came down."""

    draw: Callable[[], str | None]
    moment: str | None = None
    left: int = 0
    answering: bool = True
    met: list[str] = field(default_factory=list)

    def drop(self, moment: str) -> None:
        self.met.append(moment)
        raise DroppedError

    def begin(self, within: int) -> None:
        """Draw anew, for the request that begins."""
        self.answering = False
        self.moment, self.left = self.draw(), within
        if self.moment == "before":
            self.drop("before")

    def allowed(self, moment: str, block: bytes) -> bytes:
        """Return how much of a block still passes."""
        return block[: self.left] if self.moment == moment else block

    def passed(self, moment: str, size: int) -> None:
        self.left -= size
        if self.moment == moment and self.left <= 0:
            self.drop(moment)


class BadNetwork:
    """The address of a server behind a bad network; a context manager.

    Args:
        port: Where the server listens on 127.0.0.1, now or later.
        seed: Of what is dropped where.
        share: Of the exchanges whose connection is dropped.
        bits_per_s: Of either direction, for all connections together.
    """

    def __init__(
        self, port: int, seed: int = 0, share: float = 1 / 3, bits_per_s: float = 1e6
    ) -> None:
        self._server_port = port
        self._random = random.Random(seed)
        self._share = share
        self._bits_per_s = bits_per_s
        self.dropped: Counter[str] = Counter()
        self.exchanges = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="bad network", daemon=True)
        self._listens = threading.Event()
        self._ends = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._listens.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._ends.set)
        self._thread.join()

    def _serve(self) -> None:
        try:
            self._loop.run_until_complete(self._accept())
        finally:
            self._loop.close()

    async def _accept(self) -> None:
        self._up, self._down = Link(self._bits_per_s), Link(self._bits_per_s)
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._listens.set()
        await self._ends.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task

    def _draw(self) -> str | None:
        self.exchanges += 1
        return self._random.choice(MOMENTS) if self._random.random() < self._share else None

    def _within(self) -> int:
        return self._random.randrange(1, _WITHIN_BYTES)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection to its end, on both sides."""
        fate = Fate(self._draw)
        ends = [writer]
        try:
            upstream, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
            ends.append(to_server)
            await self._exchange(fate, (reader, to_server), (upstream, writer))
        except (OSError, DroppedError):
            self.dropped.update(fate.met)
        finally:
            # Half of the time the server sees its client go as one goes that has all it wants: so
            # does a gateway that took the answer and then lost its own client.
            is_gentle = fate.met and self._random.random() < 1 / 2
            for end in ends:
                if not (is_gentle and end is not writer):
                    _reset(end)
                end.close()

    async def _exchange(
        self,
        fate: Fate,
        up: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        down: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        ways = [
            asyncio.create_task(self._carry_up(fate, *up)),
            asyncio.create_task(self._carry_down(fate, *down)),
        ]
        _, pending = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in pending:
            way.cancel()
        ends = await asyncio.gather(*ways, return_exceptions=True)
        for error in ends:
            if isinstance(error, OSError | DroppedError):
                raise error

    async def _carry_up(
        self, fate: Fate, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while block := await reader.read(_BLOCK):
            if fate.answering:
                fate.begin(self._within())
            part = fate.allowed("in the request", block)
            await self._up.carry(len(part))
            writer.write(part)
            await writer.drain()
            fate.passed("in the request", len(part))

    async def _carry_down(
        self, fate: Fate, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while block := await reader.read(_BLOCK):
            if not fate.answering:
                fate.answering = True
                if fate.moment == "after the request":
                    fate.drop("after the request")
                fate.left = self._random.randrange(1, _PACKET_BYTES)
            part = fate.allowed("in the answer", block)
            await self._down.carry(len(part))
            writer.write(part)
            await writer.drain()
            fate.passed("in the answer", len(part))
            if fate.moment == "after the answer":
                fate.drop("after the answer")


def _reset(writer: asyncio.StreamWriter) -> None:
    """Let the connection end with a reset, which throws away what is on its way."""
    with suppress(OSError):
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
