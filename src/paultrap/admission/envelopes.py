"""What a job says beside its circuits, checked; and the job that circuits become under it."""

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from paultrap.admission.bills import bill_of
from paultrap.admission.chunks import PlannedChunk
from paultrap.admission.fields import (
    check_backend,
    check_debiasing,
    check_evolution,
    check_metadata,
    check_name,
    check_object,
    check_shots,
)
from paultrap.admission.jobs import AdmittedJob
from paultrap.admission.limits import Limits
from paultrap.admission.planning import Planner
from paultrap.admission.refusals import Kind, invalid
from paultrap.admission.requests import GateLists, JobFields
from paultrap.admission.sampling import Noise, asked_noise, noise_of, too_wide
from paultrap.circuits import Evolution, Readout, evolved
from paultrap.engine import MOST_STATES
from paultrap.formats import CircuitBatch, CircuitLimits, check_registers, read_circuits
from paultrap.jobs import method_for
from paultrap.machines import Backend, Machines

Chunks: TypeAlias = list[PlannedChunk]

# Of the distribution of the qubits, from which that of the bits is made.
_BYTES_PER_ENTRY = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The checked fields of a job, and what its circuits are judged by.

    Attributes:
        machines: The backends and noise models that there are.
        limits: The most that the job may hold and take.
        backend: The backend that the job is for.
        shots: How many shots each circuit has.
        noise: How the job is sampled, and what it shows as its ``noise``.
        name: The job's name as sent; ``dry_run`` and ``session_id`` are as sent, too.
        metadata: Raw JSON, likewise ``settings`` and ``registers``.
        evolution: What a ``pauliexp`` is to mean; None where the job does not say.
    """

    machines: Machines
    limits: Limits
    backend: Backend
    shots: int
    noise: Noise
    name: str | None = None
    metadata: bytes | None = None
    settings: bytes | None = None
    registers: bytes | None = None
    dry_run: bool = False
    session_id: str | None = None
    evolution: Evolution | None = None

    @property
    def is_for_plugin(self) -> bool:
        """Whether a plug-in runs the job."""
        return self.machines.is_plugin(self.backend.name)

    @property
    def circuit_limits(self) -> CircuitLimits:
        """What the job's circuits may hold."""
        return self.limits.circuit_limits(self.backend, is_plugin=self.is_for_plugin)

    def read(self, circuits: GateLists) -> CircuitBatch:
        """Return circuits in JSON.

        Raises:
            CircuitError: As of `paultrap.formats.read_circuits`.
        """
        batch = read_circuits(circuits.parts, circuits.input, self.circuit_limits, circuits.notices)
        if self.registers is not None and not batch.is_multicircuit:
            check_registers(self.registers, int(batch.program.widths[0]), "registers")
        return self.meant(batch, self.limits.evolution)

    def meant(self, batch: CircuitBatch, evolution: Evolution | None = None) -> CircuitBatch:
        """Return circuits in which a ``pauliexp`` means what the job says.

        Args:
            batch: The circuits.
            evolution: What it means where the job does not say; None leaves it as it is.
        """
        evolution = self.evolution or evolution
        program = batch.program if evolution is None else evolved(batch.program, evolution)
        return batch if program is batch.program else replace(batch, program=program)

    def admitted(
        self, batch: CircuitBatch, readout: Readout | None = None, stages: int = 1
    ) -> AdmittedJob:
        """Return the job of circuits that are read, whatever they were read from.

        Args:
            batch: The circuits; its ``qubits`` are those of a program, without copies of them.
            readout: What a program measures; None where that is each qubit at the end.
            stages: How many alike the circuits come in.

        Raises:
            Refusal: The circuits are too wide, cannot be computed, or need too much.
        """
        if readout is None:
            self._check_qubits(batch.program.widths)
            return self.job(*self.planned(batch, stages))
        # What a measurement is copied to is no part of a machine.
        self._check_qubits(np.array([batch.qubits], np.uint16))
        made = self
        if readout.measures_within:
            if self.is_for_plugin:
                message = f'"{self.backend.name}" measures qubits at the end of a circuit only.'
                raise invalid("input", message, Kind.UNSUPPORTED)
            made = replace(self, noise=self.noise.without_variants())
        batch, chunks = made.planned(batch, readout=readout)
        width = int(batch.program.widths[0])
        # A measurement within, kept or not, makes qubits that are no bits of the answer.
        if readout.is_identity(width) and not readout.registers:
            return made.job(batch, chunks)
        entries = float(MOST_STATES) if width > self.limits.qubits else 2.0**width
        if made.noise.sampling is not None:
            entries = min(entries, made.noise.sampling.shots)
        more = int(_BYTES_PER_ENTRY * entries)
        chunks = [chunk._replace(memory=chunk.memory + more) for chunk in chunks]
        return replace(made.job(batch, chunks), readout=readout)

    def _check_qubits(self, widths: NDArray[np.uint16]) -> None:
        """Refuse circuits that are wider than the machine."""
        if self.noise.sampling is None:
            return
        problem = too_wide(widths, self.noise.sampling, self.backend)
        if problem is not None:
            raise invalid("input", problem, Kind.QUBITS)

    def planned(
        self, batch: CircuitBatch, stages: int = 1, readout: Readout | None = None
    ) -> tuple[CircuitBatch, Chunks]:
        """Return the circuits with their gates counted, and the chunks of all stages, which are alike.

        Raises:
            Refusal: As of `Planner.plan`.
        """
        program = batch.program
        size = program.n_circuits // stages
        first = program if stages == 1 else program.slice(0, size)
        method = method_for(first, self.noise.sampling, readout)
        planner = Planner(
            self.noise.sampling, self.limits, self.backend, method, is_staged=stages > 1
        )
        plan = planner.plan(first)
        chunks = [
            chunk._replace(
                first=chunk.first + stage * size, stop=chunk.stop + stage * size, stage=stage
            )
            for stage in range(stages)
            for chunk in plan.chunks
        ]
        return replace(batch, counted=np.tile(plan.gate_counts, (stages, 1))), chunks

    def job(self, batch: CircuitBatch, chunks: Chunks) -> AdmittedJob:
        """Return the job of circuits that are checked and planned."""
        gates_1q, gates_2q = batch.gate_counts.sum(axis=0).tolist()
        # A client that sent one circuit in a list reads its registers from the job.
        only_registers = batch.registers[0] if batch.program.n_circuits == 1 else None
        return AdmittedJob(
            backend=self.backend.name,
            batch=batch,
            chunks=chunks,
            name=self.name,
            shots=self.shots,
            metadata=self.metadata,
            noise=self.noise.echo,
            sampling=self.noise.sampling,
            settings=self.settings,
            registers=only_registers if self.registers is None else self.registers,
            dry_run=self.dry_run,
            precision="single" if self.limits.precision == "single" else None,
            session_id=self.session_id,
            bill=bill_of(self.backend, gates_1q, gates_2q, self.shots, batch.program.n_circuits),
        )


def envelope_of(asked: JobFields, limits: Limits, machines: Machines) -> Envelope:
    """Return what a job says beside its circuits, checked; the first thing wrong is refused.

    Args:
        asked: The fields as a client sent them.
        limits: The most that the job may hold and take.
        machines: The backends and noise models that there are.

    Raises:
        Refusal: A field has another shape, or a value that cannot be.
    """
    backend = check_backend(asked.backend_field, asked.backend, machines)
    shots = check_shots(asked.shots, limits.shots)
    settings = check_object("settings", asked.settings)
    debiasing = check_debiasing(asked)
    noise = asked_noise(asked)
    return Envelope(
        machines=machines,
        limits=limits,
        backend=backend,
        shots=shots,
        noise=noise_of(noise, backend, shots, machines, debiasing=debiasing),
        name=check_name(asked.name),
        metadata=check_metadata(asked.metadata),
        settings=settings,
        registers=check_object("registers", asked.registers),
        dry_run=asked.dry_run,
        session_id=asked.session_id,
        evolution=check_evolution(asked.paultrap),
    )
