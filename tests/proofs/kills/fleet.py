"""`Fleet`: a database, servers, worker hosts and a Dask cluster, each of which can be killed."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg
from harness import RunningServer
from harness.databases import with_database
from harness.postgresql import PostgresqlServer
from harness.waiting import until
from harness.worker_host import RunningWorkerHost

from paultrap.store import Store

LEASE_S = 3.0
_LOOK_S = 0.01
_DATABASE = "kills"
_LEASED = (
    "SELECT DISTINCT workers.pid FROM chunks JOIN workers ON workers.id = chunks.server "
    "WHERE chunks.status = 'leased'"
)


class Fleet:
    """Everything that runs, over one database.

    Args:
        folder: Where logs are kept.
        rng: Chooses what is killed.
        with_dask: Whether there is a Dask cluster.

    Attributes:
        postgresql: The database's server.
        place: The URL of the database.
        servers: Two that run nothing, and one that has a worker.
    """

    def __init__(self, folder: Path, rng: random.Random, *, with_dask: bool) -> None:
        self._folder = folder
        self._rng = rng
        self._nanny: subprocess.Popen[bytes] | None = None
        self._connection: psycopg.Connection | None = None
        self._closing = contextlib.ExitStack()
        self.postgresql = PostgresqlServer()
        self._closing.callback(self.postgresql.close)
        self._closing.callback(self._forget_connection)
        with psycopg.connect(self.postgresql.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {_DATABASE}")
        self.place = with_database(self.postgresql.url, _DATABASE)
        Store.open(self.place).close()
        self._with_dask = with_dask
        common = ("--lease-seconds", str(LEASE_S), "--threads", "1")
        self.servers = [
            RunningServer(_made(folder / f"server-{i}"), *common, "--workers", n, place=self.place)
            for i, n in enumerate(("0", "0", "1"))
        ]
        self._pool = ThreadPoolExecutor(len(self.servers))
        self._starts: list[Future[Any] | None] = [None for _ in self.servers]
        self._hosts = [
            RunningWorkerHost(_made(folder / f"host-{i}"), self.place, *common, "--slots", "1")
            for i in range(2)
        ]
        self._kills: dict[str, Callable[[set[int]], bool]] = {
            "server": self._kill_server,
            "worker host": self._kill_host,
            "PostgreSQL": self._kill_postgresql,
        }
        if with_dask:
            self._kills["Dask worker"] = self._kill_dask_worker

    @property
    def kinds(self) -> list[str]:
        """What can be killed."""
        return list(self._kills)

    def __enter__(self) -> Self:
        try:
            for each in (*self.servers, *self._hosts):
                self._closing.callback(each.kill)
                each.start()
            self._closing.enter_context(self._pool)
            if self._with_dask:
                self._start_dask()
        except BaseException:
            self._closing.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def _start_dask(self) -> None:
        from distributed import Client
        from harness.dask import RunningDask

        from paultrap.dask import work

        dask = self._closing.enter_context(RunningDask(self._folder))
        # A nanny of its own, as on a cluster, has all the time that it takes to start another.
        self._nanny = dask.start_worker("--nthreads", "1", "--memory-limit", "2GiB")
        client = self._closing.enter_context(Client(dask.address, set_as_default=False))
        client.wait_for_workers(1)
        work(client, self.place, lease_seconds=LEASE_S, log_level="warning")

    def kill(self, kind: str, patience_s: float) -> bool:
        """Kill something of a kind while chunks are leased, and start it again.

        Returns:
            Whether it came to that in time.
        """
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            holders = self._holders()
            if holders and self._kills[kind](holders):
                return True
            time.sleep(_LOOK_S)
        return False

    def _holders(self) -> set[int]:
        """Return the processes for which chunks are leased."""
        if self._connection is None:
            self._connection = psycopg.connect(self.place, autocommit=True)
        return {pid for (pid,) in self._connection.execute(_LEASED)}

    def _forget_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _kill_server(self, _: set[int]) -> bool:
        there = [
            each for each, start in zip(self.servers, self._starts, strict=True) if _is_over(start)
        ]
        if not there:
            return False
        server = self._rng.choice(there)
        assert server.process is not None
        self._end(server.process.pid)
        server.kill()
        self._starts[self.servers.index(server)] = self._pool.submit(server.start)
        return True

    def _kill_host(self, holders: set[int]) -> bool:
        found = [each for each in self._hosts if each.process and each.process.pid in holders]
        if not found:
            return False
        host = self._rng.choice(found)
        assert host.process is not None
        self._end(host.process.pid)
        host.kill()
        host.launch()
        return True

    def _end(self, pid: int) -> None:
        """Send SIGKILL to a process alone, whose children see to themselves, or to its group."""
        if self._rng.random() < 0.5:
            os.killpg(pid, signal.SIGKILL)
            return
        children = psutil.Process(pid).children(recursive=True)
        os.kill(pid, signal.SIGKILL)
        until(lambda: not any(each.is_running() and _works(each) for each in children))

    def _kill_dask_worker(self, holders: set[int]) -> bool:
        assert self._nanny is not None
        for dask_worker in psutil.Process(self._nanny.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if holders.intersection(each.pid for each in dask_worker.children()):
                    dask_worker.kill()
                    return True  # Its nanny starts another.
        return False

    def _kill_postgresql(self, _: set[int]) -> bool:
        # Who starts while it does gives up and says so: a site's own means start that again.
        if not all(map(_is_over, self._starts)) or not all(
            each.worker_pids() for each in self._hosts
        ):
            return False
        self._forget_connection()
        self.postgresql.stop()
        self.postgresql.start()
        return True


def _is_over(start: Future[Any] | None) -> bool:
    """Return whether what was started is there; raise what has kept it from starting."""
    if start is None:
        return True
    return start.done() and start.result() is not None


def _works(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
