"""Several servers of one PostgreSQL database, and a balancer before them."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx

from harness.balancer import balanced
from harness.server import RunningServer

__all__ = ["Fleet"]


class Fleet:
    """Servers that share a database.

    Args:
        folder: Where each has a folder for its log.
        place: The URL of the database.
        count: How many servers there are.
        flags: Flags of each of them.
        environment: What each has in its environment beside this process's.
    """

    def __init__(
        self,
        folder: Path,
        place: str,
        count: int = 2,
        *flags: str,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.place = place
        self.servers = []
        for number in range(count):
            data_dir = folder / f"server-{number}"
            data_dir.mkdir()
            server = RunningServer(data_dir, *flags, environment=environment, place=place)
            self.servers.append(server)
        self.url = ""

    @contextlib.contextmanager
    def running(self) -> Iterator["Fleet"]:
        """Start all of them, and end them afterwards."""
        try:
            for server in self.servers:
                server.start()
            with balanced([server.port for server in self.servers]) as self.url:
                yield self
        finally:
            for server in self.servers:
                server.kill()

    def client(self) -> httpx.Client:
        """Return a client of the balancer, whose requests go to the servers in turn."""
        return httpx.Client(
            base_url=self.url,
            headers=self.servers[0].headers,
            timeout=120,
            limits=httpx.Limits(max_keepalive_connections=0),
        )
