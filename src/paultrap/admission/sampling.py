"""How a job is sampled: its noise, its seed, and whether its circuits are debiased."""

import secrets
from typing import Any, NamedTuple, Self

import msgspec
import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from paultrap.admission.refusals import Kind, invalid, refused
from paultrap.admission.requests import JobFields
from paultrap.engine import LEAST_SHOTS, N_VARIANTS
from paultrap.formats import MOST_NAMED, decode_known, whole_number, wire_error
from paultrap.jobs import Sampling
from paultrap.machines import IDEAL, Backend, Machines, UnknownModelError
from paultrap.notices import Notices, TooManyNamesError, quotable

IDEAL_NOISE = b'{"model":"ideal"}'
MAX_SEED = 2**31 - 1


class _Noise(msgspec.Struct, forbid_unknown_fields=True):
    model: str = IDEAL
    seed: Any = None


class AskedNoise(NamedTuple):
    """The model and the seed that a job names."""

    model: str
    seed: int | None


class Noise(NamedTuple):
    """The noise of a job: how it is sampled, or None for an exact answer, and what it reads."""

    sampling: Sampling | None
    echo: bytes

    def without_variants(self) -> Self:
        """Return the same without debiasing, as where qubits are measured and used again."""
        if self.sampling is None:
            return self
        return self._replace(sampling=msgspec.structs.replace(self.sampling, variants=0))


def noise_of(
    asked: AskedNoise, backend: Backend, shots: int, machines: Machines, *, debiasing: bool | None
) -> Noise:
    """Return the noise of a job: its own on the simulator, the machine's on a QPU.

    A seed that is given is used as it is; a sampled job without one gets a fresh one.

    Args:
        asked: The noise model and the seed that the job names.
        backend: The backend that the job is for.
        shots: How many shots each circuit has.
        machines: The noise models that can be named.
        debiasing: What the job says of it; None where it leaves the choice to the machine.

    Raises:
        Refusal: There is no such model, or there are too few shots.
    """
    model, variants = None, 0
    if not machines.is_plugin(backend.name):
        try:
            model = machines.noise_of(backend.name, asked.model)
        except UnknownModelError as error:
            raise invalid("noise", str(error), Kind.UNKNOWN) from None
        if model is None:
            ideal = msgspec.json.encode({"model": IDEAL, "seed": asked.seed})
            return Noise(None, IDEAL_NOISE if asked.seed is None else ideal)
        variants = variants_of(backend, shots, asked=debiasing)
    seed = new_seed() if asked.seed is None else asked.seed
    plugin = backend.name if model is None else None
    sampling = Sampling(shots, seed, model, variants, plugin, debiasing)
    return Noise(sampling, msgspec.json.encode({"model": sampling.machine, "seed": seed}))


def asked_noise(asked: JobFields) -> AskedNoise:
    """Return what a job says of its noise.

    Args:
        asked: Its ``noise``, and the ``seed`` that replaces the one there.

    Raises:
        Refusal: The field has another shape, or members that were surely meant to be others; or the
            seed is no whole number within its bounds.
    """
    found = _Noise()
    if bytes(asked.noise) != b"null":
        _check_members(asked.noise, asked.notices)
        try:
            found = decode_known(asked.noise, _Noise, asked.notices, path="noise")
        except msgspec.ValidationError as error:
            raise refused(wire_error(error, "noise"), Kind.MALFORMED) from None
    return AskedNoise(found.model, _check_seed(found.seed if asked.seed is None else asked.seed))


def _check_members(noise: Raw, notices: Notices) -> None:
    """Refuse a member that is nearly one of noise: without it the answer would be another."""
    known = _Noise.__struct_fields__
    members = msgspec.json.decode(noise)
    for name in members if isinstance(members, dict) else ():
        if name in known:
            continue
        try:
            close = notices.nearest("noise", name, known)
        except TooManyNamesError as error:
            raise invalid("noise", str(error), Kind.LIMIT) from None
        if close:
            message = f'there is no such field; did you mean "{close}"?'
            raise invalid(f"noise.{quotable(name)}", message, Kind.UNKNOWN)


def _check_seed(value: Any) -> int | None:
    if value is None:
        return None
    seed = whole_number(value)
    if seed is None or abs(seed) > MAX_SEED:
        raise invalid("noise", f"seed: expected a whole number up to {MAX_SEED}.")
    return seed


def new_seed() -> int:
    """Return a fresh seed from 1 to 2**31 - 1, the range that the API documents."""
    return 1 + secrets.randbelow(MAX_SEED)


def variants_of(backend: Backend, shots: int, *, asked: bool | None) -> int:
    """Return how many variants each circuit has: 0 where it is not debiased.

    Args:
        backend: Where the job runs. The simulator debiases nothing, whatever is asked for, and a
            plug-in knows best what to do.
        shots: How many shots each circuit has.
        asked: What the job says; None when it leaves the choice to the machine, which debiases
            where there are shots enough.

    Raises:
        Refusal: There are not, and the job insists.
    """
    if not backend.is_emulated or asked is False:
        return 0
    if shots >= LEAST_SHOTS:
        return N_VARIANTS
    if asked:
        message = f"debiasing takes {LEAST_SHOTS} shots or more, and there are {shots}."
        raise invalid("error_mitigation", message)
    return 0


def too_wide(widths: NDArray[np.uint16], sampling: Sampling, backend: Backend) -> str | None:
    """Return what is wrong where circuits are wider than the machine, or None.

    Args:
        widths: Shape (N,): the number of qubits of each circuit.
        sampling: How the circuits are sampled, with the noise model.
        backend: The backend that the job is for.
    """
    if backend.is_emulated or sampling.noise is None:
        qubits, machine = backend.qubits, f'"{backend.name}"'
    else:
        qubits, machine = sampling.noise.qubits, f'the machine that "{sampling.noise.name}" models'
    wide = np.flatnonzero(widths > qubits).tolist()
    if not wide:
        return None
    found = ", ".join(f"circuit {index} has {widths[index]}" for index in wide[:MOST_NAMED])
    return f"not enough qubits: {found}, and {machine} has {qubits}."
