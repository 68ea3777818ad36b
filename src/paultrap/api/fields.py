"""Checks of the fields that both wire versions share; each refusal names its field."""

import re
from typing import Any, NamedTuple

import msgspec

from paultrap.api.errors import invalid
from paultrap.formats import Mitigation, MitigationSettings, asked_debiasing
from paultrap.jobs import (
    Sampling,
    TooFewShotsError,
    new_seed,
    noise_json,
    variants_of,
)
from paultrap.machines import IDEAL, Machines, UnknownModelError

__all__ = [
    "DEFAULT_SHOTS",
    "IDEAL_NOISE",
    "NULL",
    "Noise",
    "check_backend",
    "check_debiasing",
    "check_metadata",
    "check_noise",
    "check_object",
    "check_shots",
    "whole_number",
]

DEFAULT_SHOTS = 100
NULL = msgspec.Raw(b"null")
IDEAL_NOISE = b'{"model":"ideal"}'
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")
_MAX_SEED = 2**31 - 1


class _Noise(msgspec.Struct):
    model: str = IDEAL
    seed: int | str | None = None


class Noise(NamedTuple):
    """The noise of a job: how it is sampled, or None for an exact answer, and what it reads."""

    sampling: Sampling | None
    echo: bytes


def check_shots(value: Any, limit: int) -> int:
    """Return the number of shots; some clients send it as text.

    Args:
        value: What came in the field, or `msgspec.UNSET`. Cirq writes a missing number as "None".
        limit: The highest number that is allowed.
    """
    if value is msgspec.UNSET or value == "None":
        return DEFAULT_SHOTS
    shots = whole_number(value)
    if shots is None:
        raise invalid("shots", f"expected a whole number from 1 to {limit:,}.")
    if not 1 <= shots <= limit:
        raise invalid(
            "shots", f"{shots:.10g} is outside 1 to {limit:,} (setting PAULTRAP_MAX_SHOTS)."
        )
    return shots


def check_metadata(raw: msgspec.Raw) -> bytes | None:
    """Return the metadata as it was sent, byte for byte, or None.

    Keys and values may be as many and as long as the body holds: clients keep whole circuits there.
    """
    if bytes(raw) == b"null":
        return None
    try:
        msgspec.json.decode(raw, type=dict[str, str])
    except msgspec.ValidationError:
        raise invalid("metadata", _metadata_problem(raw)) from None
    return bytes(raw)


def _metadata_problem(raw: msgspec.Raw) -> str:
    if bytes(raw).startswith(b"{"):
        for name, value in msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).items():
            if not bytes(value).startswith(b'"'):
                return f'the value of "{name[:64]}" must be a string.'
    return "expected an object whose values are all strings."


def check_object(field: str, raw: msgspec.Raw) -> bytes | None:
    """Return a JSON object that is passed through unread, or None."""
    if bytes(raw) == b"null":
        return None
    if not bytes(raw).startswith(b"{"):
        raise invalid(field, "expected an object.")
    return bytes(raw)


def check_debiasing(settings: msgspec.Raw, error_mitigation: msgspec.Raw = NULL) -> bool | None:
    """Return whether a job asks for debiasing; None when it leaves the choice to the machine.

    Clients of either version say so at the top or in the settings.

    Args:
        settings: What came in the field; an object or null.
        error_mitigation: The field at the top of the job.
    """
    try:
        return asked_debiasing(
            msgspec.json.decode(settings, type=MitigationSettings | None),
            msgspec.json.decode(error_mitigation, type=Mitigation | None),
        )
    except msgspec.ValidationError as error:
        raise invalid("error_mitigation", str(error)) from None


def check_noise(
    raw: msgspec.Raw,
    backend: str,
    shots: int,
    machines: Machines,
    *,
    debiasing: bool | None = None,
) -> Noise:
    """Return the noise of a job: its own on the simulator, the machine's on a QPU.

    A seed that is given is used as it is; a sampled job without one gets a fresh one.

    Args:
        raw: What came in the field.
        backend: Where the job runs.
        shots: Of each circuit.
        machines: Of the server.
        debiasing: What the job says of it.
    """
    asked = _Noise()
    if bytes(raw) != b"null":
        try:
            asked = msgspec.json.decode(raw, type=_Noise)
        except msgspec.ValidationError as error:
            raise invalid("noise", str(error)) from None
    seed = _seed_of(asked)
    if machines.is_plugin(backend):
        found = Sampling(shots, new_seed() if seed is None else seed, None, backend=backend)
        return Noise(found, noise_json(found))
    try:
        model = machines.noise_of(backend, asked.model)
    except UnknownModelError as error:
        raise invalid("noise", str(error)) from None
    if model is not None:
        try:
            variants = variants_of(machines.backends[backend], shots, asked=debiasing)
        except TooFewShotsError as error:
            raise invalid("error_mitigation", str(error)) from None
        sampling = Sampling(shots, new_seed() if seed is None else seed, model, variants)
        return Noise(sampling, noise_json(sampling))
    echo = IDEAL_NOISE if seed is None else msgspec.json.encode({"model": IDEAL, "seed": seed})
    return Noise(None, echo)


def _seed_of(noise: _Noise) -> int | None:
    if noise.seed is None:
        return None
    seed = whole_number(noise.seed)
    if seed is None or abs(seed) > _MAX_SEED:
        raise invalid("noise", f"seed: expected a whole number up to {_MAX_SEED}.")
    return seed


def check_backend(field: str, name: str, machines: Machines) -> str:
    """Return the name of a backend that runs jobs."""
    backend = machines.resolve(name)
    if backend is not None and backend.status == "available":
        return backend.name
    there_are = ", ".join(f'"{each.name}"' for each in machines.available())
    name = name if backend is None else backend.name
    if backend is not None or name.startswith("qpu"):
        raise invalid(field, f'"{name}" is not available; jobs run on {there_are}.')
    raise invalid(field, f'there is no backend "{name}"; jobs run on {there_are}.')


def whole_number(value: Any) -> int | None:
    """Return a number that may have come as text, or None when it is no whole number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return None
