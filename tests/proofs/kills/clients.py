"""`Clients`: the client processes, which are dealt jobs in step with the kills."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from proofs.kills.bodies import Intent, intent
from proofs.kills.client import THREADS

PROCESSES = 4
# There is always something to do: where kills take longer than jobs, more jobs are dealt.
_LEAST_OPEN = 3
_CLIENT = Path(__file__).with_name("client.py")


class Clients:
    """Deals jobs to client processes, as many as the kills so far allow.

    Args:
        urls: Where the servers are.
        key: The key of the API.
        jobs: How many jobs are dealt at least.
        kills: How many kills there are to be meanwhile.

    Attributes:
        dealt: The jobs that were dealt.
        told: What the clients have told of them, by name.
    """

    def __init__(self, urls: list[str], key: str, jobs: int, kills: int) -> None:
        self._command = [sys.executable, str(_CLIENT), key, *urls]
        self._jobs = jobs
        self._kills = kills
        self._done_kills = 0
        self._changed = threading.Condition()
        self._ends = False
        self._open: dict[subprocess.Popen[str], int] = {}
        self._threads: list[threading.Thread] = []
        self.dealt: list[Intent] = []
        self.told: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Self:
        for _ in range(PROCESSES):
            pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            process = subprocess.Popen(self._command, text=True, **pipes)
            self._open[process] = 0
            self._start(self._listen, process)
        self._start(self._deal)
        return self

    def _start(self, act: Callable[..., None], *given: object) -> None:
        self._threads.append(threading.Thread(target=act, args=given, daemon=True))
        self._threads[-1].start()

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._ends = True
            self._changed.notify_all()
        for process in self._open:
            process.kill()
            process.wait()
        for thread in self._threads:
            thread.join()
        for process in self._open:
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    @property
    def repeats(self) -> int:
        """How often something was sent again."""
        return sum(each["repeats"] for each in self.told.values())

    def note_kill(self) -> None:
        """Allow the jobs that belong to one more kill."""
        with self._changed:
            self._done_kills += 1
            self._changed.notify_all()

    def wait(self, patience_s: float) -> bool:
        """Return whether all jobs have an answer, or the time is over."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._is_over() and len(self.told) == len(self.dealt), patience_s
            )

    def _is_over(self) -> bool:
        return self._done_kills >= self._kills and len(self.dealt) >= self._jobs

    def _may_deal(self) -> bool:
        if min(self._open.values()) >= THREADS:
            return False
        allowed = self._jobs * (self._done_kills + 1) / (self._kills + 1)
        return len(self.dealt) < allowed or len(self.dealt) - len(self.told) < _LEAST_OPEN

    def _deal(self) -> None:
        """Deal each job, once that is allowed, to the client that has the fewest."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ends or self._is_over() or self._may_deal())
                if self._ends or self._is_over():
                    return
                process = min(self._open, key=self._open.__getitem__)
                self._open[process] += 1
                new = intent(len(self.dealt))
                self.dealt.append(new)
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # A client that has ended tells nothing.
                process.stdin.write(json.dumps(new.body()) + "\n")
                process.stdin.flush()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            told = json.loads(line)
            with self._changed:
                self._open[process] -= 1
                self.told[told["name"]] = told
                self._changed.notify_all()
