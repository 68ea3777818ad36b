"""From a program to a job that is ready to be stored: a circuit that runs, or why none does.

The real service takes programs without reading them, and fails the jobs of those that it cannot run.
So clients look for the reason there.
"""

from dataclasses import replace

import msgspec
import numpy as np

from paultrap.api.errors import ApiError
from paultrap.api.sources import LANGUAGES, Source
from paultrap.api.submission import JobRequest, UnreadJob, new_job, planned_chunks
from paultrap.circuits import Program
from paultrap.errors import FailureCode
from paultrap.formats import CircuitBatch
from paultrap.jobs import (
    Failure,
    NotEnoughQubitsError,
    PlannedChunk,
    Sampling,
    check_qubits,
)
from paultrap.languages import ProgramError, ProgramLimits, ReadProgram, read_program
from paultrap.machines import Backend, Machines
from paultrap.settings import Settings
from paultrap.store import NewJob

__all__ = ["read_job"]

# Of the distribution of the qubits, from which that of the bits is made.
_BYTES_PER_ENTRY = 64


def read_job(unread: UnreadJob, settings: Settings, machines: Machines) -> NewJob:
    """Return the job of a program; it has failed already where the program cannot be run."""
    request, source = unread.request, unread.source
    backend = machines.backends[request.backend]
    try:
        found = _read(source, settings)
        sampling = _sampling(request, found)
        if sampling is not None:
            # Of the program's own qubits: what a measurement is copied to is no part of a machine.
            check_qubits(np.array([found.qubits], np.uint16), sampling, backend)
        if machines.is_plugin(request.backend) and found.readout.measures_within:
            message = f'"{request.backend}" measures qubits at the end of a circuit only'
            return _failed(unread, backend, Failure(FailureCode.MACHINE, message))
        chunks = planned_chunks(found.program, sampling, settings, backend)
    except ProgramError as error:
        return _failed(unread, backend, Failure(error.code, str(error)))
    except NotEnoughQubitsError as error:
        return _failed(unread, backend, Failure(FailureCode.NOT_ENOUGH_QUBITS, str(error)))
    except ApiError as error:  # too much time, or too much memory
        return _failed(unread, backend, Failure(FailureCode.TOO_COMPLEX, error.message))
    readout = found.readout
    if readout.is_plain(found.qubits) and not readout.registers:
        return replace(
            _job(unread, backend, found.program, found.qubits, chunks),
            sampling=sampling,
        )
    entries = 2.0 ** int(found.program.widths[0])
    if sampling is not None:
        entries = min(entries, sampling.shots)
    more = int(_BYTES_PER_ENTRY * entries)
    chunks = [chunk._replace(memory=chunk.memory + more) for chunk in chunks]
    return replace(
        _job(unread, backend, found.program, found.qubits, chunks),
        sampling=sampling,
        readout=readout,
    )


def _read(source: Source, settings: Settings) -> ReadProgram:
    limits = ProgramLimits(settings.max_gates, settings.max_qubits)
    return read_program(
        source.content, LANGUAGES[source.type], limits, settings.max_program_seconds
    )


def _sampling(request: JobRequest, found: ReadProgram) -> Sampling | None:
    """Return how the job is sampled: where qubits are measured and used again, without variants."""
    sampling = request.noise.sampling
    if sampling is None or not found.readout.measures_within:
        return sampling
    return msgspec.structs.replace(sampling, variants=0)


def _failed(unread: UnreadJob, backend: Backend, failure: Failure) -> NewJob:
    return replace(_job(unread, backend, Program.empty(1), 0, []), failure=failure)


def _job(
    unread: UnreadJob, backend: Backend, program: Program, qubits: int, chunks: list[PlannedChunk]
) -> NewJob:
    batch = CircuitBatch(
        program=program,
        names=[None],
        gatesets=["qis"],
        registers=[None],
        is_multicircuit=False,
        qubits=qubits,
    )
    made = new_job(unread.request, batch, chunks, unread.key, backend)
    return replace(made, type=unread.source.type, source=unread.source.content)
