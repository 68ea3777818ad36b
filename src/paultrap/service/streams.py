"""What one circuit has come to as text, by the registers of its job where it has some."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Register
from paultrap.formats import (
    stream_histogram_by_register,
    stream_histogram_v2,
    stream_parts_v2,
    stream_probabilities_by_register,
    stream_shots_by_register,
    stream_shots_v2,
)
from paultrap.store import JobRecord


def stream_probabilities(
    job: JobRecord, shots: int | None, parts: Iterable[Distributions]
) -> Iterator[bytes]:
    """Yield the bitstrings of a circuit and their probabilities; of ``shots``, or exact ones."""
    if registers := _registers_of(job):
        return stream_probabilities_by_register(parts, registers, shots)
    return stream_parts_v2(parts, _bits_of(job))


def stream_histogram(job: JobRecord, shots: int, parts: Iterable[Distributions]) -> Iterator[bytes]:
    """Yield the bitstrings of a sampled circuit and their counts."""
    if registers := _registers_of(job):
        return stream_histogram_by_register(parts, registers, shots)
    return stream_histogram_v2(parts, shots, _bits_of(job))


def stream_shots(job: JobRecord, states: NDArray[np.uint64]) -> Iterator[bytes]:
    """Yield the shots of a sampled circuit, each a list of bits; ``states`` in order of shots."""
    if registers := _registers_of(job):
        return stream_shots_by_register(states, registers)
    return stream_shots_v2(states, _bits_of(job))


def _registers_of(job: JobRecord) -> Sequence[Register]:
    return () if job.readout is None else job.readout.registers


def _bits_of(job: JobRecord) -> int:
    """Return how many bits a state of the job's has."""
    return job.qubits if job.readout is None else len(job.readout.bits)
