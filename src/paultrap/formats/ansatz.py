"""An ansatz: a circuit in OpenQASM 2 or 3 whose parameters are bound to numbers.

`bound` puts numbers in the place of parameters, in the text itself, so that any reader of OpenQASM
can follow; `_circuit` is the one that does. Both need the package `pyqasm`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, NamedTuple

from paultrap.circuits import Opcode, Program
from paultrap.circuits.building import PlacedGate, circuit_of
from paultrap.formats.errors import CircuitError, shorten
from paultrap.formats.limits import CircuitLimits

__all__ = ["PATH", "bound", "read_ansatz"]

PATH = "input.data.data.ansatz.data"

# Parsing takes some 20 microseconds for each character.
_LONGEST_TEXT = 1 << 16
_MOST_NAMES = 10
_MOST_BITS = 4096
_CONSTANTS = frozenset({"pi", "tau", "euler", "π", "τ", "ℇ"})
_STATEMENTS = (
    "Include",
    "IODeclaration",
    "QubitDeclaration",
    "ClassicalDeclaration",
    "ConstantDeclaration",
    "QuantumGateDefinition",
    "QuantumGate",
    "QuantumPhase",
    "QuantumBarrier",
    "QuantumMeasurementStatement",
)
_IN_GATES = ("QuantumGate", "QuantumPhase", "QuantumBarrier")


class _Piece(NamedTuple):
    opcode: Opcode
    controls: int = 0


_GATES: dict[str, _Piece] = {
    "x": _Piece(Opcode.X),
    "y": _Piece(Opcode.Y),
    "z": _Piece(Opcode.Z),
    "h": _Piece(Opcode.H),
    "s": _Piece(Opcode.S),
    "sdg": _Piece(Opcode.SI),
    "t": _Piece(Opcode.T),
    "tdg": _Piece(Opcode.TI),
    "sx": _Piece(Opcode.V),
    "sxdg": _Piece(Opcode.VI),
    "rx": _Piece(Opcode.RX),
    "ry": _Piece(Opcode.RY),
    "rz": _Piece(Opcode.RZ),
    "p": _Piece(Opcode.ZPOW),
    "phase": _Piece(Opcode.ZPOW),
    "u1": _Piece(Opcode.ZPOW),
    "cx": _Piece(Opcode.X, 1),
    "CX": _Piece(Opcode.X, 1),
    "cnot": _Piece(Opcode.X, 1),
    "cy": _Piece(Opcode.Y, 1),
    "cz": _Piece(Opcode.Z, 1),
    "ch": _Piece(Opcode.H, 1),
    "crx": _Piece(Opcode.RX, 1),
    "cry": _Piece(Opcode.RY, 1),
    "crz": _Piece(Opcode.RZ, 1),
    "cp": _Piece(Opcode.ZPOW, 1),
    "cphase": _Piece(Opcode.ZPOW, 1),
    "cu1": _Piece(Opcode.ZPOW, 1),
    "ccx": _Piece(Opcode.X, 2),
    "swap": _Piece(Opcode.SWAP),
    "cswap": _Piece(Opcode.SWAP, 1),
    "rxx": _Piece(Opcode.XX),
    "ryy": _Piece(Opcode.YY),
    "rzz": _Piece(Opcode.ZZ),
}
_ANY_ROTATION = ("U", "u", "u3")
_INVERSES = {
    Opcode.S: Opcode.SI,
    Opcode.SI: Opcode.S,
    Opcode.T: Opcode.TI,
    Opcode.TI: Opcode.T,
    Opcode.V: Opcode.VI,
    Opcode.VI: Opcode.V,
}


def read_ansatz(text: str, params: Sequence[float], limits: CircuitLimits) -> Program:
    """Return the one circuit of an ansatz.

    Args:
        text: OpenQASM 2 or 3 with gates alone; measurements at its end count for nothing.
        params: A number for each parameter: for each ``input``, in the order of their declaration,
            or where there is none for each name that is not declared, in the order in which the
            gates name them first.
        limits: What the circuit may hold.

    Raises:
        CircuitError: It cannot be read or run.
    """
    return _circuit(bound(text, params, limits), limits)


def bound(text: str, params: Sequence[float], limits: CircuitLimits) -> str:
    """Return the text with a number for each parameter; see `read_ansatz`."""
    if len(text) > _LONGEST_TEXT:
        raise _error(f"the text has {len(text):,} characters; the limit is {_LONGEST_TEXT:,}")
    statements = _parsed(text)
    _check(statements, limits)
    places = sorted(_inputs(statements, text) or _free_names(statements, text))
    names = list(dict.fromkeys(place.name for place in places))
    if len(names) != len(params):
        raise CircuitError(
            f"input.params has {len(params)} numbers, and the ansatz has {len(names)} parameters"
            f"{': ' if names else ''}{', '.join(names[:_MOST_NAMES])}",
            path="input.params",
            field="params",
        )
    values = dict(zip(names, map(repr, map(float, params)), strict=True))
    for place in reversed(places):
        text = text[: place.begin] + place.put % values[place.name] + text[place.end :]
    return text


class _Place(NamedTuple):
    """Where in the text a parameter stands, and what is put there for its value."""

    begin: int
    end: int
    name: str
    put: str


def _inputs(statements: Sequence[Any], text: str) -> list[_Place]:
    found = []
    for statement in statements:
        if type(statement).__name__ != "IODeclaration":
            continue
        name = statement.identifier.name
        if statement.io_identifier.name != "input":
            raise _unsupported(statement)
        if type(statement.type).__name__ not in {"FloatType", "AngleType"}:
            raise _error(f"line {_line(statement)}: input {name} must be a float or an angle")
        span = statement.span
        begin = _offset(text, span.start_line, span.start_column)
        end = _offset(text, span.end_line, span.end_column) + 1
        found.append(_Place(begin, end, name, f"const float[64] {name} = %s;"))
    return found


def _free_names(statements: Sequence[Any], text: str) -> list[_Place]:
    declared = set(_CONSTANTS)
    found = []
    for statement in statements:
        if type(statement).__name__ == "ConstantDeclaration":
            declared.add(statement.identifier.name)
        elif type(statement).__name__ == "QuantumGate":
            found += [
                _Place(begin, begin + len(name.name), name.name, "(%s)")
                for argument in statement.arguments
                for name in _identifiers(argument)
                if name.name not in declared
                for begin in [_offset(text, name.span.start_line, name.span.start_column)]
            ]
    return found


def _identifiers(expression: Any) -> Iterator[Any]:
    kind = type(expression).__name__
    if kind == "Identifier":
        yield expression
    elif kind == "BinaryExpression":
        yield from _identifiers(expression.lhs)
        yield from _identifiers(expression.rhs)
    elif kind == "UnaryExpression":
        yield from _identifiers(expression.expression)
    elif kind == "FunctionCall":
        for argument in expression.arguments:
            yield from _identifiers(argument)


def _offset(text: str, line: int, column: int) -> int:
    begin = 0
    for _ in range(line - 1):
        begin = text.index("\n", begin) + 1
    return begin + column


def _parsed(text: str) -> list[Any]:
    openqasm3, _ = _packages()
    try:
        return list(openqasm3.parse(text).statements)
    except RecursionError:
        raise _error("the program is nested too deeply") from None
    except Exception:  # noqa: BLE001  # the parser's own, ANTLR's, and what both let through
        raise _error("this is no OpenQASM 2 or 3") from None


def _packages() -> tuple[ModuleType, ModuleType]:
    try:
        import openqasm3  # noqa: PLC0415  # both take half a second, and few jobs need them
        import pyqasm  # noqa: PLC0415
    except ImportError:
        raise _error(
            'OpenQASM is read with the package "pyqasm", which is not installed beside this '
            "server: pip install paultrap[qasm]"
        ) from None
    return openqasm3, pyqasm


def _check(statements: Sequence[Any], limits: CircuitLimits) -> None:
    """Refuse all but gates, and too many before they are unrolled: little text can mean millions."""
    sizes: dict[str, int] = {}
    qubits = gates = 0
    for statement in statements:
        kind = type(statement).__name__
        if kind not in _STATEMENTS:
            raise _unsupported(statement)
        _check_arithmetic(statement)
        if kind == "ClassicalDeclaration":
            _check_bits(statement)
        elif kind == "QubitDeclaration":
            qubits += _size(statement)
            limits.check_qubits(qubits, PATH)
        elif kind == "QuantumGateDefinition":
            sizes[statement.name.name] = _size_of_gate(statement, sizes)
        elif kind == "QuantumGate":
            _check_modifiers(statement)
            gates += sizes.get(statement.name.name, 1)
            limits.check_gates(gates, PATH)
    if qubits == 0:
        raise _error("it declares no qubits")


def _size_of_gate(definition: Any, sizes: dict[str, int]) -> int:
    size = 0
    for inner in definition.body:
        if type(inner).__name__ not in _IN_GATES:
            raise _unsupported(inner)
        if type(inner).__name__ == "QuantumGate":
            _check_modifiers(inner)
            size += sizes.get(inner.name.name, 1)
    return size


def _size(declaration: Any) -> int:
    if declaration.size is None:
        return 1
    size = getattr(declaration.size, "value", None)
    if not isinstance(size, int):
        raise _error(f"line {_line(declaration)}: the size of a register must be a number")
    return size


def _check_bits(declaration: Any) -> None:
    if type(declaration.type).__name__ != "BitType":
        raise _unsupported(declaration)
    if declaration.type.size is not None and _size(declaration.type) > _MOST_BITS:
        raise _error(f"line {_line(declaration)}: a register has at most {_MOST_BITS} bits")


def _check_arithmetic(statement: Any) -> None:
    """Refuse what can make whole numbers of millions of digits of a few characters."""
    for node in _nodes(statement):
        if type(node).__name__ == "BinaryExpression":
            operator = node.op.name
            products = operator == "*" and _has_name(node.lhs) and _has_name(node.rhs)
            if operator in {"**", "<<"} or products:
                raise _error(
                    f"line {_line(statement)}: ** and << and products of two names are not "
                    "supported in an ansatz"
                )


def _has_name(expression: Any) -> bool:
    return any(
        type(node).__name__ == "Identifier" and node.name not in _CONSTANTS
        for node in _nodes(expression)
    )


def _nodes(root: Any) -> Iterator[Any]:
    """Yield the nodes of the syntax tree below ``root``, and it."""
    openqasm3, _ = _packages()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):  # indices are lists of lists
            waiting += node
        elif isinstance(node, openqasm3.ast.QASMNode):
            yield node
            waiting += vars(node).values()


def _check_modifiers(gate: Any) -> None:
    if any(modifier.modifier.name == "pow" for modifier in gate.modifiers):
        raise _error(f"line {_line(gate)}: pow is not supported in an ansatz")


def _circuit(text: str, limits: CircuitLimits) -> Program:
    """Return the circuit of a program without parameters."""
    _, pyqasm = _packages()
    try:
        module = pyqasm.loads(text)
        module.unroll(external_gates=[*_GATES, *_ANY_ROTATION])
        statements = module.unrolled_ast.statements
    except RecursionError:
        raise _error("the program is nested too deeply") from None
    except Exception as error:  # noqa: BLE001  # pyqasm raises whatever its parts raise
        raise _error(_first_line(error)) from None
    first: dict[str, int] = {}
    width = 0
    gates: list[PlacedGate] = []
    measured: set[int] = set()
    for statement in statements:
        kind = type(statement).__name__
        if kind == "QubitDeclaration":
            first[statement.qubit.name] = width
            width += _size(statement)
        elif kind == "QuantumMeasurementStatement":
            measured.add(_qubit(statement.measure.qubit, first))
        elif kind == "QuantumGate":
            placed = _placed(statement, first)
            if any(measured.intersection(gate.qubits) for gate in placed):
                raise _error("a qubit is measured before its last gate; an ansatz has gates alone")
            gates += placed
            limits.check_gates(len(gates), PATH)
    return circuit_of(width, gates)


def _placed(statement: Any, first: dict[str, int]) -> list[PlacedGate]:
    name = statement.name.name
    qubits = [_qubit(each, first) for each in statement.qubits]
    angles = [_number(each) for each in statement.arguments]
    controls = 0
    inverse = False
    for modifier in statement.modifiers:
        if modifier.modifier.name == "ctrl":
            controls += 1 if modifier.argument is None else int(_number(modifier.argument))
        elif modifier.modifier.name == "inv":
            inverse = not inverse
        else:
            raise _error(f"{modifier.modifier.name} @ {name} is not supported in an ansatz")
    pieces: list[tuple[Opcode, tuple[float, ...]]]
    if name in _ANY_ROTATION:
        theta, phi, lam = angles
        pieces = [(Opcode.ZPOW, (lam,)), (Opcode.RY, (theta,)), (Opcode.ZPOW, (phi,))]
    elif name in _GATES:
        controls += _GATES[name].controls
        pieces = [(_GATES[name].opcode, tuple(angles))]
    elif name == "id":
        pieces = []
    else:
        raise _error(f"gate {shorten(name)} is not supported in an ansatz")
    if inverse:
        pieces = [(_INVERSES.get(op, op), tuple(-a for a in angles)) for op, angles in pieces[::-1]]
    order = (*qubits[controls:], *qubits[:controls])
    if len(set(order)) != len(order):
        raise _error(f"gate {name} names a qubit twice")
    return [PlacedGate(opcode, order, controls, params) for opcode, params in pieces]


def _qubit(place: Any, first: dict[str, int]) -> int:
    return first[place.name.name] + int(_number(place.indices[0][0]))


def _number(expression: Any) -> float:
    if type(expression).__name__ == "UnaryExpression":
        return -_number(expression.expression)
    value = float(expression.value)
    if not math.isfinite(value):
        raise _error("an angle is not a finite number")
    return value


def _unsupported(statement: Any) -> CircuitError:
    what = type(statement).__name__
    return _error(f"line {_line(statement)}: an ansatz has gates alone, and this is a {what}")


def _line(statement: Any) -> str:
    return "?" if statement.span is None else str(statement.span.start_line)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def _error(message: str) -> CircuitError:
    return CircuitError(f"{PATH}: {message}", path=PATH, field="data")
