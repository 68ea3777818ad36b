"""An ansatz: a program of gates alone, whose parameters come apart from it.

Optimisers send many, so nothing but what takes time and memory in proportion to its text and its gates
is let through.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeGuard

from openqasm3 import ast

from paultrap.circuits import PlacedGate
from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.operations import Measure
from paultrap.languages.qasm.opaque import OpaqueGate
from paultrap.languages.qasm.places import place_of
from paultrap.languages.qasm.reading import parsed
from paultrap.languages.qasm.unrolling import operations_of
from paultrap.languages.qasm.versions import ALL_GATES, FILES, version_of

_STATEMENTS = (
    ast.Include,
    ast.IODeclaration,
    ast.QubitDeclaration,
    ast.ClassicalDeclaration,
    ast.ConstantDeclaration,
    ast.QuantumGateDefinition,
    ast.QuantumGate,
    ast.QuantumPhase,
    ast.QuantumBarrier,
    ast.QuantumMeasurementStatement,
    OpaqueGate,
)
_IN_GATES = (ast.QuantumGate, ast.QuantumPhase, ast.QuantumBarrier)


class Ansatz:
    """A program that waits for its parameters.

    Args:
        text: A program in OpenQASM 2 or 3. The gates of both are defined without an include.

    Attributes:
        parameters: The names of its inputs in the order of their declaration, or where there are
            none the names that it does not declare, in the order in which the gates name them first.

    Raises:
        ProgramError: It is wrong, or has more than gates.
    """

    def __init__(self, text: str) -> None:
        try:
            self._program = parsed(text)
        except ProgramError as error:
            raise ProgramError(f"this is no OpenQASM 2 or 3: {error}") from error
        statements = self._program.statements = [
            each for each in self._program.statements if not _is_known_file(each)
        ]
        for statement in statements:
            _check(statement)
        declared = [each.identifier.name for each in statements if _is_input(each)]
        constants = version_of(self._program.version).constants
        free = [] if declared else _undeclared(statements, constants)
        self.parameters = list(dict.fromkeys(declared or free))
        statements[:0] = map(_input, dict.fromkeys(free))

    def gates(self, values: Sequence[float], limits: ProgramLimits) -> tuple[int, list[PlacedGate]]:
        """Return how many qubits it has, and its gates.

        Args:
            values: A number for each parameter.
            limits: The bounds on the circuit's size.

        Raises:
            ProgramError: It is wrong or too large, or measures before its end.
        """
        inputs = dict(zip(self.parameters, values, strict=True))
        width, operations = operations_of(self._program, limits, inputs, ALL_GATES)
        gates: list[PlacedGate] = []
        measured: set[int] = set()
        for operation in operations:
            if isinstance(operation, PlacedGate):
                if measured.intersection(operation.qubits):
                    raise ProgramError(
                        "a qubit is measured before its last gate; an ansatz has gates alone",
                        FailureCode.UNSUPPORTED,
                    )
                gates.append(operation)
            elif isinstance(operation, Measure):
                measured.add(operation.qubit)
        return width, gates


def _check(statement: Any) -> None:
    """Refuse all but gates, on qubits that nothing but gates acts on."""
    if not isinstance(statement, _STATEMENTS):
        raise _unsupported(statement)
    if isinstance(statement, ast.IODeclaration):
        _check_input(statement)
    elif isinstance(statement, ast.ClassicalDeclaration):
        if not isinstance(statement.type, ast.BitType):
            raise _unsupported(statement)
    elif isinstance(statement, ast.QuantumGateDefinition):
        for inner in statement.body:
            if not isinstance(inner, _IN_GATES):
                raise _unsupported(inner)
            _check_modifiers(inner)
    else:
        _check_modifiers(statement)


def _check_input(declaration: ast.IODeclaration) -> None:
    if not _is_input(declaration):
        raise _unsupported(declaration)
    if not isinstance(declaration.type, ast.FloatType | ast.AngleType):
        name = declaration.identifier.name
        raise _error(declaration, f"input {name} must be a float or an angle")


def _check_modifiers(statement: Any) -> None:
    modifiers = getattr(statement, "modifiers", ())
    if any(each.modifier is ast.GateModifierName.pow for each in modifiers):
        raise _error(statement, "pow is not supported in an ansatz")


def _is_known_file(statement: Any) -> bool:
    """Return whether a statement includes gates that are there without it."""
    return isinstance(statement, ast.Include) and statement.filename in FILES


def _is_input(statement: Any) -> TypeGuard[ast.IODeclaration]:
    return (
        isinstance(statement, ast.IODeclaration) and statement.io_identifier is ast.IOKeyword.input
    )


def _input(name: str) -> ast.IODeclaration:
    return ast.IODeclaration(ast.IOKeyword.input, ast.FloatType(None), ast.Identifier(name))


def _undeclared(statements: Sequence[Any], constants: Iterable[str]) -> list[str]:
    declared = set(constants)
    found = []
    for statement in statements:
        if isinstance(statement, ast.QubitDeclaration):
            declared.add(statement.qubit.name)
        elif isinstance(statement, ast.ClassicalDeclaration | ast.ConstantDeclaration):
            declared.add(statement.identifier.name)
        elif isinstance(statement, ast.QuantumGate):
            names = (name for each in statement.arguments for name in _names(each))
            found += [name for name in names if name not in declared]
    return found


def _names(expression: Any) -> Iterator[str]:
    """Yield the names of values in an expression as they come."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Identifier):
            yield node.name
        elif isinstance(node, ast.FunctionCall):
            waiting += reversed(node.arguments)
        elif isinstance(node, ast.Expression):
            waiting += reversed(vars(node).values())


def _unsupported(statement: Any) -> ProgramError:
    what = type(statement).__name__
    return _error(statement, f"an ansatz has gates alone, and this is a {what}")


def _error(statement: Any, message: str) -> ProgramError:
    return ProgramError(f"{place_of(statement)}: {message}", FailureCode.UNSUPPORTED)
