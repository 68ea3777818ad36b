"""A server for the suites of the clients, and what they are told of it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from harness import RunningServer
from harness.picky import write_picky

from paultrap.store import Role

# Room for a state of 26 qubits, which the tests let workers crash with, and not for one of 29.
FLAGS = ("--auth", "required", "--memory-limit", str(4 * 2**30))


@contextlib.contextmanager
def served(folder: Path) -> Iterator[dict[str, str]]:
    """Run a server over a folder; yield the variables that `clients.conftest` reads."""
    environment = write_picky(folder / "packages")
    server = RunningServer(folder, *FLAGS, environment=environment).start()
    try:
        assert server.process is not None
        yield {
            "PAULTRAP_TEST_URL": server.url,
            "PAULTRAP_TEST_KEY": server.new_key("suite", Role.ADMIN),
            "PAULTRAP_TEST_MEMBER_KEY": server.new_key("member"),
            "PAULTRAP_TEST_PID": str(server.process.pid),
            "PAULTRAP_TEST_MENDED": environment["PAULTRAP_TEST_MENDED"],
        }
    finally:
        server.stop()
