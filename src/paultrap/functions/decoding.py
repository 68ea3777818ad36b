"""What a function's input says, in the shape that it should have."""

from typing import TypeVar

import msgspec

from paultrap.formats import CircuitError

T = TypeVar("T")


def decoded(text: bytes | msgspec.Raw, shape: type[T], path: str) -> T:
    """Return the JSON at ``path``.

    Raises:
        CircuitError: It has another shape; the message names the field.
    """
    try:
        return msgspec.json.decode(bytes(text) or b"null", type=shape)
    except msgspec.ValidationError as error:
        raise CircuitError(f"{path}: {error}", path=path, field=path.rpartition(".")[2]) from None
