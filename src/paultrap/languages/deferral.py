"""Measurements and resets before a circuit's end, moved to its end.

A qubit that is measured and then used again is first copied, by an ideal controlled X, to a fresh
qubit, which is measured in its place at the end: the statistics of all outcomes are the same. A qubit
that is reset is left alone from there on, and a fresh one takes its place. Copies are made as late as
can be: a qubit that is measured and not used again, or reset, needs none. See docs/reference/qasm.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from paultrap.circuits import MOST_BITS, Opcode, PlacedGate, Program, Readout, Register
from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.operations import Measure, Operation, Operations


@dataclass(frozen=True, slots=True, eq=False)
class ReadProgram:
    """A program that is ready to run.

    Attributes:
        program: A program of one circuit.
        readout: Which bits the measurements fill.
        qubits: How many the program declares; the circuit can have more.
    """

    program: Program
    readout: Readout
    qubits: int


def deferred(
    operations: Operations,
    qubits: int,
    bits: Sequence[int] | None,
    registers: Iterable[Register],
    limits: ProgramLimits,
) -> ReadProgram:
    """Return a circuit that measures at its end only.

    Where a program with registers measures none of its qubits at its end, their states at the end
    are read beside its bits: whoever takes them for those of a circuit without measurements finds
    what there would be.

    Args:
        operations: What the program does.
        qubits: The number of qubits that it declares.
        bits: For each bit at the end, the number of its measurement, `ZERO` or `ONE`; None where the
            program measures nothing: then all of its qubits are measured.
        registers: The registers that the bits are in.
        limits: How wide the circuit may be.

    Raises:
        ProgramError: It is too wide, or has too many bits.
    """
    if bits is None:
        bits = [operations.measure(qubit) for qubit in range(qubits)]
    if len(bits) > MOST_BITS:
        raise ProgramError(
            f"the program has {len(bits)} classical bits; the limit is {MOST_BITS}",
            FailureCode.TOO_COMPLEX,
        )
    final: list[int] = []
    if registers and not operations.end_in_a_measurement():
        final = [operations.measure(qubit) for qubit in range(qubits)]
    found = _Deferral(qubits, operations.found)
    limits.check_width(len(found.machine), len(found.machine) - qubits)
    machine = tuple(found.machine)
    readout = Readout(
        bits=tuple(found.places[bit] if bit >= 0 else bit for bit in bits),
        registers=tuple(registers),
        machine_qubits=() if machine == tuple(range(qubits)) else machine,
        final=tuple(found.places[number] for number in final),
    )
    return ReadProgram(Program.build([found.gates], [max(len(machine), 1)]), readout, qubits)


class _Deferral:
    """Goes over the operations once.

    Attributes:
        gates: Of the circuit.
        machine: For each of the circuit's qubits, the program's qubit that it represents.
        places: For each measurement the circuit's qubit that holds its outcome at the end.
    """

    def __init__(self, qubits: int, operations: Sequence[Operation]) -> None:
        used = {q for each in operations for q in _qubits_of(each)}
        self.gates: list[PlacedGate] = []
        self.machine = list(range(qubits))
        self.places: list[int] = []
        self._spare = [qubit for qubit in reversed(range(qubits)) if qubit not in used]
        self._current: list[int | None] = list(range(qubits))
        self._touched: set[int] = set()
        self._held: dict[int, int] = {}  # the measurement that a qubit holds the outcome of
        for each in operations:
            if isinstance(each, PlacedGate):
                self._gate(each)
            elif isinstance(each, Measure):
                place = self._free(each.qubit)
                self._held[place] = len(self.places)
                self.places.append(place)
            else:
                self._reset(each.qubit)

    def _gate(self, gate: PlacedGate) -> None:
        places = tuple(self._free(qubit) for qubit in gate.qubits)
        self._touched.update(places)
        self.gates.append(gate._replace(qubits=places))

    def _free(self, qubit: int) -> int:
        """Return where a qubit is, to be used: an outcome that is there is copied away."""
        place = self._current[qubit]
        if place is None:
            self._current[qubit] = place = self._fresh(qubit)
        if place in self._held:
            copy = self._fresh(qubit)
            self.places[self._held.pop(place)] = copy
            self.gates.append(PlacedGate(Opcode.COPY, (place, copy)))
        return place

    def _reset(self, qubit: int) -> None:
        place = self._current[qubit]
        if place in self._touched or place in self._held:
            self._current[qubit] = None  # until it is used

    def _fresh(self, qubit: int) -> int:
        if self._spare:
            place = self._spare.pop()
            self.machine[place] = qubit
            return place
        self.machine.append(qubit)
        return len(self.machine) - 1


def _qubits_of(operation: Operation) -> tuple[int, ...]:
    return operation.qubits if isinstance(operation, PlacedGate) else (operation.qubit,)
