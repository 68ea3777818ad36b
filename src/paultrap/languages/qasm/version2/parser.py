"""`parsed`: the text of an OpenQASM 2 program to its syntax, by recursive descent in one pass."""

from collections.abc import Callable
from typing import Any

from openqasm3 import ast

from paultrap.languages.qasm.opaque import OpaqueGate
from paultrap.languages.qasm.version2.expressions import Expressions
from paultrap.languages.qasm.version2.stream import Stream
from paultrap.languages.qasm.version2.tokens import Token

#: What nothing can be called.
_RESERVED = {
    *("OPENQASM", "include", "qreg", "creg", "gate", "opaque", "barrier", "if", "measure", "reset"),
    "pi",
}
_MOST_DIGITS = 18  # of an index, a size or what a register is compared with
_ONLY_IN_3 = {
    *("qubit", "bit", "int", "uint", "float", "angle", "bool", "const", "let", "def", "for"),
    *("while", "switch", "box", "gphase", "ctrl", "negctrl", "inv", "pow", "input", "output"),
}


def parsed(text: str) -> ast.Program:
    """Return the syntax of a program, as version 3 would have it for the same.

    All numbers in angles are reals. Empty statements and a comma at the end of a list are allowed,
    as are names with capital letters.

    Args:
        text: A program of OpenQASM 2, whose version line may be missing.

    Raises:
        ProgramError: It follows another grammar; the message begins with the line and the column.
    """
    return _Parser(Stream(text)).program()


class _Parser:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._expressions = Expressions(stream)
        self._own_gates: set[str] = set()
        self._statements: dict[str, Callable[[], Any]] = {
            "include": self._include,
            "qreg": self._qreg,
            "creg": self._creg,
            "gate": self._gate_definition,
            "opaque": self._opaque,
            "barrier": self._barrier,
            "if": self._if,
            "measure": self._measure,
            "reset": self._reset,
        }

    def program(self) -> ast.Program:
        version = self._version()
        statements = []
        while self._stream.token.kind != "the end":
            if not self._stream.take(";"):
                statements.append(self._statement(self._statements))
        return ast.Program(statements, version)

    def _version(self) -> str:
        if self._stream.token.text != "OPENQASM":
            return "2.0"
        self._stream.advance()
        if self._stream.token.kind not in {"real", "integer"}:
            raise self._stream.unexpected("a version")
        version = self._stream.advance().text
        self._stream.expect(";")
        return version

    def _statement(self, kinds: dict[str, Callable[[], Any]]) -> Any:
        first = self._stream.token
        read = kinds.get(first.text) if first.kind == "name" else None
        if read is not None:
            self._stream.advance()
            return self._placed(first, read())
        if first.text in self._statements or first.kind != "name" or first.text in _RESERVED:
            raise self._stream.unexpected("a statement")
        return self._placed(first, self._gate())

    def _placed(self, first: Token, node: Any) -> Any:
        line, column = self._stream.places.of(first.start)
        node.span = ast.Span(line, column, line, column)
        return node

    # Declarations

    def _include(self) -> Any:
        if self._stream.token.kind != "string":
            raise self._stream.unexpected("the name of a file")
        name = self._stream.advance().text[1:-1]
        self._stream.expect(";")
        return ast.Include(name)

    def _qreg(self) -> Any:
        name, size = self._register()
        return ast.QubitDeclaration(name, size)

    def _creg(self) -> Any:
        name, size = self._register()
        return ast.ClassicalDeclaration(ast.BitType(size), name)

    def _register(self) -> tuple[Any, Any]:
        name = self._new_name()
        self._stream.expect("[")
        size = self._integer()
        self._stream.expect("]")
        self._stream.expect(";")
        return name, size

    def _gate_definition(self) -> Any:
        name, parameters, qubits = self._signature()
        self._stream.expect("{")
        # Qiskit writes its ``initialize`` with resets, which the grammar does not have there.
        within = {"barrier": self._barrier, "reset": self._reset}
        body = []
        while not self._stream.take("}"):
            if not self._stream.take(";"):
                body.append(self._statement(within))
        return ast.QuantumGateDefinition(name, parameters, qubits, body)

    def _opaque(self) -> Any:
        name, parameters, qubits = self._signature()
        self._stream.expect(";")
        return OpaqueGate(name, len(parameters), len(qubits))

    def _signature(self) -> tuple[Any, list[Any], list[Any]]:
        name = self._new_name()
        self._own_gates.add(name.name)
        parameters = []
        if self._stream.take("("):
            parameters = [] if self._stream.is_at(")") else self._names(")")
            self._stream.expect(")")
        return name, parameters, self._names("{", ";")

    def _names(self, *ends: str) -> list[Any]:
        found = [self._new_name()]
        while self._stream.take(",") and not any(self._stream.is_at(end) for end in ends):
            found.append(self._new_name())
        return found

    def _new_name(self) -> Any:
        if self._stream.token.text in _RESERVED:
            raise self._stream.unexpected("a name")
        return ast.Identifier(self._stream.name("a name"))

    # Operations

    def _gate(self) -> Any:
        first = self._stream.token
        name = self._stream.name("a gate")
        if name in _ONLY_IN_3 and name not in self._own_gates:
            message = f'"{name}" belongs to OpenQASM 3, and this program is one of version 2'
            raise self._stream.error(message, first)
        arguments = self._expressions.listed()
        operands = self._operands()
        self._stream.expect(";")
        return ast.QuantumGate([], ast.Identifier(name), arguments, operands)

    def _barrier(self) -> Any:
        operands = [] if self._stream.is_at(";") else self._operands()
        self._stream.expect(";")
        return ast.QuantumBarrier(operands)

    def _measure(self) -> Any:
        qubit = self._operand()
        self._stream.expect("->")
        target = self._operand()
        self._stream.expect(";")
        return ast.QuantumMeasurementStatement(ast.QuantumMeasurement(qubit), target)

    def _reset(self) -> Any:
        operand = self._operand()
        self._stream.expect(";")
        return ast.QuantumReset(operand)

    def _if(self) -> Any:
        self._stream.expect("(")
        register = self._operand()
        self._stream.expect("==")
        value = self._integer()
        self._stream.expect(")")
        condition = ast.BinaryExpression(ast.BinaryOperator["=="], register, value)
        block = self._statement({"measure": self._measure, "reset": self._reset})
        return ast.BranchingStatement(condition, [block], [])

    def _operands(self) -> list[Any]:
        found = [self._operand()]
        while self._stream.take(",") and not self._stream.is_at(";"):
            found.append(self._operand())
        return found

    def _operand(self) -> Any:
        name = ast.Identifier(self._stream.name("a register"))
        if not self._stream.take("["):
            return name
        index = self._integer()
        self._stream.expect("]")
        return ast.IndexedIdentifier(name, [[index]])

    def _integer(self) -> Any:
        token = self._stream.token
        if token.kind != "integer":
            raise self._stream.unexpected("a whole number")
        if len(token.text) > _MOST_DIGITS:
            raise self._stream.error("a number is too large")
        self._stream.advance()
        return ast.IntegerLiteral(int(token.text))
