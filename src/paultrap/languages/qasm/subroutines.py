"""Calls of subroutines: arguments bound to their parameters, the body executed, the result returned."""

from collections.abc import Callable, Sequence
from typing import Any

from openqasm3 import ast

from paultrap.languages.errors import ProgramError
from paultrap.languages.qasm.conversions import Conversions
from paultrap.languages.qasm.expressions import Expressions
from paultrap.languages.qasm.scopes import Calls
from paultrap.languages.qasm.values import Bits, Qubits, Subroutine, Value, Variable

_STEPS_OF_CALL = 3


class Return(Exception):  # noqa: N818
    """A subroutine ends here."""

    def __init__(self, value: Value | None) -> None:
        self.value = value


class Subroutines:
    """Calls the program's own subroutines.

    Args:
        expressions: Evaluates arguments, in `Expressions.scopes`.
        conversions: Converts them to the types of the parameters, and what is returned.
        calls: Bounds how deep subroutines call each other.
        execute: Executes one statement of a body.
        step: Is called with a number of steps, and counts them as work.
    """

    def __init__(
        self,
        expressions: Expressions,
        conversions: Conversions,
        calls: Calls,
        execute: Callable[[Any], None],
        step: Callable[[int], None],
    ) -> None:
        self._expressions = expressions
        self._scopes = expressions.scopes
        self._conversions = conversions
        self._calls = calls
        self._execute = execute
        self._step = step
        self._types: list[Any] = []  # what those return that are being called, the innermost last

    @property
    def may_return(self) -> bool:
        """Whether a value may be returned here, as far as the type of a subroutine says."""
        return not self._types or self._types[-1] is not None

    def call(self, subroutine: Subroutine, arguments: Sequence[Any]) -> Value | None:
        """Execute a subroutine and return what it returns; None for nothing.

        Raises:
            ProgramError: The arguments do not fit, or its body is wrong.
        """
        wanted = subroutine.syntax.arguments
        if len(wanted) != len(arguments):
            raise ProgramError(f"a subroutine takes {len(wanted)} arguments, not {len(arguments)}")
        self._step(_STEPS_OF_CALL)
        names: dict[str, Any] = {}
        for parameter, argument in zip(wanted, arguments, strict=True):
            names[parameter.name.name] = self._bound(parameter, argument)
        type_ = subroutine.syntax.return_type
        with self._calls.deeper(), self._scopes.body(names):
            self._types.append(type_)
            try:
                for statement in subroutine.syntax.body:
                    self._execute(statement)
            except Return as found:
                return self._conversions.returned(found.value, type_)
            finally:
                self._types.pop()
        return None

    def _bound(self, parameter: Any, argument: Any) -> Any:
        if isinstance(parameter, ast.QuantumArgument):
            qubits = self._expressions.qubits(argument)
            size = self._expressions.size(parameter.size)
            if len(qubits.indices) != (size or 1):
                raise ProgramError(
                    f"a subroutine takes {size or 1} qubits here, not {len(qubits.indices)}"
                )
            return Qubits(qubits.indices, size is None)
        if isinstance(parameter.type, ast.BitType):
            size = self._expressions.size(parameter.type.size)
            cells = self._conversions.bits(argument, size or 1)
            return Bits(cells, tuple(range(size or 1)), size is None)
        return Variable(parameter.type, self._conversions.number(argument, parameter.type))
