"""The compiler's entry point; the work is that of the compiled kernels."""

from typing import Literal, get_args

from paultrap import _kernels
from paultrap.circuits import Program
from paultrap.compiler.segments import compile_around_copies, has_copies
from paultrap.host import usable_cores

Entangler = Literal["ms", "zz"]
"""The entangling gate of a machine: "ms" on Aria, "zz" on Forte."""


def compile_native(
    program: Program,
    entangler: Entangler,
    *,
    keep_phases: bool = False,
    threads: int | None = None,
) -> Program:
    """Return the same circuits in native gates: gpi, gpi2 and one entangling gate.

    Rotations about z are virtual: they are carried in the phases of the gates that follow. What
    remains of them at a circuit's end changes no probability of its final measurement and is
    dropped. The unitary of a compiled circuit is that of the original within 1e-12 (rounding of
    many thousands of gates may add up to more), up to a global phase and those last rotations. One
    exception: a ``pauliexp`` on three qubits or more
    (or under a control, on two) whose terms do not commute becomes a second-order product formula
    within 1e-3 of the gate in the operator norm.

    Entangling gates have an angle above 0 and at most 0.25 turns. A controlled one-qubit gate, xx,
    yy and zz take one of them, a swap three, two controls five, a Pauli string of w letters in
    ``pauliexp`` 2(w - 2) + 1. Interactions that follow each other on one pair of qubits are put
    together and take three at most; see docs/explanation/compiler.md.

    Circuits that have native gates only stay as they are, whatever their entangling gate is: zz
    circuits are not rewritten for a machine with ms. In a circuit that mixes both, native gates are
    compiled like the others. Copies of measured bits stay, and nothing is moved past them.

    Args:
        program: N circuits of any gates.
        entangler: The machine's entangling gate.
        keep_phases: Append two gpi gates for every qubit with a last rotation about z, so that
            whole unitaries can be compared.
        threads: The largest number of threads; None for every core that this process may use.
            The answer does not depend on it.

    Raises:
        SimulationError: A ``pauliexp`` is too long or would take more than a million entanglers, a
            circuit about two million, or all circuits together about four million.
        ValueError: An unknown entangler, or the program's arrays contradict each other or the gate
            table.
    """
    if entangler not in get_args(Entangler):
        raise ValueError(f"entangler must be 'ms' or 'zz', not {entangler!r}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")

    def compile_part(part: Program, keep: bool) -> Program:  # noqa: FBT001  # one of two
        arrays = _kernels.compile_native(
            part.arrays(),
            ms=entangler == "ms",
            keep_phases=keep,
            threads=threads or usable_cores(),
        )
        return Program(*arrays)

    if has_copies(program):
        return compile_around_copies(program, compile_part, keep_phases=keep_phases)
    return compile_part(program, keep_phases)
