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
        self._ends_with_connection = False
        self._first = b""  # of the pieces that have come; the others are in `body`

    def take(self, piece: bytes) -> int:
        """Take the next piece of the body, and return how many bytes wait to be asked for."""
        if self._first:
            self.body += piece
        else:
            self._first = piece  # Most are asked for before another comes, and are not copied.
        return len(self._first) + len(self.body)

    def fail(self, failure: ApiError) -> None:
        """Let whoever waits for the body have an error; nothing more is read after the answer."""
        self.failure = failure
        self.keep_alive = False
        self.message_event.set()

    async def send(self, message: Any) -> None:
        """Write the next part of the answer; without a known length, chunked from HTTP/1.1 on."""
        if message["type"] == "http.response.start":
            if self.scope["http_version"] == "1.0" and not _has_length(message):
                self._ends_with_connection = True
                self.chunked_encoding = False
        elif self._ends_with_connection:
            # The piece is as long as expected, and more is to follow where more is said to.
            self.expected_content_length = len(message.get("body", b""))
            self.expected_content_length += bool(message.get("more_body", False))
        await super().send(message)

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
        body = self._first + bytes(self.body) if self.body else self._first
        self._first, self.body = b"", bytearray()
        return {"type": "http.request", "body": body, "more_body": self.more_body}


def _has_length(start: Any) -> bool:
    return any(name.lower() == b"content-length" for name, _ in start.get("headers", []))
