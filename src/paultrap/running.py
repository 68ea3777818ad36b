"""`run`: a job in this process, without any server, store or worker."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from paultrap.circuits import Distributions
from paultrap.engine import Precision, simulate, simulate_timed
from paultrap.formats import (
    CircuitBatch,
    CircuitError,
    CircuitLimits,
    decode_input,
    read_circuits,
    split,
    wire_error,
)

__all__ = ["TimedRun", "run", "run_timed"]


@dataclass(frozen=True, slots=True, eq=False)
class TimedRun:
    """A run and where its time went, in milliseconds.

    Attributes:
        batch: The circuits as read.
        distributions: Their answers, in submission order.
        parse_ms: From the body's bytes to the program.
        plan_ms: The engine's checks and its plan for the program.
        simulate_ms: From the plan to the distributions.
    """

    batch: CircuitBatch
    distributions: Distributions
    parse_ms: float
    plan_ms: float
    simulate_ms: float


def run(
    job: bytes | Mapping[str, Any],
    *,
    precision: Precision = "double",
    threads: int | None = None,
    memory_limit: int | None = None,
    limits: CircuitLimits | None = None,
) -> Distributions:
    """Simulate a job in this process.

    Args:
        job: The request body that either version of the API takes, as bytes or as a dict, whose
            numbers may be numpy's.
        precision: Of the amplitudes: "double", or "single" for less memory and time and about six
            digits.
        threads: How many threads may run; every usable core without a value.
        memory_limit: Bytes that the simulation may take; 80 % of what is free without a value.
        limits: What the job may hold; the server's default limits without a value.

    Returns:
        The exact distribution of each circuit, in submission order.

    Raises:
        paultrap.formats.CircuitError: The job cannot be run; the message names the place.
        paultrap.engine.MemoryLimitError: Its circuits do not fit into the memory allowed.
        TypeError: The job is neither bytes nor a dict, or holds what JSON cannot express.
    """
    batch = _read(job, limits)
    return simulate(batch.program, precision=precision, threads=threads, memory_limit=memory_limit)


def run_timed(
    job: bytes | Mapping[str, Any],
    *,
    precision: Precision = "double",
    threads: int | None = None,
    memory_limit: int | None = None,
    limits: CircuitLimits | None = None,
) -> TimedRun:
    """Do what `run` does, and say where the time went."""
    start = time.perf_counter()
    batch = _read(job, limits)
    parsed = time.perf_counter()
    distributions, timings = simulate_timed(
        batch.program, precision=precision, threads=threads, memory_limit=memory_limit
    )
    return TimedRun(
        batch,
        distributions,
        parse_ms=(parsed - start) * 1e3,
        plan_ms=timings.plan_s * 1e3,
        simulate_ms=timings.run_s * 1e3,
    )


def _read(job: bytes | Mapping[str, Any], limits: CircuitLimits | None) -> CircuitBatch:
    limits = limits or CircuitLimits()
    parts = split(_body_of(job), limits)
    _check_ideal(parts.envelope)
    return read_circuits(parts, decode_input(parts), limits)


class _Noise(msgspec.Struct):
    model: str | None = None


class _Where(msgspec.Struct):
    target: str | None = None
    backend: str | None = None
    noise: _Noise | None = None


def _check_ideal(envelope: bytes) -> None:
    """Refuse what asks for another answer than the exact one, as the server does."""
    try:
        where = msgspec.json.decode(envelope, type=_Where)
    except msgspec.DecodeError as error:
        raise wire_error(error) from error
    for field in ("target", "backend"):
        name = getattr(where, field)
        if name not in {None, "simulator"}:
            raise CircuitError(
                f'{field}: "{name[:40]}" cannot be run here; "simulator" can.',
                path=field,
                field=field,
            )
    model = where.noise.model if where.noise else None
    if model not in {None, "ideal"}:
        raise CircuitError(
            f'noise.model: "{model[:40]}" is not supported in this release; "ideal" is.',
            path="noise.model",
            field="model",
        )


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
