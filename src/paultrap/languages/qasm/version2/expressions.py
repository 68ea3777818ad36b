"""Expressions of OpenQASM 2: angles, which are real numbers whatever their literals look like."""

import math
from typing import Any

from openqasm3 import ast

from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError
from paultrap.languages.qasm.version2.stream import Stream

#: By the grammar, and the three inverses that are widely written.
FUNCTIONS = {"sin", "cos", "tan", "exp", "ln", "sqrt", "asin", "acos", "atan"}

_DEEPEST = 1_000  # brackets, signs and powers within each other
_OPERATORS = {symbol: ast.BinaryOperator[symbol] for symbol in "+-*/"}
_POWER = ast.BinaryOperator["**"]
_MINUS = ast.UnaryOperator["-"]


class Expressions:
    """Reads expressions from a stream of tokens.

    ``^`` is the power. It binds more tightly than a sign before it, and from right to left; a sign
    may follow it.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._depth = 0

    def listed(self) -> list[Any]:
        """Return the expressions between brackets, of which there may be none; none without them."""
        if not self._stream.take("("):
            return []
        found = []
        while not self._stream.take(")"):
            found.append(self.one())
            if not self._stream.take(","):
                self._stream.expect(")")
                break
        return found

    def one(self) -> Any:
        """Return an expression.

        Raises:
            ProgramError: There is none, or it nests too deeply.
        """
        found = self._product()
        while (symbol := self._stream.take("+", "-")) is not None:
            found = ast.BinaryExpression(_OPERATORS[symbol], found, self._product())
        return found

    def _product(self) -> Any:
        found = self._signed()
        while (symbol := self._stream.take("*", "/")) is not None:
            found = ast.BinaryExpression(_OPERATORS[symbol], found, self._signed())
        return found

    def _signed(self) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            message = f"nests too deeply: more than {_DEEPEST} brackets or signs within each other"
            error = self._stream.error(f"the program {message}")
            raise ProgramError(error.message, FailureCode.TOO_COMPLEX)
        symbol = self._stream.take("+", "-")
        found = self._power() if symbol is None else self._signed()
        self._depth -= 1
        return ast.UnaryExpression(_MINUS, found) if symbol == "-" else found

    def _power(self) -> Any:
        base = self._primary()
        if self._stream.take("^"):
            return ast.BinaryExpression(_POWER, base, self._signed())
        return base

    def _primary(self) -> Any:
        if self._stream.take("("):
            found = self.one()
            self._stream.expect(")")
            return found
        token = self._stream.token
        if token.kind in {"real", "integer"}:
            self._stream.advance()
            return ast.FloatLiteral(float(token.text))
        if token.kind == "imaginary":
            self._stream.advance()
            return ast.ImaginaryLiteral(float(token.text[:-1]))
        name = self._stream.name("an angle")
        if name == "pi":
            return ast.FloatLiteral(math.pi)
        if not self._stream.is_at("("):
            return ast.Identifier(name)
        if name not in FUNCTIONS:
            raise self._stream.error(f'there is no function "{name[:40]}" in OpenQASM 2', token)
        arguments = self.listed()
        if len(arguments) != 1:
            raise self._stream.error(f'"{name}" takes one number, not {len(arguments)}', token)
        return ast.FunctionCall(ast.Identifier(name), arguments)
