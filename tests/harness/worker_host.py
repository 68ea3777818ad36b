"""A real `paultrap worker` process over a database, to be told to end, killed and started again."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from independent.workers import workers_of

from harness.waiting import PATIENCE_S, until
from paultrap.store import Store

__all__ = ["RunningWorkerHost"]


class RunningWorkerHost:
    """One worker host.

    Args:
        folder: Where its log is.
        place: The URL of the database.
        flags: Its flags.
        environment: What it has in its environment beside this process's.
        prefix: What its command begins with, to run elsewhere.
    """

    def __init__(
        self,
        folder: Path,
        place: str,
        *flags: str,
        environment: dict[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        self.place = place
        self.flags = flags
        self.prefix = prefix
        self.log_file = folder / "worker.log"
        self.environment = os.environ | {"PAULTRAP_DATABASE": place} | (environment or {})
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> Self:
        """Start it."""
        command = [*self.prefix, sys.executable, "-m", "paultrap", "worker", *self.flags]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=self.environment,
            )
        return self

    def start(self) -> Self:
        """Start it, and wait until it is registered and has workers."""
        process = self.launch().process
        assert process is not None
        until(lambda: process.poll() is not None or self.is_listed())
        assert process.poll() is None, self.log()
        return self

    def is_listed(self) -> bool:
        """Return whether others see it, and it has workers."""
        assert self.process is not None
        if not self.worker_pids():  # They come late, and are seen at little cost.
            return False
        with contextlib.closing(Store.attach(self.place)) as store:
            return self.process.pid in {
                each.about.pid for each in store.workers.live(running=False)
            }

    def worker_pids(self) -> list[int]:
        """Return its live worker processes, that for short work too."""
        assert self.process is not None
        return workers_of(self.process.pid)

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def tell(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(sign)

    def wait(self) -> int:
        """Return its exit code, once it has ended."""
        assert self.process is not None
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        """End it and all that it has started, at once."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    close = kill
