"""`run`: a job in this process, without any server, store or worker.

It takes the bodies that a server takes, and gives the same verdict, message and answer; what differs
on purpose is in docs/reference/running.md.
"""

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from paultrap.admission import (
    AdmittedJob,
    Limits,
    Refusal,
    UnreadFunction,
    UnreadProgram,
    admit,
)
from paultrap.arguments import check_kind
from paultrap.circuits import Distributions, selection
from paultrap.engine import RunOptions, simulate_timed
from paultrap.errors import Error
from paultrap.functions import Answers, function_of, is_function
from paultrap.jobs import Failure, Work, execute, method_of
from paultrap.languages import Reading
from paultrap.machines import Machines
from paultrap.notices import Notices
from paultrap.precision import Precision
from paultrap.submissions import read_body

_DEFAULTS = RunOptions()
_log = logging.getLogger("paultrap")


class FailedJobError(Error, ValueError):
    """A job that a server takes and fails at once, as one whose program cannot be run.

    Attributes:
        code: The code of the job's failure, a `paultrap.errors.FailureCode`.
        message: Why it has failed; ``str()`` is the same.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure.message))
        self.message = failure.message
        self.code = failure.code


@dataclass(frozen=True, slots=True, eq=False)
class Result(Distributions):
    """What `run` returns: the distribution of each circuit, in submission order; none of a dry run.

    They are exact, or of a sampled job counts over shots.

    Attributes:
        results: What a quantum function has made of them, as version 0.4 shows it; None of others.
        warnings: What of the job was not understood, and so had no effect.
    """

    results: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TimedRun:
    """A run and where its time went, in milliseconds.

    Attributes:
        job: What was run: its circuits, and how they were sampled.
        result: The answers.
        parse_ms: Time from the body's bytes to the checked and planned job.
        plan_ms: The engine's checks and its plan for the program; 0 where it was sampled, which
            plans as it goes.
        simulate_ms: Time from the plan to the distributions.
    """

    job: AdmittedJob
    result: Result
    parse_ms: float
    plan_ms: float
    simulate_ms: float

    @property
    def width(self) -> int:
        """How many bits a state of the answers has."""
        readout = self.job.readout
        return self.job.batch.qubits if readout is None else len(readout.part(1))


def run(  # noqa: PLR0913  # all but the first by name
    job: bytes | Mapping[str, Any],
    *,
    precision: Precision = "double",
    threads: int | None = None,
    memory_limit: int | None = None,
    seed: int | None = None,
    limits: Limits | None = None,
    machines: Machines | None = None,
) -> Result:
    """Run a job in this process.

    A job that names a noise model, or a QPU that is emulated, is sampled as on a server.

    Args:
        job: The request body that either version of the API takes, as bytes or as a dict, whose
            numbers may be numpy's. It is of version 0.4 where it has a ``type`` or a ``backend``.
        precision: Of the amplitudes: "double", or "single" for less memory and time and about six
            digits.
        threads: How many threads may run; every usable core without a value.
        memory_limit: Bytes that the simulation may take; 80 % of what is free without a value.
        seed: The seed of a sampled job, in place of its own; without either a fresh one is drawn.
        limits: What the job may hold and take. Without a value it may hold what a server's
            default settings allow, and take any time. `Limits(strict=True)` refuses what is not
            understood.
        machines: What jobs can be addressed to; what comes with paultrap without a value, and
            `paultrap.Machines.load` adds plug-ins and the files of a site.

    Returns:
        The distribution of each circuit, the ``results`` of a quantum function, and ``warnings``,
        which the logger ``paultrap`` has, too.

    Raises:
        Refusal: The job cannot be run; the message names the place.
        FailedJobError: Its program cannot be run.
        SimulationError: A circuit is valid and cannot be computed; the message names it.
        MemoryLimitError: Its circuits do not fit into the memory allowed.
        PluginError: The plug-in backend that it is for has failed.
        ReaderError: No process could be started to read its program.
        TypeError: The job is neither bytes nor a dict, or holds what JSON cannot express; or
            another argument is of another type. The message names it.
        ValueError: There is no such precision, or there would be no thread.
    """
    options = RunOptions(precision, threads, memory_limit)
    done = run_timed(job, options=options, seed=seed, limits=limits, machines=machines)
    for told in done.result.warnings:
        _log.warning(told)
    return done.result


def run_timed(
    job: bytes | Mapping[str, Any],
    *,
    options: RunOptions = _DEFAULTS,
    seed: int | None = None,
    limits: Limits | None = None,
    machines: Machines | None = None,
) -> TimedRun:
    """Do what `run` does, and say where the time went."""
    start = time.perf_counter()
    machines = Machines.shipped() if machines is None else machines
    check_kind("machines", machines, Machines, "a paultrap.Machines")
    limits = Limits() if limits is None else limits
    check_kind("limits", limits, Limits, "a paultrap.Limits")
    admitted, told = _admitted(job, seed, limits, machines)
    parsed = time.perf_counter()
    program, sampling, readout = admitted.batch.program, admitted.sampling, admitted.readout
    plan_s, results = 0.0, None
    if admitted.dry_run:
        found = Distributions.concatenate([])
    elif is_function(admitted.type or ""):
        found, results = _function_run(admitted, options, machines)
    elif sampling is None and readout is None:
        found, (plan_s, _) = simulate_timed(program, options)
    else:
        answer = execute(Work(program, sampling, readout), options, machines.plugin)
        found = method_of(sampling).combined(answer)
        if readout is not None and readout.final:
            shots = None if sampling is None else np.array([sampling.shots])
            found = selection(readout.part(1)).of(found, shots)
    done = time.perf_counter()
    return TimedRun(
        admitted,
        Result(found.offsets, found.states, found.probabilities, results, tuple(told)),
        parse_ms=(parsed - start) * 1e3,
        plan_ms=plan_s * 1e3,
        simulate_ms=(done - parsed - plan_s) * 1e3,
    )


def _function_run(
    job: AdmittedJob, options: RunOptions, machines: Machines
) -> tuple[Distributions, dict[str, Any] | None]:
    """Return the answers of a function's circuits, stage after stage, and its result."""
    function = function_of(job.type or "", job.source or b"")
    sampling, exact = job.sampling, job.sampling is None
    size = job.batch.program.n_circuits // function.stages
    findings: list[bytes] = []
    answers: list[Distributions] = []
    for first in range(0, size * function.stages, size):
        planned = job.batch.program.slice(first, first + size)
        program = function.next_stage(findings) if findings else planned
        work = Work(program, sampling, first_index=first)
        answer = execute(work, options, machines.plugin)
        found = method_of(sampling).combined(answer, first)
        answers.append(found)
        if function.stages > 1:
            findings.append(function.findings(found, job.shots, exact=exact))
    whole = Distributions.concatenate(answers)
    return whole, function.result(
        Answers(
            width=job.batch.qubits,
            shots=job.shots,
            exact=exact,
            done=whole.n_circuits,
            complete=True,
            findings=lambda: findings,
            distributions=lambda: (
                (index, whole.slice(index, index + 1)) for index in range(whole.n_circuits)
            ),
        )
    )


def _admitted(
    job: bytes | Mapping[str, Any], seed: int | None, limits: Limits, machines: Machines
) -> tuple[AdmittedJob, list[str]]:
    """Return the job, and what of it was not understood."""
    notices = Notices()
    request = msgspec.structs.replace(read_body(_body_of(job), notices), seed=seed)
    found = admit(request, limits, machines)
    if isinstance(found, UnreadProgram):
        found = found.read(Reading(found.seconds))
    elif isinstance(found, UnreadFunction):
        found = found.job(found.read(Reading(found.seconds)))
    if found.failure is not None:
        raise FailedJobError(found.failure)
    return found, notices.told()


def _body_of(job: bytes | Mapping[str, Any]) -> bytes:
    if isinstance(job, bytes):
        return job
    if not isinstance(job, Mapping):
        raise TypeError(f"a job is a request body as bytes or a dict, not {type(job).__name__}")
    body = msgspec.json.encode(job, enc_hook=_plain)
    # The encoder writes NaN as null, which reads as an angle left out: ms has a default.
    if b"null" in body:
        _check_finite(job, "")
    return body


def _plain(value: Any) -> Any:
    """Return a numpy scalar or array as Python's own numbers and lists."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a job cannot hold a {type(value).__name__}")


def _check_finite(value: Any, path: str) -> None:
    """Refuse the first number that JSON cannot express."""
    match value:
        case float() if not math.isfinite(value):
            raise Refusal(path, f"{path} is {float(value)}, not a finite number")
        case Mapping():
            for name, part in value.items():
                _check_finite(part, f"{path}.{name}" if path else str(name))
        case list() | tuple():
            for index, part in enumerate(value):
                _check_finite(part, f"{path}[{index}]")
        case _ if hasattr(value, "tolist"):
            _check_finite(value.tolist(), path)
