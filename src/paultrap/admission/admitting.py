"""`admit`: from what a client asks for to a job that can be run, whoever asks."""

from typing import TypeAlias

from paultrap.admission.envelopes import Envelope
from paultrap.admission.fields import (
    check_backend,
    check_debiasing,
    check_metadata,
    check_object,
    check_shots,
)
from paultrap.admission.functions import UnreadFunction, read_function
from paultrap.admission.jobs import AdmittedJob
from paultrap.admission.limits import Limits
from paultrap.admission.programs import Source, UnreadProgram, check_source
from paultrap.admission.refusals import refusals
from paultrap.admission.requests import FunctionText, JobRequest, ProgramText
from paultrap.admission.sampling import asked_noise, noise_of
from paultrap.functions import Function
from paultrap.machines import Machines

Admission: TypeAlias = AdmittedJob | UnreadProgram | UnreadFunction


def admit(request: JobRequest, limits: Limits, machines: Machines) -> Admission:
    """Return a job, completely checked but for a program or an ansatz that is still to be read.

    It waits for nothing. What is unread is read by another process: see `UnreadProgram.read` and
    `UnreadFunction.read`.

    Args:
        request: The job that a client wants, in the form of no version of the API.
        limits: The most circuits, gates, qubits, time and memory that a job may have.
        machines: The backends and noise models that there are.

    Raises:
        Refusal: The job cannot be run.
    """
    content, envelope = _checked(request, limits, machines)
    match content:
        case Source():
            return UnreadProgram(envelope, content)
        case None:
            with refusals():
                batch = envelope.read(request.circuits)
            return envelope.admitted(batch)
        case _:
            unread = UnreadFunction(envelope, content, request.circuits)
            return unread if content.has_ansatz else unread.job()


def _checked(
    request: JobRequest, limits: Limits, machines: Machines
) -> tuple[Source | Function | None, Envelope]:
    """Return what is to be run, and everything beside it; the first thing wrong is refused.

    What is to be run is None where it is circuits in JSON.
    """
    content: Source | FunctionText | Function | None
    match request.input:
        case ProgramText(type_, data):
            content = check_source(data, type_, limits.program_bytes)
        case _:
            content = request.input
    backend = check_backend(request.backend_field, request.backend, machines)
    shots = check_shots(request.shots, limits.shots)
    settings = check_object("settings", request.settings)
    debiasing = check_debiasing(request.settings, request.error_mitigation)
    if isinstance(content, FunctionText):
        content = read_function(content)
    asked = asked_noise(request.noise, request.seed)
    return content, Envelope(
        machines=machines,
        limits=limits,
        backend=backend,
        shots=shots,
        noise=noise_of(asked, backend, shots, machines, debiasing=debiasing),
        name=request.name,
        metadata=check_metadata(request.metadata),
        settings=settings,
        registers=check_object("registers", request.registers),
        dry_run=request.dry_run,
        session_id=request.session_id,
    )
