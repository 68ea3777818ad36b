"""What a job says beside its circuits, checked."""

from dataclasses import dataclass

from paultrap.admission.bills import Bill, bill_of
from paultrap.admission.chunks import PlannedChunk
from paultrap.admission.jobs import AdmittedJob
from paultrap.admission.limits import Limits
from paultrap.admission.planning import Planner
from paultrap.admission.refusals import Kind, Refusal
from paultrap.admission.sampling import Noise, too_wide
from paultrap.circuits import Program
from paultrap.formats import CircuitBatch, CircuitLimits
from paultrap.machines import Backend, Machines


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The checked fields of a job, and what its circuits are judged by.

    Attributes:
        machines: The backends and noise models that there are.
        limits: The most that the job may hold and take.
        backend: The backend that the job is for.
        shots: How many shots each circuit has.
        noise: How the job is sampled, and what it shows as its ``noise``.
        name: As sent; likewise ``dry_run`` and ``session_id``.
        metadata: Raw JSON, likewise ``settings`` and ``registers``.
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

    @property
    def is_for_plugin(self) -> bool:
        """Whether a plug-in runs the job."""
        return self.machines.is_plugin(self.backend.name)

    @property
    def circuit_limits(self) -> CircuitLimits:
        """What the job's circuits may hold."""
        return self.limits.circuit_limits(self.backend, is_plugin=self.is_for_plugin)

    def check_qubits(self, program: Program) -> None:
        """Refuse circuits that are wider than the machine.

        Raises:
            Refusal: Names the first such circuit.
        """
        if self.noise.sampling is None:
            return
        problem = too_wide(program.widths, self.noise.sampling, self.backend)
        if problem is not None:
            raise Refusal("input", f"input: {problem}", Kind.QUBITS)

    def planned(self, program: Program) -> list[PlannedChunk]:
        """Return the chunks of the job.

        Raises:
            Refusal: As of `Planner.chunks`.
        """
        return Planner(self.noise.sampling, self.limits, self.backend).chunks(program)

    def job(self, batch: CircuitBatch, chunks: list[PlannedChunk]) -> AdmittedJob:
        """Return the job of circuits that are checked and planned."""
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
            session_id=self.session_id,
            bill=self._bill(batch),
        )

    def _bill(self, batch: CircuitBatch) -> Bill:
        if not self.backend.is_emulated:
            return Bill()
        gates_1q, gates_2q = batch.gate_counts.sum(axis=0).tolist()
        return bill_of(self.backend, gates_1q, gates_2q, self.shots, batch.program.n_circuits)
