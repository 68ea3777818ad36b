"""`split`: cuts a job's body into a small envelope and the gate lists, in one compiled pass."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.formats.errors import CircuitError
from paultrap.formats.table import TABLE


@dataclass(frozen=True, slots=True, eq=False)
class SplitJob:
    """A body whose JSON is checked everywhere but inside its gate lists.

    Attributes:
        body: The whole body as bytes.
        envelope: The body with every gate list replaced by null, and repeated members left out.
        spans: int64, shape (N, 2): begin and end of each gate list in ``body``.
        owners: int64, shape (N,): the index of the circuit that each gate list belongs to, or
            -1 for the single circuit in ``input.circuit``.
        root: The key that holds the circuits: "input", or "body" as old clients say.
        circuits: How many entries the list of circuits has.
        plain: Whether no entry of a list of circuits has other keys than ``name`` and ``circuit``.
        lists: The gates that were read on the way, for `read_circuits`.
    """

    body: bytes
    envelope: bytes
    spans: NDArray[np.int64]
    owners: NDArray[np.int64]
    root: str
    circuits: int
    plain: bool
    lists: _kernels.GateLists | None


def split(body: bytes) -> SplitJob:
    """Return the envelope and the gate lists of a job's body.

    Gate lists are the lists at ``input.circuit``, ``input.circuits[i].circuit`` and
    ``input[i].circuit``, and the same under ``body``. Whatever else is there stays in the
    envelope.

    Args:
        body: The body of a request, decompressed.

    Raises:
        CircuitError: The body is not a JSON object in UTF-8, is nested too deep, or gives one
            key two values.
    """
    try:
        envelope, spans, owners, root, circuits, plain, lists = _kernels.split(body, TABLE)
    except _kernels.JsonError as error:
        if not body.strip():
            raise CircuitError("the body is empty; it must be a JSON object") from error
        message, path, offset = error.args
        where = f" (in {path})" if path else ""
        raise CircuitError(
            f"the body is not valid: {message}, at byte {offset}{where}", path=path
        ) from error
    return SplitJob(body, envelope, spans.reshape(-1, 2), owners, root, circuits, plain, lists)
