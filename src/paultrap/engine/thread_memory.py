"""What a run needs more for each thread that works beside the first: bounds that are cheap to have.

So what a run needs is known before it is known how many threads there will be.
"""

import numpy as np

from paultrap.circuits import Opcode, Program

_LEAST_QUBITS, _MOST_QUBITS = 3, 17  # of one thread's states; all threads share a larger one
_BYTES_PER_AMPLITUDE = 16
_BYTES_PER_OPERATION = 1 << 10
_OPERATIONS_PER_GATE, _OPERATIONS_PER_PARAM = 3, 2
_BYTES_OF_PART = 1 << 19  # of a state that threads share
_SERIES_STATES = 3  # that a `pauliexp` holds where it is a Taylor series
_SAMPLED_STATES = 6  # of one circuit with its errors


def exact_thread_memory(program: Program) -> int:
    """Return the most bytes that `simulate` needs for each further thread.

    With them `estimate_memory` with one thread is never less than it is with several.
    """
    if not program.n_circuits:
        return 0
    # The states on the way through a tree of circuits that share their first gates; one has none.
    branches = 2 + program.n_circuits.bit_length() if program.n_circuits > 1 else 0
    states = branches * (_SERIES_STATES if _has_series(program) else 1)
    params = np.diff(program.param_offsets[program.gate_offsets])
    operations = _OPERATIONS_PER_GATE * program.gates_per_circuit() + _OPERATIONS_PER_PARAM * params
    return (
        states * _state_bytes(program)
        + _BYTES_PER_OPERATION * int(operations.max())
        + _BYTES_OF_PART
    )


def sampled_thread_memory(program: Program) -> int:
    """Return the most bytes that `sample` needs for each further thread, likewise."""
    if not program.n_circuits:
        return 0
    more = _SERIES_STATES - 1 if _has_series(program) else 0
    return (_SAMPLED_STATES + more) * _state_bytes(program)


def _state_bytes(program: Program) -> int:
    qubits = min(max(int(program.widths.max()), _LEAST_QUBITS), _MOST_QUBITS)
    return _BYTES_PER_AMPLITUDE << qubits


def _has_series(program: Program) -> bool:
    return bool((program.opcodes == Opcode.PAULIEXP).any())
