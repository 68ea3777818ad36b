"""The qubits and the classical registers of a program."""

from paultrap.circuits import Register
from paultrap.errors import FailureCode
from paultrap.languages.deferral import ReadProgram, deferred
from paultrap.languages.errors import ProgramError
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.operations import Operations
from paultrap.languages.qasm.values import Bits, Qubits

_MOST_DECLARED_BITS = 1 << 16  # used or not
_MOST_DIGITS = 9  # of a physical qubit


class Registers:
    """Numbers the qubits of a program, and keeps what it declares outside of blocks.

    A program has either qubits that it declares, which are numbered in their order, or physical ones
    (``$0``), which are numbered already: it has as many as the highest of them needs.

    Args:
        limits: What the program may hold.

    Attributes:
        n_qubits: How many qubits the program has.
        is_measured: Whether it measures something into its bits.
    """

    def __init__(self, limits: ProgramLimits) -> None:
        self._limits = limits
        self.n_qubits = 0
        self.is_measured = False
        self._are_physical: bool | None = None
        self._classical: list[tuple[str, Bits]] = []
        self._n_bits = 0

    def declare_qubits(self, size: int | None) -> Qubits:
        """Return a new register of qubits, or one qubit where there is no ``size``.

        Raises:
            ProgramError: There are too many, or there are physical ones.
        """
        self._use(are_physical=False)
        first, self.n_qubits = self.n_qubits, self.n_qubits + (1 if size is None else size)
        self._limits.check_qubits(self.n_qubits)
        return Qubits(tuple(range(first, self.n_qubits)), size is None)

    def physical(self, name: str) -> Qubits:
        """Return the qubit that is called by its number on the machine, such as ``$0``.

        Raises:
            ProgramError: There are not so many, or there are declared ones.
        """
        self._use(are_physical=True)
        number = int(name[1:]) if len(name) <= _MOST_DIGITS else 10**_MOST_DIGITS
        self._limits.check_qubits(number + 1)
        self.n_qubits = max(self.n_qubits, number + 1)
        return Qubits((number,), is_single=True)

    def _use(self, *, are_physical: bool) -> None:
        if self._are_physical not in {None, are_physical}:
            raise ProgramError(
                "a program has either physical qubits ($0) or those that it declares, not both",
                FailureCode.UNSUPPORTED,
            )
        self._are_physical = are_physical

    def declare_bits(self, name: str, bits: Bits) -> None:
        """Keep a classical register.

        Raises:
            ProgramError: There are too many bits.
        """
        self._n_bits += len(bits.cells)
        if self._n_bits > _MOST_DECLARED_BITS:
            raise ProgramError(f"the program has more than {_MOST_DECLARED_BITS} bits")
        self._classical.append((name, bits))

    def circuit(self, operations: Operations) -> ReadProgram:
        """Return the circuit of what the program does.

        Raises:
            ProgramError: It is too wide, or has too many bits.
        """
        if not self.is_measured or not self._classical:
            return deferred(operations, self.n_qubits, None, (), self._limits)
        bits = [value for _, register in self._classical for value in register.cells]
        registers = [Register(name, len(bits.cells)) for name, bits in self._classical]
        return deferred(operations, self.n_qubits, bits, registers, self._limits)
