"""`SimulationError`: circuits that cannot be computed, and which; `InterruptedRunError`."""

from paultrap.errors import Error


class SimulationError(Error, ValueError):
    """Circuits cannot be simulated or compiled. The kernels raise it too.

    Attributes:
        text: What is wrong, as it follows the place in the message: ": the time is too long".
        circuit: The index of the circuit in its program; None where all together are meant.
        gate: The index of the gate in its circuit, where it is one.
    """

    def __init__(self, text: str, circuit: int | None = None, gate: int | None = None) -> None:
        super().__init__(text, circuit, gate)
        self.text = text
        self.circuit = circuit
        self.gate = gate

    def __str__(self) -> str:
        return self.describe()

    def describe(self, first: int = 0) -> str:
        """Return the message, where the program's first circuit is number ``first`` of a job."""
        if self.circuit is None:
            return self.text
        gate = "" if self.gate is None else f", gate {self.gate}"
        return f"circuit {first + self.circuit}{gate}{self.text}"


class NotCliffordError(SimulationError):
    """A circuit that has no state vector needs one."""


class InterruptedRunError(Error):
    """A run was ended from another thread. The kernels raise it."""
