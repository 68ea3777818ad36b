"""A client on a bad link: it sends a request and loses the connection, each time in another way."""

import contextlib
import json
import random
import socket
import struct
import time
from collections.abc import Callable

from harness.server import RunningServer
from harness.waiting import PATIENCE_S

__all__ = ["WAYS", "Lossy", "job_named", "post_bytes"]

_RESET = struct.pack("ii", 1, 0)  # for SO_LINGER: closing sends a reset at once
_LONGEST_PAUSE_S = 0.03
_MOST_TRIES = 200


def job_named(name: str) -> bytes:
    """Return the body of a small job of version 0.4."""
    job = {
        "type": "ionq.circuit.v1",
        "backend": "simulator",
        "name": name,
        "input": {"qubits": 1, "gateset": "qis", "circuit": [{"gate": "x", "target": 0}]},
    }
    return json.dumps(job).encode()


def post_bytes(body: bytes, path: str = "/v0.4/jobs", *headers: str) -> bytes:
    """Return a request to submit ``body``."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Authorization: apiKey test-key",
        "User-Agent: lossy/1",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_answer(peer: socket.socket) -> dict | None:
    """Return the JSON of an answer, or None where the connection ended before its end."""
    data = b""
    while True:
        head, end, body = data.partition(b"\r\n\r\n")
        if end:
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            )
            if len(body) >= length:
                status = int(head.split(b" ", 2)[1])
                return {**json.loads(body[:length]), "http": status}
        piece = peer.recv(65_536)
        if not piece:
            return None
        data += piece


def _reset(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def _close(peer: socket.socket) -> None:
    """Leave: with a reset where the answer has come, else so that it is met with one."""


def _read_some_and_close(peer: socket.socket) -> None:
    peer.settimeout(PATIENCE_S)
    peer.recv(20)


#: Ways to lose an answer, by name. The connection is closed after each.
WAYS: dict[str, Callable[[socket.socket], None]] = {
    "reset": _reset,
    "close": _close,
    "read some and close": _read_some_and_close,
}


class Lossy:
    """A client that loses most of its connections, and sends the same again until it has an answer.

    Args:
        server: The server, which may be killed and started again meanwhile.
        seed: Decides when what is lost.
        keep: The part of connections that are not lost.
    """

    def __init__(self, server: RunningServer, seed: int, keep: float = 0.3) -> None:
        self._server = server
        self._random = random.Random(seed)
        self._keep = keep
        self.lost = 0

    def submit(self, request: bytes) -> str:
        """Send a request until it is answered, and return the job's id."""
        for _ in range(_MOST_TRIES):
            with contextlib.suppress(OSError):
                found = self._try(request)
                if found is not None and found["http"] < 300:
                    return found["id"]
                assert found is None or found["http"] >= 500, found
            self.lost += 1
        raise AssertionError("no answer at all")

    def _try(self, request: bytes) -> dict | None:
        try:
            peer = socket.create_connection(("127.0.0.1", self._server.port), PATIENCE_S)
        except OSError:
            time.sleep(0.1)  # It is down.
            raise
        with peer:
            peer.sendall(request)
            if self._random.random() < self._keep:
                return read_answer(peer)
            time.sleep(self._random.choice([0, self._random.uniform(0, _LONGEST_PAUSE_S)]))
            WAYS[self._random.choice(list(WAYS))](peer)
        return None
