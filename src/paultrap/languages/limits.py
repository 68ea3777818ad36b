"""What a program may hold once it is unrolled."""

from dataclasses import dataclass

from paultrap import defaults
from paultrap.circuits import Limit, OverLimit
from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError


@dataclass(frozen=True, slots=True)
class ProgramLimits:
    """What a program may hold.

    Attributes:
        gates: After loops, subroutines and gate definitions are unrolled.
        qubits: Of the program, and of the circuit that it becomes.
        steps_per_gate: How many steps there may be for each gate that there may be; a statement is
            one, and other work counts as so many or as parts of one.
        qubits_limit: Which limit `qubits` is.
    """

    gates: int = defaults.GATES
    qubits: int = defaults.QUBITS
    steps_per_gate: int = 10
    qubits_limit: Limit = Limit.QUBITS

    @property
    def steps(self) -> int:
        """How much work unrolling may be: loops and gate definitions need not hold a gate."""
        return self.steps_per_gate * self.gates + 10_000

    def check_gates(self, found: int) -> None:
        """Raise a `ProgramError` where there are too many gates."""
        if found > self.gates:
            text = f"unrolled, the program has more than {self.gates} gates"
            raise ProgramError(OverLimit(Limit.GATES, text), FailureCode.TOO_MANY_GATES)

    def check_steps(self, found: int) -> None:
        """Raise a `ProgramError` where there are too many steps."""
        if found > self.steps:
            text = f"unrolled, the program takes more than {self.steps} steps"
            raise ProgramError(OverLimit(Limit.GATES, text), FailureCode.TOO_MANY_GATES)

    def check_qubits(self, found: int) -> None:
        """Raise a `ProgramError` where a program declares too many qubits."""
        if found > self.qubits:
            text = f"the program has {found} qubits or more; the limit is {self.qubits}"
            raise ProgramError(OverLimit(self.qubits_limit, text), FailureCode.NOT_ENOUGH_QUBITS)

    def check_width(self, found: int, extra: int) -> None:
        """Raise a `ProgramError` where measuring and resetting takes too many qubits."""
        if found > self.qubits:
            text = (
                f"the program measures or resets qubits before its end and goes on with "
                f"them; simulating that takes {extra} qubits beside its own, {found} in all, "
                f"and the limit is {self.qubits}"
            )
            raise ProgramError(OverLimit(self.qubits_limit, text), FailureCode.TOO_COMPLEX)
