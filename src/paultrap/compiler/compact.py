"""Native circuits in which gates that would be very many native gates stay whole.

Such a gate takes thousands of entanglers, on a state that doubles with each control: seconds to
minutes for a shot. Whoever has only to know about what it does, and how many errors its native gates
bring, keeps it as one gate: a simulation of noise does, see docs/reference/noise.md.
"""

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Program, SimulationError
from paultrap.compiler.native import Entangler, compile_native
from paultrap.compiler.segments import compile_around

# A gate with more of both stays whole. An x on all of its circuit's qubits has 1,982 entanglers with
# 14 controls and 2,300 with 15; where a qubit is idle, 16 for each control.
MOST_CONTROLS = 14
MOST_ENTANGLERS = 2_000


def whole_gates(program: Program) -> NDArray[np.bool_]:
    """Return whether each gate stays whole, shape (G,).

    That are gates of more than `MOST_CONTROLS` controls that alone would be more than
    `MOST_ENTANGLERS` entanglers. Their number is the same for both entanglers.

    Raises:
        SimulationError: As `compile_native`.
    """
    found: NDArray[np.bool_] = program.control_counts > MOST_CONTROLS
    if found.any():
        try:
            alone = compile_native(gates_alone(program, found), "ms")
        except SimulationError:
            compile_native(program, "ms")  # names the gate by its place
            raise
        entanglers = np.append(0, np.cumsum(alone.qubits_per_gate() == 2))  # noqa: PLR2004
        found[found] = np.diff(entanglers[alone.gate_offsets]) > MOST_ENTANGLERS
    return found


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
    """Return what `compile_native` does, but for `whole_gates`.

    These stay as they are. Before each, an ``rz`` of each qubit that its native gates act on has what
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
