"""`Operations`: what a program does, one after the other, as languages are read."""

from collections.abc import Sequence
from typing import NamedTuple

from paultrap.circuits import Opcode, PlacedGate
from paultrap.languages.angles import Angle, reduced, reduced_turns
from paultrap.languages.errors import ProgramError
from paultrap.languages.limits import ProgramLimits

# Bits that no measurement wrote; other bits are the number of their measurement.
ZERO = -1
ONE = -2

SMALL_STEPS = 8  # in a step: so much quicker is a part of an expression than a statement


class Measure(NamedTuple):
    """A measurement; they are numbered in the order in which they come."""

    qubit: int


class Reset(NamedTuple):
    """A reset to |0>."""

    qubit: int


Operation = PlacedGate | Measure | Reset


class Operations:
    """Takes down what a program does.

    Attributes:
        found: In their order.
        n_measured: How many of them are measurements.
    """

    def __init__(self, limits: ProgramLimits) -> None:
        self.found: list[Operation] = []
        self.n_measured = 0
        self._limits = limits
        self._small_steps = 0
        self._most = limits.steps * SMALL_STEPS

    def step(self, count: int = 1) -> None:
        """Count one statement, or other work of the reader's.

        Raises:
            ProgramError: There were too many.
        """
        self.small_steps(count * SMALL_STEPS)

    def small_steps(self, count: int = 1) -> None:
        """Count work in parts of a step: a part of an expression, or a bit or qubit of a register.

        Raises:
            ProgramError: There was too much.
        """
        self._small_steps += count
        if self._small_steps > self._most:
            self._limits.check_steps(self._small_steps // SMALL_STEPS + 1)

    def gate(
        self, opcode: int, qubits: Sequence[int], controls: int = 0, params: Sequence[Angle] = ()
    ) -> None:
        """Add a gate, its angles less whole periods, which no gate shows.

        Raises:
            ProgramError: A qubit is named twice, an angle is no finite number, or there are too many
                gates.
        """
        if len(set(qubits)) < len(qubits):
            raise ProgramError("a gate's qubits must differ from each other")
        reduce = reduced_turns if Opcode(opcode).is_native else reduced
        self._add(PlacedGate(opcode, tuple(qubits), controls, tuple(map(reduce, params))))

    def measure(self, qubit: int) -> int:
        """Add a measurement and return its number."""
        self._add(Measure(qubit))
        self.n_measured += 1
        return self.n_measured - 1

    def reset(self, qubit: int) -> None:
        """Add a reset."""
        self._add(Reset(qubit))

    def end_in_a_measurement(self) -> bool:
        """Return whether the last operation on some qubit is a measurement, but for resets."""
        ended: set[int] = set()
        for each in reversed(self.found):
            if isinstance(each, Measure) and each.qubit not in ended:
                return True
            if isinstance(each, PlacedGate):
                ended.update(each.qubits)
        return False

    def _add(self, operation: Operation) -> None:
        self.found.append(operation)
        self._limits.check_gates(len(self.found))
