"""A real pgbouncer before a PostgreSQL server, on a free port; it ends with the test."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from harness.ports import free_port
from harness.waiting import until

__all__ = ["pgbouncer"]

_CONFIGURATION = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own}
unix_socket_dir =
auth_type = plain
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = 10
server_tls_sslmode = disable
"""


@contextlib.contextmanager
def pgbouncer(url: str, mode: str, folder: Path) -> Iterator[str]:
    """Give the URL of a database by way of a pgbouncer; skip the test where there is none.

    Args:
        url: The URL of the database, by a port and with a password.
        mode: What is pooled: "session" or "transaction".
        folder: Where its files are.
    """
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("pgbouncer is not installed")
    parts = urlsplit(url)
    own = free_port()
    (folder / "users").write_text(f'"{parts.username}" "{parts.password}"\n')
    file = folder / "pgbouncer.ini"
    file.write_text(
        _CONFIGURATION.format(
            host=parts.hostname, port=parts.port, own=own, folder=folder, mode=mode
        )
    )
    log = folder / "pgbouncer.log"
    command = [program, str(file)]
    options = {}
    if os.geteuid() == 0:  # It refuses to run as root, and pytest's folders are root's alone.
        options = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        for each in [*folder.parents[:-1], folder]:
            each.chmod(each.stat().st_mode | 0o001)
        for each in (file, folder / "users"):
            each.chmod(0o644)
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, **options
        )
    through = parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{own}").geturl()

    def is_ready() -> bool:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(through).close()
            return True
        return False

    try:
        until(is_ready)
        yield through
    finally:
        process.kill()
        process.wait()
