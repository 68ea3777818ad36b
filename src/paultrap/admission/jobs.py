"""`AdmittedJob`: a job that is checked, planned and priced, and has only to be run."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from paultrap.admission.bills import Bill
from paultrap.admission.chunks import PlannedChunk
from paultrap.circuits import Readout
from paultrap.formats import CircuitBatch
from paultrap.jobs import Failure, JobType, Sampling
from paultrap.precision import Precision


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedJob:
    """A checked job.

    Attributes:
        backend: The name of a backend that runs jobs.
        batch: The circuits, as one program, with their names and gatesets.
        chunks: The ranges of circuits that are run together; none when nothing is to run.
        name: The job's name as the client sent it, or None.
        shots: How many shots each circuit has, as sent or by default.
        metadata: Raw JSON, echoed unchanged; likewise ``noise``, ``settings`` and ``registers``.
        sampling: How its circuits are sampled; None when the answer is exact.
        session_id: The session that it is part of, or None.
        type: What it is; None for circuits in JSON, which say themselves whether they are several.
        child_type: What its children are, where it has some.
        source: What was sent in the place of circuits in JSON, such as the text of a program.
        readout: What its only circuit measures; None where that is each qubit at the end.
        failure: Why it has failed before it could run; it has no chunks then.
        dry_run: Whether it is only checked; it is completed at once, without results.
        precision: In which it has to be run, because its memory was planned for no more; None
            where either will do.
        bill: What it costs and takes on its machine once it is completed, if it is no dry run.
    """

    backend: str
    batch: CircuitBatch
    chunks: Sequence[PlannedChunk]
    name: str | None = None
    shots: int | None = None
    metadata: bytes | None = None
    noise: bytes | None = None
    settings: bytes | None = None
    registers: bytes | None = None
    sampling: Sampling | None = None
    session_id: str | None = None
    type: str | None = None
    child_type: str = JobType.CIRCUIT
    source: bytes | None = None
    readout: Readout | None = None
    failure: Failure | None = None
    dry_run: bool = False
    precision: Precision | None = None
    bill: Bill = field(default_factory=Bill)
