"""`WatchedSend`: the status of an answer, for layers around the application."""

from litestar.types import Message, Send


class WatchedSend:
    """Passes an answer on.

    Args:
        send: Where the answer goes.

    Attributes:
        status: The HTTP status code of the answer; 0 before it has one.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """Pass on one message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)
