"""Checks of the fields that both wire versions share; each refusal names its field."""

import re
from typing import Any

import msgspec

from paultrap.api.errors import invalid
from paultrap.jobs import BACKENDS

__all__ = [
    "DEFAULT_SHOTS",
    "IDEAL",
    "check_backend",
    "check_metadata",
    "check_noise",
    "check_object",
    "check_shots",
]

DEFAULT_SHOTS = 100
IDEAL = b'{"model":"ideal"}'
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")
_MAX_SEED = 2**31 - 1


class _Noise(msgspec.Struct):
    model: str = "ideal"
    seed: int | str | None = None


def check_shots(value: Any, limit: int) -> int:
    """Return the number of shots; some clients send it as text.

    Args:
        value: What came in the field, or `msgspec.UNSET`. Cirq writes a missing number as "None".
        limit: The highest number that is allowed.
    """
    if value is msgspec.UNSET or value == "None":
        return DEFAULT_SHOTS
    shots = _integer(value)
    if shots is None:
        raise invalid("shots", f"expected a whole number from 1 to {limit:,}.")
    if not 1 <= shots <= limit:
        raise invalid(
            "shots", f"{shots:.10g} is outside 1 to {limit:,} (setting PAULTRAP_MAX_SHOTS)."
        )
    return shots


def check_metadata(raw: msgspec.Raw) -> bytes | None:
    """Return the metadata as it was sent, byte for byte, or None."""
    if bytes(raw) == b"null":
        return None
    try:
        msgspec.json.decode(raw, type=dict[str, str])
    except msgspec.ValidationError:
        raise invalid("metadata", "expected an object whose values are all strings.") from None
    return bytes(raw)


def check_object(field: str, raw: msgspec.Raw) -> bytes | None:
    """Return a JSON object that is passed through unread, or None."""
    if bytes(raw) == b"null":
        return None
    if not bytes(raw).startswith(b"{"):
        raise invalid(field, "expected an object.")
    return bytes(raw)


def check_noise(raw: msgspec.Raw) -> bytes:
    """Return the noise model as it is echoed: `{"model": ...}`, with the seed when there is one."""
    if bytes(raw) == b"null":
        return IDEAL
    try:
        noise = msgspec.json.decode(raw, type=_Noise)
    except msgspec.ValidationError as error:
        raise invalid("noise", str(error)) from None
    if noise.model != "ideal":
        raise invalid(
            "noise",
            f'model "{noise.model}" is not simulated in this release; the model "ideal" is.',
        )
    if noise.seed is None:
        return IDEAL
    seed = _integer(noise.seed)
    if seed is None or abs(seed) > _MAX_SEED:
        raise invalid("noise", f"seed: expected a whole number up to {_MAX_SEED}.")
    return msgspec.json.encode({"model": "ideal", "seed": seed})


def check_backend(field: str, name: str) -> str:
    """Return the name of a backend that runs jobs."""
    backend = BACKENDS.get(name)
    if backend is not None and backend.status == "available":
        return name
    if backend is not None or name.startswith("qpu"):
        raise invalid(
            field, f'"{name}" is not available: this release simulates, on "simulator" only.'
        )
    raise invalid(field, f'there is no backend "{name}"; jobs run on "simulator".')


def _integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return None
