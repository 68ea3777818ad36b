"""`admit`: from what a client asks for to a job that can be run, whoever asks."""

from typing import TypeAlias

from paultrap.admission.envelopes import envelope_of
from paultrap.admission.functions import UnreadFunction, read_function
from paultrap.admission.jobs import AdmittedJob
from paultrap.admission.limits import Limits
from paultrap.admission.programs import UnreadProgram, check_source
from paultrap.admission.refusals import check_understood, refusals
from paultrap.admission.requests import FunctionText, JobRequest, ProgramText
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
    found = _admitted(request, limits, machines)
    check_understood(request.notices, strict=limits.strict)
    return found


def _admitted(request: JobRequest, limits: Limits, machines: Machines) -> Admission:
    match request.input:
        case ProgramText(type_, data):
            source = check_source(data, type_, limits.program_bytes)
            program = UnreadProgram(envelope_of(request, limits, machines), source)
            return program.read_at_once() or program
        case FunctionText() as text:
            envelope = envelope_of(request, limits, machines)
            unread = UnreadFunction(
                envelope, read_function(text, request.notices), request.circuits
            )
            return unread if unread.function.has_ansatz else unread.job()
        case None:
            envelope = envelope_of(request, limits, machines)
            with refusals():
                batch = envelope.read(request.circuits)
            return envelope.admitted(batch)
