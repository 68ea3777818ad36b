"""One request on a connection and its answer, as uvicorn has them, with what it leaves out."""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from paultrap.api.connections import Connection
from paultrap.api.errors import ApiError


class Outlet:
    """A transport as an answer sees it: its end is the protocol's business.

    Args:
        transport: The connection's.
        close: Called in the place of the transport's own method.
    """

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self.write = transport.write
        self.is_closing = transport.is_closing
        self.close = close


class Cycle(RequestResponseCycle):
    """One request and its answer.

    Attributes:
        connection: The request's connection.
        failure: Why the rest of the body does not come; None where it may.
    """

    def __init__(self, connection: Connection, **parts: Any) -> None:
        super().__init__(**parts)
        self.connection = connection
        self.failure: ApiError | None = None
        self.body: bytes | bytearray = b""

    def take(self, piece: bytes) -> None:
        """Take the next piece of the body; most are asked for before another comes."""
        if not self.body:
            self.body = piece
            return
        if isinstance(self.body, bytes):
            self.body = bytearray(self.body)
        self.body += piece

    def fail(self, failure: ApiError) -> None:
        """Let whoever waits for the body have an error; nothing more is read after the answer."""
        self.failure = failure
        self.keep_alive = False
        self.message_event.set()

    async def receive(self) -> Any:
        """Return the next piece of the body, or word that the client has gone.

        Raises:
            ApiError: The body does not come, or is none.
        """
        if self.waiting_for_100_continue and not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.waiting_for_100_continue = False
        if self.failure is None and not self.disconnected and not self.response_complete:
            if self.more_body:  # Otherwise more requests would be read, which wait for this one.
                self.flow.resume_reading()
            await self.message_event.wait()
            self.message_event.clear()
        if self.disconnected or self.response_complete:
            return {"type": "http.disconnect"}
        if self.failure is not None:
            raise self.failure
        body, self.body = bytes(self.body), b""
        return {"type": "http.request", "body": body, "more_body": self.more_body}
