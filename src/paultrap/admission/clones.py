"""Jobs of the circuits of other jobs.

A clone may change anything but the circuits, and what a ``pauliexp`` in them means. What it leaves out is as in the other job, but for
three things: the seed of the noise is drawn anew, or the clone would have the same answer; the clone
joins no session, since the other's may be over or for another backend; and where the other's answer
is exact, only its settings say whether it is to be debiased.
"""

from dataclasses import replace
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from paultrap.admission.envelopes import Envelope, envelope_of
from paultrap.admission.jobs import AdmittedJob
from paultrap.admission.limits import Limits
from paultrap.admission.refusals import Kind, Refusal, check_understood, invalid, refusals
from paultrap.admission.requests import NULL, JobFields
from paultrap.formats import CircuitBatch, foreign_gates
from paultrap.functions import is_function
from paultrap.jobs import PROGRAM_TYPES
from paultrap.machines import SIMULATOR, Machines
from paultrap.notices import Notices


class ChangedFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may differ from the other job; None or null is what may not."""

    name: str | None = None
    metadata: Raw = NULL
    shots: Any = None
    backend: str | None = None
    session_id: str | None = None
    settings: Raw = NULL
    noise: Raw = NULL
    paultrap: Raw = NULL
    dry_run: bool | None = None
    parent: Any = None  # documented, without what it is for: it has no effect


class Changes(ChangedFields, frozen=True, kw_only=True):
    """What is to differ, and what of that is not understood."""

    notices: Notices = msgspec.field(default_factory=Notices)


def check_clonable(job_type: str) -> None:
    """Refuse what is not cloned, before its circuits are read.

    Raises:
        Refusal: Jobs of this type are not.
    """
    if is_function(job_type):
        message = "A quantum function is not cloned; submit it again."
        raise Refusal("type", message, Kind.UNSUPPORTED)


def admit_clone(
    changes: Changes, original: AdmittedJob, limits: Limits, machines: Machines
) -> AdmittedJob:
    """Return a new job of the circuits of another one, completely checked.

    Args:
        changes: The fields in which the clone differs from the original.
        original: The job that is cloned; its type has passed `check_clonable`.
        limits: What the new job may hold and take.
        machines: The backends and noise models that there are.

    Raises:
        Refusal: The job cannot be run like that.
    """
    envelope = envelope_of(_fields(changes, original), limits, machines)
    check_understood(changes.notices, strict=limits.strict)
    is_program = original.type in PROGRAM_TYPES
    _check_circuits(original.batch, envelope)
    made = envelope.admitted(envelope.meant(original.batch), original.readout)
    return replace(made, type=original.type, source=original.source) if is_program else made


def _fields(changes: Changes, original: AdmittedJob) -> JobFields:
    """Return what a submission would say."""
    backend = original.backend if changes.backend is None else changes.backend
    shots = original.shots if changes.shots is None else changes.shots
    debiasing = None if original.sampling is None else original.sampling.debiasing
    return JobFields(
        backend=backend,
        shots=UNSET if shots is None else shots,
        noise=_noise(changes, original, backend),
        settings=_either(changes.settings, original.settings),
        error_mitigation=Raw(msgspec.json.encode({"debiasing": debiasing})),
        metadata=_either(changes.metadata, original.metadata),
        registers=_either(NULL, original.registers),
        paultrap=changes.paultrap,
        name=original.name if changes.name is None else changes.name,
        dry_run=original.dry_run if changes.dry_run is None else changes.dry_run,
        session_id=changes.session_id,
        notices=changes.notices,
    )


def _either(changed: Raw, kept: bytes | None) -> Raw:
    return Raw(kept) if kept and bytes(changed) == b"null" else changed


def _noise(changes: Changes, original: AdmittedJob, backend: str) -> Raw:
    """Return the noise as a submission would name it: that of the other job on the same backend."""
    if bytes(changes.noise) != b"null":
        return changes.noise
    if original.noise is None or not backend == original.backend == SIMULATOR:
        return NULL
    model = msgspec.json.decode(original.noise)["model"]
    return Raw(msgspec.json.encode({"model": model}))


def _check_circuits(batch: CircuitBatch, envelope: Envelope) -> None:
    """Refuse what no reader of a submission would let pass here and now."""
    program, backend, limits = batch.program, envelope.backend, envelope.circuit_limits
    with refusals():
        limits.check_circuits(program.n_circuits, "input")
        limits.check_gates(int(batch.gate_counts.sum()), "input")
        limits.check_qubits(int(program.widths.max()), "input")
    found = [] if backend.entangler is None else foreign_gates(program, backend.entangler)
    if found:
        places = "; ".join(
            f"circuit {each.circuit}, gate {each.gate} ({each.name})" for each in found
        )
        message = (
            f"{places}: the machine that the job is for has {backend.entangler}, not "
            f"{found[0].name}; the simulator has both."
        )
        raise invalid("backend", message, Kind.UNSUPPORTED)
