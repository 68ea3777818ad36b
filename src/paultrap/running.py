"""`run`: a job in this process, without any server, store or worker."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeAlias

import msgspec

from paultrap.circuits import Distributions, SimulationError
from paultrap.engine import Precision, RunOptions, simulate_timed
from paultrap.engine.wide import MOST_CLIFFORD_QUBITS, check_clifford
from paultrap.formats import (
    CircuitBatch,
    CircuitError,
    CircuitLimits,
    Mitigation,
    MitigationSettings,
    asked_debiasing,
    decode_input,
    read_circuits,
    split,
    wire_error,
)
from paultrap.jobs import (
    NotEnoughQubitsError,
    Sampling,
    TooFewShotsError,
    Work,
    check_qubits,
    combined,
    execute,
    new_seed,
    variants_of,
)
from paultrap.machines import IDEAL, SIMULATOR, Machines, UnknownModelError

__all__ = ["TimedRun", "run", "run_timed"]

_DEFAULTS = RunOptions()
_DEFAULT_SHOTS = 100  # as of the API
_MOST_SHOTS = 2**31 - 1
_Shots: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=_MOST_SHOTS)]


@dataclass(frozen=True, slots=True, eq=False)
class TimedRun:
    """A run and where its time went, in milliseconds.

    Attributes:
        batch: The circuits as read.
        distributions: Their answers, in submission order.
        parse_ms: From the body's bytes to the program.
        plan_ms: The engine's checks and its plan for the program; 0 where it was sampled, which
            plans as it goes.
        simulate_ms: From the plan to the distributions.
        sampling: How the circuits were sampled; None where the answers are exact.
    """

    batch: CircuitBatch
    distributions: Distributions
    parse_ms: float
    plan_ms: float
    simulate_ms: float
    sampling: Sampling | None = None


def run(  # noqa: PLR0913  # all but the first by name
    job: bytes | Mapping[str, Any],
    *,
    precision: Precision = "double",
    threads: int | None = None,
    memory_limit: int | None = None,
    seed: int | None = None,
    limits: CircuitLimits | None = None,
    machines: Machines | None = None,
) -> Distributions:
    """Run a job in this process.

    A job that names a noise model, or a QPU that is emulated, is sampled as on a server.

    Args:
        job: The request body that either version of the API takes, as bytes or as a dict, whose
            numbers may be numpy's.
        precision: Of the amplitudes: "double", or "single" for less memory and time and about six
            digits.
        threads: How many threads may run; every usable core without a value.
        memory_limit: Bytes that the simulation may take; 80 % of what is free without a value.
        seed: Of a sampled job, in place of its own; without either a fresh one is drawn.
        limits: What the job may hold; the server's default limits without a value.
        machines: What jobs can be addressed to; what comes with paultrap without a value, and
            `paultrap.Machines.load` adds plug-ins and a laboratory's files.

    Returns:
        The distribution of each circuit, in submission order: exact, or of a sampled job counts
        over shots.

    Raises:
        CircuitError: The job cannot be run; the message names the place.
        SimulationError: A circuit is valid and cannot be computed; the message names it.
        MemoryLimitError: Its circuits do not fit into the memory allowed.
        PluginError: The plug-in backend that it is for has failed.
        TypeError: The job is neither bytes nor a dict, or holds what JSON cannot express.
    """
    machines = machines or Machines.shipped()
    batch, sampling = _read(job, seed, limits, machines)
    work = Work(batch.program, sampling)
    options = RunOptions(precision, threads, memory_limit)
    return combined(execute(work, options, machines.plugin), sampling)


def run_timed(
    job: bytes | Mapping[str, Any],
    *,
    options: RunOptions = _DEFAULTS,
    seed: int | None = None,
    limits: CircuitLimits | None = None,
    machines: Machines | None = None,
) -> TimedRun:
    """Do what `run` does, and say where the time went."""
    start = time.perf_counter()
    machines = machines or Machines.shipped()
    batch, sampling = _read(job, seed, limits, machines)
    parsed = time.perf_counter()
    if sampling is None:
        distributions, timings = simulate_timed(batch.program, options)
        plan_s, run_s = timings
    else:
        answer = execute(Work(batch.program, sampling), options, machines.plugin)
        distributions = combined(answer, sampling)
        plan_s, run_s = 0.0, time.perf_counter() - parsed
    return TimedRun(
        batch,
        distributions,
        parse_ms=(parsed - start) * 1e3,
        plan_ms=plan_s * 1e3,
        simulate_ms=run_s * 1e3,
        sampling=sampling,
    )


def _read(
    job: bytes | Mapping[str, Any],
    seed: int | None,
    limits: CircuitLimits | None,
    machines: Machines,
) -> tuple[CircuitBatch, Sampling | None]:
    limits = limits or CircuitLimits(clifford_qubits=MOST_CLIFFORD_QUBITS)
    parts = split(_body_of(job), limits)
    envelope = _envelope_of(parts.envelope)
    backend = machines.backends[_backend_of(envelope, machines)]
    is_plugin = machines.is_plugin(backend.name)
    sampling = _sampling_of(envelope, backend.name, seed, machines)
    qubits = backend.qubits if is_plugin else limits.qubits
    limits = replace(limits, entangler=backend.entangler, qubits=qubits)
    batch = read_circuits(parts, decode_input(parts), limits)
    if not is_plugin:
        try:
            check_clifford(batch.program, limits.qubits, exact=sampling is None)
        except SimulationError as error:
            raise CircuitError(f"input: {error}", path="input", field="input") from error
    if sampling is not None:
        try:
            check_qubits(batch.program.widths, sampling, backend)
        except NotEnoughQubitsError as error:
            raise CircuitError(f"input: {error}", path="input", field="input") from error
    return batch, sampling


class _Noise(msgspec.Struct):
    model: str | None = None
    seed: int | None = None


class _Envelope(msgspec.Struct):
    target: str | None = None
    backend: str | None = None
    shots: Any = _DEFAULT_SHOTS
    noise: _Noise | None = None
    settings: MitigationSettings | None = None
    error_mitigation: Mitigation | None = None


def _envelope_of(text: bytes) -> _Envelope:
    try:
        return msgspec.json.decode(text, type=_Envelope, strict=False)
    except msgspec.DecodeError as error:
        raise wire_error(error) from error


def _backend_of(envelope: _Envelope, machines: Machines) -> str:
    backend = SIMULATOR
    for field in ("target", "backend"):
        if name := getattr(envelope, field):
            backend = _check_backend(field, name, machines)
    return backend


def _sampling_of(
    envelope: _Envelope, backend: str, seed: int | None, machines: Machines
) -> Sampling | None:
    """Return how the job is sampled, as the server would, or None for an exact answer."""
    noise = envelope.noise or _Noise()
    seed = noise.seed if seed is None else seed
    if machines.is_plugin(backend):
        drawn = new_seed() if seed is None else seed
        return Sampling(_shots_of(envelope.shots), drawn, None, backend=backend)
    try:
        model = machines.noise_of(backend, noise.model or IDEAL)
    except UnknownModelError as error:
        raise CircuitError(f"noise.model: {error}", path="noise.model", field="model") from error
    if model is None:
        return None
    shots = _shots_of(envelope.shots)
    try:
        asked = asked_debiasing(envelope.settings, envelope.error_mitigation)
        variants = variants_of(machines.backends[backend], shots, asked=asked)
    except TooFewShotsError as error:
        field = "error_mitigation"
        raise CircuitError(f"{field}: {error}", path=field, field=field) from error
    return Sampling(shots, new_seed() if seed is None else seed, model, variants)


def _shots_of(value: Any) -> int:
    if value == "None":  # as a client of IonQ's writes a missing number
        return _DEFAULT_SHOTS
    try:
        return msgspec.convert(value, type=_Shots, strict=False)
    except msgspec.ValidationError:
        message = f"shots: expected a whole number from 1 to {_MOST_SHOTS:,}"
        raise CircuitError(message, path="shots", field="shots") from None


def _check_backend(field: str, name: str, machines: Machines) -> str:
    backend = machines.resolve(name)
    if backend is None or backend.status != "available":
        there_are = ", ".join(f'"{each.name}"' for each in machines.available())
        raise CircuitError(
            f'{field}: "{name[:40]}" cannot be run here; {there_are} can.',
            path=field,
            field=field,
        )
    return backend.name


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
    """Raise a `CircuitError` at the first number that JSON cannot express."""
    match value:
        case float() if not math.isfinite(value):
            field = path.rpartition(".")[2]
            raise CircuitError(
                f"{path} is {float(value)}, not a finite number", path=path, field=field
            )
        case Mapping():
            for name, part in value.items():
                _check_finite(part, f"{path}.{name}" if path else str(name))
        case list() | tuple():
            for index, part in enumerate(value):
                _check_finite(part, f"{path}[{index}]")
        case _ if hasattr(value, "tolist"):
            _check_finite(value.tolist(), path)
