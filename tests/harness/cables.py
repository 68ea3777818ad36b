"""Cables between a process and a server that can be cut: nothing is answered, and nothing is closed."""

import contextlib
import os
import secrets
import socket
import subprocess
import threading
from functools import cache
from typing import Self

__all__ = ["HeldProxy", "Network", "has_networks"]


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@cache
def has_networks() -> bool:
    """Return whether this user may make networks, as root of many machines may."""
    try:
        with Network():
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


class Network:
    """A network of one process, by a cable on which this machine has an address.

    Attributes:
        address: The address of this machine.
        prefix: What a command has to begin with, to run there.
    """

    def __init__(self) -> None:
        made = f"{os.getpid() % 10_000}{secrets.token_hex(2)}"
        self._bridge, self._outer, self._inner = (f"{side}{made}" for side in ("ptb", "pto", "pti"))
        self._name = f"paultrap-{made}"
        net = f"10.{secrets.randbelow(50) + 200}.{secrets.randbelow(256)}"
        self.address, self._other = f"{net}.1", f"{net}.2"
        self.prefix = ("ip", "netns", "exec", self._name)

    def __enter__(self) -> Self:
        try:
            _ip("netns", "add", self._name)
            _ip("link", "add", self._bridge, "type", "bridge")
            _ip("addr", "add", f"{self.address}/24", "dev", self._bridge)
            _ip("link", "set", self._bridge, "up")
            pair = ("type", "veth", "peer", "name", self._inner, "netns", self._name)
            _ip("link", "add", self._outer, *pair)
            _ip("link", "set", self._outer, "up")
            _ip("-n", self._name, "addr", "add", f"{self._other}/24", "dev", self._inner)
            _ip("-n", self._name, "link", "set", self._inner, "up")
            self.join()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for arguments in (("netns", "del", self._name), ("link", "del", self._bridge)):
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip(*arguments)

    def cut(self) -> None:
        """Lose all packets, both ways."""
        _ip("link", "set", self._outer, "nomaster")

    def join(self) -> None:
        """Lose none any more."""
        _ip("link", "set", self._outer, "master", self._bridge)


class HeldProxy:
    """A proxy of a TCP server that can hold what comes, both ways, and let it go later.

    Args:
        port: The port of the server, on this machine.

    Attributes:
        port: Where the proxy listens.
    """

    def __init__(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        self._whole = threading.Event()
        self._whole.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._whole.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for each in (self._listener, *self._open):
            each.close()

    def cut(self) -> None:
        """Hold what comes from now on."""
        self._whole.clear()

    def join(self) -> None:
        """Let go what was held."""
        self._whole.set()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            with contextlib.suppress(OSError):
                server = socket.create_connection(self._server)
                self._open.append(server)
                for ends in ((client, server), (server, client)):
                    self._threads.append(threading.Thread(target=self._carry, args=ends))
                    self._threads[-1].start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                self._whole.wait()
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
