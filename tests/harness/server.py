"""A real `paultrap serve` process on a free port, to be talked to, killed and started again."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import httpx
from independent.workers import paused, workers_of

from harness.disk import SmallDisk
from harness.places import ON_POSTGRESQL, place_in
from harness.ports import free_port
from harness.waiting import PATIENCE_S
from paultrap.store import Role, Store

KEY = "test-key"  # A server on loopback takes any non-empty key.


class RunningServer:
    """One server process group over a data directory that outlives it.

    Attributes:
        place: Where its database is; see `harness.places`.
    """

    def __init__(
        self,
        data_dir: Path,
        *flags: str,
        environment: dict[str, str] | None = None,
        code: str | None = None,
        disk: SmallDisk | None = None,
        place: str | None = None,
    ) -> None:
        """Take what the server's environment is to have beside this process's.

        With ``code`` that is run instead of paultrap; it is to call `paultrap.cli.main`. A ``disk`` is
        where its folder is. ``place`` is a database that others have too.
        """
        self.disk = disk
        self.place = place or place_in(data_dir)
        self.is_elsewhere = ON_POSTGRESQL or place is not None
        # A database's password is on no command line; a flag for the folder would hide its variable.
        where = {"PAULTRAP_DATABASE": self.place, "PAULTRAP_DATA_DIR": str(data_dir)}
        self.environment = os.environ | (where if self.is_elsewhere else {}) | (environment or {})
        self.program = ["-m", "paultrap"] if code is None else ["-c", code]
        self.data_dir = data_dir
        self.flags = flags
        self.port = free_port()
        scheme = "https" if "--tls-cert" in flags else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.uds = flags[flags.index("--uds") + 1] if "--uds" in flags else None
        self.key = KEY
        self.headers = {"Authorization": f"apiKey {KEY}"}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, patience_s: float = PATIENCE_S) -> Self:
        """Start the server and wait until it says that it can do work."""
        prefix = [] if self.disk is None else self.disk.prefix
        command = [*prefix, sys.executable, *self.program, "serve", "--host", "127.0.0.1"]
        if not self.is_elsewhere:
            command += ["--data-dir", str(self.data_dir)]
        command += ["--port", str(self.port), *self.flags]
        with (self.data_dir / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=self.environment,
            )
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if self._listens() and self._answers():
                return self
            time.sleep(0.05)
        self.kill()
        raise AssertionError(f"the server did not start:\n{self.log()[-4000:]}")

    def _listens(self) -> bool:
        """Return whether a Unix socket takes connections: httpx leaves a refused one open."""
        if self.uds is None:
            return True
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.uds) == 0

    def _answers(self) -> bool:
        try:
            # Whoever tests a certificate asks with it; here it only matters who answers.
            transport = httpx.HTTPTransport(uds=self.uds, verify=False)
            with httpx.Client(transport=transport, timeout=2) as client:
                return client.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def log(self) -> str:
        return (self.data_dir / "server.log").read_text(errors="replace")

    def log_lines(self) -> list[str]:
        """Return the lines of the log; the last one may just be written, and counts when whole."""
        return self.log().rpartition("\n")[0].splitlines()

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=self.headers, timeout=120)

    def new_key(self, name: str, role: Role = Role.MEMBER) -> str:
        with contextlib.closing(Store.attach(self.place)) as store:
            key, _ = store.keys.create(name, role=role)
        return key

    def become_admin(self) -> None:
        """Let what is sent from now on come with the key of an admin."""
        self.key = self.new_key("admin", Role.ADMIN)
        self.headers = {"Authorization": f"apiKey {self.key}"}

    def worker_pids(self) -> list[int]:
        """Return the live worker processes, that for short work too."""
        assert self.process is not None
        return workers_of(self.process.pid)

    @contextlib.contextmanager
    def paused_workers(self) -> Iterator[None]:
        """Hold the workers still, so that no job ends before a test has canceled it."""
        assert self.process is not None
        with paused(self.process.pid):
            yield

    def processes(self) -> list[int]:
        """Return the live processes of the server's session: itself, workers, readers."""
        assert self.process is not None
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
                if int(session) == self.process.pid and state != "Z":
                    found.append(int(stat.parent.name))
        return found

    def kill(self) -> None:
        """SIGKILL the server and its workers at once, as a power cut would."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self, patience_s: float = PATIENCE_S) -> int:
        """Ask the server to stop, as Ctrl-C does, and return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(patience_s)
        finally:
            self.kill()
