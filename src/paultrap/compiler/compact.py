"""Native circuits in which gates with very many controls stay whole.

Such a gate takes thousands of native gates, more with each control, on a state that doubles with
each control. Whoever has only to know what it does, and what errors its native gates bring, keeps it
as one gate: a simulation of noise does, see docs/reference/noise.md.
"""

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Program
from paultrap.compiler.native import Entangler, compile_native
from paultrap.compiler.segments import compile_around

MOST_CONTROLS = 8  # of a gate that is compiled; it takes some 500 entanglers


def whole_gates(program: Program) -> NDArray[np.bool_]:
    """Return whether each gate has more than `MOST_CONTROLS` controls, shape (G,)."""
    return program.control_counts > MOST_CONTROLS


def gates_alone(program: Program, gates: NDArray[np.bool_]) -> Program:
    """Return each of some gates as a circuit, as wide as its own.

    Args:
        program: N circuits.
        gates: Shape (G,): whether each gate is wanted.
    """
    wanted = np.flatnonzero(gates).tolist()
    circuits = program.circuit_of_each_gate()[gates]
    found = [
        program.slice(circuit, circuit + 1).gate_slice(at, at + 1)
        for circuit, at in zip(circuits.tolist(), _within(program, wanted), strict=True)
    ]
    return Program.concatenate(found) if found else Program.empty()


def compile_compact(program: Program, entangler: Entangler) -> Program:
    """Return what `compile_native` does, but for gates with more than `MOST_CONTROLS` controls.

    They stay as they are. Before each, an ``rz`` of each qubit that its native gates act on has what
    the parts before it have left of rotations about z: it is virtual, and no gate of the machine. A
    circuit that is compiled like that already stays as it is.

    Raises:
        SimulationError: As `compile_native`.
        ValueError: As `compile_native`.
    """
    whole = whole_gates(program)
    if not whole.any():
        return compile_native(program, entangler)
    has_whole = np.zeros(program.n_circuits, np.bool_)
    has_whole[program.circuit_of_each_gate()[whole]] = True
    others = compile_native(program.select(~has_whole), entangler)
    made = [
        _compact(program.slice(k, k + 1), entangler) for k in np.flatnonzero(has_whole).tolist()
    ]
    order = np.argsort(np.argsort(has_whole, kind="stable"), kind="stable")
    return Program.concatenate([others, *made]).select(order)


def _within(program: Program, gates: list[int]) -> list[int]:
    """Return the places of gates within their circuits."""
    owners = program.circuit_of_each_gate()[gates]
    found: list[int] = (np.array(gates) - program.first_gates()[owners]).tolist()
    return found


def _compact(circuit: Program, entangler: Entangler) -> Program:
    stays = whole_gates(circuit)
    alone = compile_native(gates_alone(circuit, stays), entangler)

    def compile_part(part: Program, keep: bool) -> Program:  # noqa: FBT001  # one of two
        return compile_native(part, entangler, keep_phases=keep)

    return compile_around(circuit, stays, alone, compile_part)
