"""A small application behind the server's own protocol, for tests that speak HTTP by hand."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from paultrap.api.connections import connection_of
from paultrap.api.errors import ApiError, send_error
from paultrap.api.network import refusing
from paultrap.api.server import create_server
from paultrap.api.sockets import listening
from paultrap.settings import Settings

PATIENCE_S = 60.0


class Echo:
    """Answers with what it was sent, and does what the path says beside.

    With ``wait`` in it, it waits for `release`; with ``fate``, it keeps in `fates` what becomes of
    the answer; with ``large``, it answers with ten megabytes; with ``early``, it reads no body.
    """

    def __init__(self) -> None:
        self.reached: list[dict[str, Any]] = []
        self.fates: list[str] = []
        self.left = threading.Event()
        self.release = threading.Event()

    def has_reached(self, path: str) -> bool:
        """Return whether the last request that has come is one for ``path``."""
        return bool(self.reached) and self.reached[-1]["path"] == path

    async def __call__(self, scope, receive, send) -> None:
        assert scope["type"] == "http", "no lifespan"
        self.reached.append(scope)
        path = scope["path"]
        if "fate" in path:
            connection_of(scope).on_fate(self.fates.append)
        if "wait" in path:
            await self._wait(receive)
        try:
            body = b"" if "early" in path or "wait" in path else await _body_of(receive)
        except ApiError as error:
            await send_error(scope, send, error.status, error.message)
            return
        if "large" in path:
            body = bytes(10_000_000)
        length = str(len(body)).encode()
        headers = [(b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _wait(self, receive) -> None:
        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            self.left.set()

        task = asyncio.create_task(gone())
        while not self.release.is_set() and not task.done():  # noqa: ASYNC110  # a thread sets it
            await asyncio.sleep(0.005)
        task.cancel()


async def _body_of(receive) -> bytes:
    pieces = []
    while True:
        event = await receive()
        if event["type"] != "http.request":
            return b"".join(pieces)
        pieces.append(event["body"])
        if not event["more_body"]:
            return b"".join(pieces)


@contextmanager
def served(app: Callable, **settings: Any) -> Iterator[Callable[[], socket.socket]]:
    """Serve ``app``; give a function that connects to it, with TLS where there is a certificate."""
    certificate = settings.get("tls_cert")
    known = Settings(port=0, auth="required", **settings)
    server = create_server(refusing(app), known)
    with listening(known) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        port = listener.getsockname()[1]

        def connect(received_bytes: int | None = None) -> socket.socket:
            plain = socket.socket()
            plain.settimeout(PATIENCE_S)
            if received_bytes is not None:  # The system keeps so many that were not read.
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, received_bytes)
            plain.connect(("127.0.0.1", port))
            if certificate is None:
                return plain
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context.wrap_socket(plain)

        try:
            yield connect
        finally:
            server.should_exit = True
            thread.join()


def read_all(connection: socket.socket) -> bytes:
    """Return what comes until the peer closes."""
    pieces = []
    while piece := connection.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


def read_answer(connection: socket.socket) -> tuple[int, bytes]:
    """Return the status and the body of one answer with a Content-Length."""
    text = b""
    while b"\r\n\r\n" not in text:
        piece = connection.recv(65_536)
        assert piece, f"closed after {text!r}"
        text += piece
    head, _, body = text.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    (length,) = [int(line[15:]) for line in lines if line.startswith(b"content-length:")]
    while len(body) < length:
        piece = connection.recv(65_536)
        assert piece, "closed within the body"
        body += piece
    assert len(body) == length, f"more than one answer: {text!r}"
    return int(head.split()[1]), body
