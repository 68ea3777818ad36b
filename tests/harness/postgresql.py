"""A real PostgreSQL server of a test's own: started, stopped, killed, held and started again.

Nothing needs to be installed or running (`harness.programs`). However this process ends, the server
ends after it and its files are removed.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psutil
import psycopg

from harness.ports import lasting_port
from harness.programs import find_programs
from harness.waiting import until

__all__ = ["PostgresqlServer"]

# The role that owns the databases of tests. As on most sites, it may make databases and no more.
ROLE = "paultrap"
_LOOPBACK = "127.0.0.1"
# What a killed one has left may still be in use.
_STARTS = 20
_BETWEEN_STARTS_S = 0.25
# Ends a server whose test process has ended, however it did: its end of the pipe closes then.
_WATCH = """
read -r _
exec 2>/dev/null
kill -CONT "$(head -n 1 "$1/data/postmaster.pid")"
"$0/pg_ctl" stop -s -w -m immediate -D "$1/data"
rm -rf "$1"
"""


class PostgresqlServer:
    """A server on a port of its own, over a folder that outlives its stops.

    Attributes:
        url: Its address, with a password, for a role that may make databases.
        port: Where it listens; the same after it was started again.
        folder: Its files: ``data``, ``log`` and the Unix socket.
        process: The postmaster, while it runs.

    Args:
        address: Where it listens; from another than this machine's own, its network may connect.
        durable: Whether it writes as a real one does, which a test of crashes needs.
        environment: What it has in its environment beside this process's.
        settings: Lines of its configuration, such as ``deadlock_timeout="50ms"``.
    """

    def __init__(
        self,
        *,
        address: str = _LOOPBACK,
        durable: bool = True,
        environment: dict[str, str] | None = None,
        **settings: str | int,
    ) -> None:
        self._programs = find_programs()
        self.address = address
        self.port = lasting_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="paultrap-pg-"))
        self._password = secrets.token_urlsafe(9)
        self._user = self._unprivileged()
        self._environment = os.environ | (environment or {})
        self._watcher = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, str(self._programs), str(self.folder)],
            stdin=subprocess.PIPE,
            **self._user,
        )
        unsafe = {"fsync": "off", "full_page_writes": "off"}
        self._settings = {
            "max_connections": 200,
            "shared_buffers": "32MB",
            "unix_socket_directories": str(self.folder),
            "unix_socket_permissions": "0700",
            "timezone": "Asia/Kathmandu",  # No answer may lean on it.
            **({} if durable else unsafe),
            **settings,
        }
        try:
            self._make()
        except BaseException:
            self.close()
            raise

    def _unprivileged(self) -> dict[str, object]:
        """Return how its programs are started: they refuse to run as root."""
        told: dict[str, object] = {"cwd": "/", "start_new_session": True}
        if os.geteuid():
            return told
        user = pwd.getpwnam("nobody")
        os.chown(self.folder, user.pw_uid, user.pw_gid)
        if not all(parent.stat().st_mode & 0o001 for parent in self._programs.parents):
            copy = self.folder / "programs"
            shutil.copytree(self._programs.parent, copy, symlinks=True)
            self._programs = copy / "bin"
        return told | {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def _make(self) -> None:
        """Make its files and its role, and start it."""
        made = self._initdb("--locale-provider=icu", "--icu-locale=en-US")
        if made.returncode:  # Without ICU, its order of texts is that of their bytes.
            made = self._initdb("--locale=C")
        assert made.returncode == 0, made.stderr
        if self.address != _LOOPBACK:
            with (self.folder / "data" / "pg_hba.conf").open("a") as allowed:
                allowed.write("host all all samenet scram-sha-256\n")
        self.start()
        with psycopg.connect(self.socket_url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{self._password}'")

    def _initdb(self, *options: str) -> subprocess.CompletedProcess[str]:
        # Others on this machine reach the port and not the socket, which is in a folder of ours.
        command = [str(self._programs / "initdb"), "-D", str(self.folder / "data"), *options]
        command += ["--username=postgres", "--auth-local=trust", "--auth-host=scram-sha-256"]
        command += ["--encoding=UTF8", "--no-sync", "--no-instructions"]
        return subprocess.run(command, capture_output=True, text=True, check=False, **self._user)

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}:{self._password}@{self.address}:{self.port}/postgres"

    def socket_url(self, role: str = ROLE, database: str = "postgres") -> str:
        """Return the address of its socket, which asks for no password; "postgres" may do all."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.folder))}&port={self.port}"

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def start(self) -> Self:
        """Start it, after whatever has ended it, and wait until it takes connections."""
        options = {"listen_addresses": self.address, "port": self.port, **self._settings}
        command = [str(self._programs / "postgres"), "-D", str(self.folder / "data")]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        for _ in range(_STARTS):
            with (self.folder / "log").open("ab") as log:
                self.process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self._environment,
                    **self._user,
                )
            until(lambda: self._is_ready() or self._has_ended())
            if not self._has_ended():
                return self
            self.process = None
            time.sleep(_BETWEEN_STARTS_S)
        raise AssertionError(f"PostgreSQL did not start:\n{self.log()[-4000:]}")

    def _has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def _is_ready(self) -> bool:
        """Return whether the postmaster has written that it is ready."""
        assert self.process is not None
        try:
            lines = (self.folder / "data" / "postmaster.pid").read_text().split("\n")
        except OSError:
            return False
        return lines[0] == str(self.process.pid) and [line.strip() for line in lines[7:8]] == [
            "ready"
        ]

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it: at once, as `pg_ctl -m immediate` does, by SIGINT in order, or by SIGKILL."""
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait()
        self.process = None

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Hold the server and its connections still, so that nothing is answered."""
        assert self.process is not None
        postmaster = psutil.Process(self.process.pid)
        postmaster.suspend()  # From here on there are no new ones.
        held = [postmaster, *postmaster.children()]
        try:
            for process in held:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.suspend()
            yield
        finally:
            for process in held:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    def close(self) -> None:
        """End it and remove its files."""
        if self.process is not None:
            self.stop()
        self._watcher.communicate()
