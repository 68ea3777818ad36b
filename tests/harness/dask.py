"""Dask clusters of real processes, and what runs beside their workers."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

import psutil

from harness.waiting import PATIENCE_S, until

__all__ = ["RunningDask", "dask_worker_of"]


def dask_worker_of(loop: int) -> int:
    """Return the process of the Dask worker that has started the process of a pull loop."""
    return psutil.Process(loop).ppid()


class RunningDask:
    """A scheduler and Dask workers of it, each started by its own command.

    Args:
        folder: Where their logs are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "scheduler.json"
        self._processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        until(self._file.exists)
        self.address: str = until(self._address)

    def _address(self) -> str | None:
        with contextlib.suppress(json.JSONDecodeError, KeyError):  # It is just being written.
            return json.loads(self._file.read_text())["address"]
        return None

    def start_worker(self, *flags: str) -> subprocess.Popen[bytes]:
        """Start a Dask worker with its nanny; return the process of the nanny."""
        return self._start("worker", "--host", "127.0.0.1", *flags)

    def _start(self, what: str, *flags: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *flags]
        command += ["--scheduler-file", str(self._file)]
        command += ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
        with (self._folder / f"{what}-{len(self._processes)}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd=self._folder,
            )
        self._processes.append(process)
        return process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE_S)
