"""An ansatz: a circuit in OpenQASM 2 or 3 whose parameters are bound to numbers."""

from __future__ import annotations

from collections.abc import Sequence

from paultrap.circuits import Opcode, Program
from paultrap.circuits.building import PlacedGate, circuit_of
from paultrap.formats.errors import CircuitError
from paultrap.formats.limits import CircuitLimits
from paultrap.languages import (
    Language,
    MissingExtraError,
    ProgramError,
    ProgramLimits,
    check_installed,
)

__all__ = ["PATH", "read_ansatz"]

PATH = "input.data.data.ansatz.data"

# Parsing takes some 20 microseconds for each character.
_LONGEST_TEXT = 1 << 16
_MOST_NAMES = 10


def read_ansatz(text: str, params: Sequence[float], limits: CircuitLimits) -> Program:
    """Return the one circuit of an ansatz.

    Args:
        text: OpenQASM 2 or 3 with gates alone; measurements at its end count for nothing.
        params: A number for each parameter: for each ``input``, in the order of their declaration,
            or where there is none for each name that is not declared, in the order in which the
            gates name them first.
        limits: What the circuit may hold.

    Raises:
        CircuitError: It cannot be read or run.
    """
    if len(text) > _LONGEST_TEXT:
        raise _error(f"the text has {len(text):,} characters; the limit is {_LONGEST_TEXT:,}")
    try:
        check_installed(Language.QASM)
        return _read(text, params, limits)
    except (MissingExtraError, ProgramError) as error:
        raise _error(str(error)) from error
    except RecursionError:
        raise _error("the program is nested too deeply") from None


def _read(text: str, params: Sequence[float], limits: CircuitLimits) -> Program:
    from paultrap.languages.qasm.ansatz import Ansatz  # noqa: PLC0415  # an extra

    ansatz = Ansatz(text)
    names = ansatz.parameters
    if len(names) != len(params):
        raise CircuitError(
            f"input.params has {len(params)} numbers, and the ansatz has {len(names)} parameters"
            f"{': ' if names else ''}{', '.join(names[:_MOST_NAMES])}",
            path="input.params",
            field="params",
        )
    width, gates = ansatz.gates(
        params,
        ProgramLimits(
            limits.gates, limits.widest, steps_per_gate=2, qubits_setting=limits.widest_setting
        ),
    )
    return circuit_of(width, [PlacedGate(Opcode(gate.opcode), *gate[1:]) for gate in gates])


def _error(message: str) -> CircuitError:
    return CircuitError(f"{PATH}: {message}", path=PATH, field="data")
