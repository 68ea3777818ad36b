"""A chunk of which a circuit fails: that circuit is found, and the others run without it.

What fails is run again in halves, so a circuit fails alone after some runs, whatever the reason. One
that an error names is left out at once. Each part has the indices of its circuits, and so their
seeds: it gives what the whole would have given.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import structlog

from paultrap.circuits import Distributions, InterruptedRunError, SimulationError
from paultrap.engine import MemoryLimitError
from paultrap.errors import FailureCode
from paultrap.jobs import CircuitFailure
from paultrap.machines import PluginCircuitsError, PluginError
from paultrap.store import Lease, StoreUnavailableError

Executor = Callable[[Lease], Distributions]

# Where so many circuits have failed alone and nothing has run, what failed is not divided further
# unless something else runs: a backend that is out of reach is not to be asked for each circuit.
_MOST_ALONE = 4

_log = structlog.get_logger("paultrap.worker")


class Outcome(NamedTuple):
    """What a chunk has come to.

    Attributes:
        answers: The answers of the circuits that have not failed, in submission order.
        failures: Why the others have failed, by their index in the job.
    """

    answers: Distributions
    failures: dict[int, CircuitFailure]


class _Range(NamedTuple):
    """Circuits ``first`` to ``stop - 1`` of the job."""

    first: int
    stop: int

    def halves(self) -> list["_Range"]:
        middle = (self.first + self.stop) // 2
        return [_Range(self.first, middle), _Range(middle, self.stop)]

    def without(self, failed: list[int]) -> list["_Range"]:
        """Return what is left beside some of the circuits, which are in order."""
        bounds = [self.first - 1, *failed, self.stop]
        ranges = (_Range(a + 1, b) for a, b in pairwise(bounds))
        return [each for each in ranges if each.stop > each.first]


def run_each(execute: Executor, lease: Lease) -> Outcome:
    """Run a chunk, of which only the circuits fail that cannot be run.

    Of a job whose circuits come in stages the whole chunk fails: what follows needs all of it.

    Args:
        execute: Runs the program of a lease.
        lease: The lease of the chunk.

    Raises:
        StoreUnavailableError: The chunk could not be run at all.
        InterruptedRunError: Nobody wants the answer any more.
        Exception: It is of a job with several stages, and has failed.
    """
    if lease.stage is not None:
        return Outcome(execute(lease), {})
    return _Isolation(execute, lease).outcome()


def failure_of(error: Exception) -> CircuitFailure:
    """Return what a client is told; the same circuit would fail again, so it is not retried."""
    if isinstance(error, MemoryLimitError):
        return CircuitFailure(FailureCode.TOO_COMPLEX, f": {error}")
    if isinstance(error, PluginError):
        return CircuitFailure(FailureCode.MACHINE, f": {error}")
    if isinstance(error, MemoryError):
        return CircuitFailure(FailureCode.TOO_COMPLEX, ": the machine ran out of memory")
    if isinstance(error, SimulationError):
        text = f": {error}" if error.circuit is None else _behind_place(error)
        return CircuitFailure(FailureCode.SIMULATION, text)
    text = f": {type(error).__name__} in the worker; see its log"
    return CircuitFailure(FailureCode.INTERNAL, text)


def log_failure(lease: Lease, error: Exception) -> None:
    """Log of a failure what only the code's author understands; the store publishes it."""
    log = _log.bind(
        job=lease.job_id,
        request_id=lease.request_id,
        backend=lease.backend,
        first=lease.first,
        circuits=lease.stop - lease.first,
    )
    if isinstance(error, PluginError):
        log.warning("backend failed", exc_info=error)
    elif failure_of(error).code == FailureCode.INTERNAL:
        log.error("unexpected error in a run", exc_info=error)


def _behind_place(error: SimulationError) -> str:
    """Return what an error that names its circuit says behind that name."""
    return error.text if error.gate is None else f", gate {error.gate}{error.text}"


def _named_by(error: Exception, part: _Range) -> int | None:
    """Return the index in the job of the circuit that an error names, if it does."""
    if isinstance(error, SimulationError) and error.circuit is not None:
        named = part.first + error.circuit
        return named if part.first <= named < part.stop else None
    return None


class _Isolation:
    def __init__(self, execute: Executor, lease: Lease) -> None:
        self._execute = execute
        self._lease = lease
        self._waiting = [_Range(lease.first, lease.stop)]
        self._aside: list[tuple[_Range, CircuitFailure]] = []
        self._answers: list[tuple[int, Distributions]] = []
        self._failures: dict[int, CircuitFailure] = {}
        self._alone = 0  # how many circuits have failed by themselves

    def outcome(self) -> Outcome:
        while self._waiting:
            part = self._waiting.pop()
            try:
                self._take(part, self._execute(self._lease_of(part)))
            except (StoreUnavailableError, InterruptedRunError):
                raise
            except Exception as error:  # noqa: BLE001  # Whatever it was, the client must hear of it.
                self._divide(part, error)
        for part, failure in self._aside:
            self._failures |= dict.fromkeys(range(*part), failure)
        found = [answers for _, answers in sorted(self._answers, key=lambda each: each[0])]
        whole = found[0] if len(found) == 1 else Distributions.concatenate(found)
        return Outcome(whole, self._failures)

    def _lease_of(self, part: _Range) -> Lease:
        lease = self._lease
        if part == (lease.first, lease.stop):
            return lease
        program = lease.program.slice(part.first - lease.first, part.stop - lease.first)
        return replace(lease, program=program, first=part.first, stop=part.stop)

    def _take(self, part: _Range, answers: Distributions) -> None:
        self._answers.append((part.first, answers))
        for failed, _ in self._aside:  # They have not all failed for the same reason.
            self._await(failed.halves())
        self._aside.clear()

    def _await(self, parts: list[_Range]) -> None:
        self._waiting += reversed(parts)  # The first is the next.

    def _divide(self, part: _Range, error: Exception) -> None:
        """Find out which circuits of a part have failed, or run it in halves."""
        if isinstance(error, PluginCircuitsError):
            log_failure(self._lease_of(part), error)
            self._take_others(part, error)
            return
        # Not the error itself, whose traceback may hold all memory of the run.
        failure = failure_of(error)
        named = _named_by(error, part)
        if named is not None or part.stop - part.first == 1:
            failed = part.first if named is None else named
            self._failures[failed] = failure
            self._alone += named is None
            log_failure(self._lease_of(part), error)
            self._await(part.without([failed]))
        elif self._alone >= _MOST_ALONE and not self._answers:
            self._aside.append((part, failure))
            log_failure(self._lease_of(part), error)
        else:
            self._await(part.halves())

    def _take_others(self, part: _Range, error: PluginCircuitsError) -> None:
        """Keep the answers that a plug-in has given beside those that failed."""
        failed = {part.first + index: text for index, text in error.failures.items()}
        self._failures |= {
            index: CircuitFailure(FailureCode.MACHINE, f": {text}")
            for index, text in failed.items()
        }
        taken = 0
        for kept in part.without(sorted(failed)):
            circuits = kept.stop - kept.first
            self._take(kept, error.answers.slice(taken, taken + circuits))
            taken += circuits
