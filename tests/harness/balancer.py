"""A balancer before several servers: each connection goes to the next one that takes it.

It knows nothing of HTTP, as one for TCP does, and runs in a thread of the test's process.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

__all__ = ["balanced"]


class _Balancer:
    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = ports
        self._turns = count()
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        turn = next(self._turns)
        for shift in range(len(self._ports)):
            port = self._ports[(turn + shift) % len(self._ports)]
            try:
                other = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            try:
                await _joined(reader, writer, *other)
            finally:
                other[1].transport.abort()
            return

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _joined(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    other_reader: asyncio.StreamReader,
    other_writer: asyncio.StreamWriter,
) -> None:
    """Pass on what comes from either side, until one of them has ended or failed."""
    ways = [
        asyncio.ensure_future(_passed(reader, other_writer)),
        asyncio.ensure_future(_passed(other_reader, writer)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait(ways, timeout=0.05)  # what the other side still has to say
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


@contextlib.contextmanager
def balanced(ports: Sequence[int]) -> Iterator[str]:
    """Give, for a while, the URL at which connections go to the servers on these ports in turn."""
    ready = threading.Event()
    found: dict[str, Any] = {}

    async def run() -> None:
        balancer = _Balancer(ports)
        server = await asyncio.start_server(balancer.take, "127.0.0.1", 0)
        found["port"] = server.sockets[0].getsockname()[1]
        found["loop"], found["stop"] = asyncio.get_running_loop(), asyncio.Event()
        ready.set()
        await found["stop"].wait()
        server.close()
        await balancer.stop()

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="balancer")
    thread.start()
    ready.wait()
    try:
        yield f"http://127.0.0.1:{found['port']}"
    finally:
        found["loop"].call_soon_threadsafe(found["stop"].set)
        thread.join()
