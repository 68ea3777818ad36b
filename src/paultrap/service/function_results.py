"""The results of quantum functions, made of what is stored whenever somebody asks."""

from collections import OrderedDict
from collections.abc import Iterator
from functools import partial
from threading import Lock
from typing import Any

import structlog

from paultrap.circuits import Distributions
from paultrap.functions import Answers, Function, Step, class_of, function_of, is_function
from paultrap.jobs import Status, method_of
from paultrap.store import (
    DamagedError,
    JobNotFoundError,
    JobRecord,
    JobStore,
    StoreUnavailableError,
)

# A list of jobs has at most a thousand.
_MOST_KEPT = 4096

_log = structlog.get_logger("paultrap.service")


class FunctionResults:
    """What quantum functions have come to. Safe to use from many threads."""

    def __init__(self, jobs: JobStore) -> None:
        self._jobs = jobs
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, Status, int], dict[str, Any]] = OrderedDict()

    def of(self, job: JobRecord) -> dict[str, Any] | None:
        """Return the result of a job that is a function and has one.

        One that cannot be made of what is stored, perhaps by an earlier release, is logged and left
        out.

        Raises:
            DamagedError: What is stored is damaged.
            JobNotFoundError: The job was deleted in the meantime.
        """
        if not is_function(job.type) or not _has_result(job):
            return None
        try:
            return self._result(job)
        except (DamagedError, JobNotFoundError, StoreUnavailableError):
            raise
        except Exception:  # noqa: BLE001  # See above.
            _log.exception("result of a function not readable", job=job.id)
            return None

    def _result(self, job: JobRecord) -> dict[str, Any] | None:
        # What is read changes only with these.
        key = (job.id, job.status, job.progress.done)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        result = self._computed(job)
        if result is not None:
            with self._lock:
                self._kept[key] = result
                while len(self._kept) > _MOST_KEPT:
                    self._kept.popitem(last=False)
        return result

    def steps(self, job: JobRecord) -> list[Step]:
        """Return what a function has measured where; nothing of a job that is none."""
        function = self._function(job) if is_function(job.type) else None
        return [] if function is None else function.steps(self._answers_of(job))

    def _computed(self, job: JobRecord) -> dict[str, Any] | None:
        return self._function(job).result(self._answers_of(job))

    def _function(self, job: JobRecord) -> Function:
        source = self._jobs.source(job.id)
        if source is None:
            raise JobNotFoundError([job.id])
        return function_of(job.type, source)

    def _answers_of(self, job: JobRecord) -> Answers:
        return Answers(
            width=job.qubits,
            shots=job.shots,
            exact=job.sampling is None,
            done=job.progress.done,
            complete=job.status is Status.COMPLETED and not job.dry_run,
            findings=partial(self._jobs.findings, job.id),
            distributions=partial(self._answers, job),
        )

    def _answers(self, job: JobRecord) -> Iterator[tuple[int, Distributions]]:
        """Yield the answers of a job's circuits in parts, each with the circuit's index."""
        for found in self._jobs.all_results(job):
            answers = method_of(job.sampling).combined(found.distributions, found.first)
            for place in range(answers.n_circuits):
                yield found.first + place, answers.slice(place, place + 1)


def _has_result(job: JobRecord) -> bool:
    if job.dry_run:
        return False
    is_running = not job.status.is_final and job.progress.done > 0
    shows_progress = is_running and class_of(job.type).shows_progress
    return job.status is Status.COMPLETED or shows_progress
