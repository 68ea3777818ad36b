"""An ansatz: a circuit in OpenQASM 2 or 3 whose parameters are bound to numbers."""

from collections.abc import Sequence

from paultrap import defaults
from paultrap.circuits import Message, Program, within
from paultrap.formats.errors import CircuitError
from paultrap.formats.limits import CircuitLimits
from paultrap.languages import (
    Language,
    MissingExtraError,
    ParameterCountError,
    ProgramError,
    ProgramLimits,
    Reading,
    check_installed,
    read_bound,
)

ANSATZ_PATH = "input.data.data.ansatz.data"

# Parsing takes some 20 microseconds for each character.
_LONGEST_TEXT = 1 << 16


def read_ansatz(
    text: str,
    params: Sequence[float],
    limits: CircuitLimits,
    reading: Reading | None = None,
) -> Program:
    """Return the one circuit of an ansatz, which another process reads.

    Args:
        text: OpenQASM 2 or 3 with gates alone; measurements at its end count for nothing.
        params: A number for each parameter: for each ``input``, in the order of their declaration,
            or where there is none for each name that is not declared, in the order in which the
            gates name them first.
        limits: The most gates and qubits that the circuit may have.
        reading: How long it may take, to be given up where nobody waits for it any more; None for
            as long as a server allows by default.

    Raises:
        CircuitError: It cannot be read or run.
        paultrap.languages.ReaderError: No process could be started to read it.
    """
    if len(text) > _LONGEST_TEXT:
        raise _error(f"the text has {len(text):,} characters; the limit is {_LONGEST_TEXT:,}")
    bounds = ProgramLimits(
        limits.gates, limits.widest, steps_per_gate=2, qubits_limit=limits.widest_limit
    )
    try:
        check_installed(Language.QASM)
        return read_bound(text, params, bounds, reading or Reading(defaults.PROGRAM_SECONDS))
    except ParameterCountError as error:
        raise CircuitError(
            f"input.params has {len(params)} numbers, and {error}",
            path="input.params",
            field="params",
        ) from error
    except ProgramError as error:
        raise _error(error.message) from error
    except MissingExtraError as error:
        raise _error(str(error)) from error


def _error(message: Message) -> CircuitError:
    return CircuitError(within(message, f"{ANSATZ_PATH}: "), path=ANSATZ_PATH, field="data")
