"""Loops and branches: carried out, by conditions and ranges that are known while unrolling."""

from collections.abc import Callable, Iterable
from typing import Any

from openqasm3 import ast

from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError
from paultrap.languages.operations import ONE
from paultrap.languages.qasm.expressions import Expressions
from paultrap.languages.qasm.values import Bits, MeasuredError, Variable


class Break(Exception):  # noqa: N818
    """A loop ends here."""


class Continue(Exception):  # noqa: N818
    """A loop continues with the next value."""


class ControlFlow:
    """Executes the blocks of loops and branches.

    Each statement raises `MeasuredError` where what it depends on is the outcome of a measurement,
    and what its expressions and blocks raise.

    Args:
        expressions: Evaluates conditions and ranges, in `Expressions.scopes`.
        run: Executes the statements of a block in a new scope.
        step: Counts one iteration of a loop as work.
    """

    def __init__(
        self,
        expressions: Expressions,
        run: Callable[[Iterable[Any]], None],
        step: Callable[[], None],
    ) -> None:
        self._expressions = expressions
        self._scopes = expressions.scopes
        self._run = run
        self._step = step

    def for_(self, node: Any) -> None:
        """Execute a block for each value of a range, a set or bits."""
        for value in self._values(node.set_declaration):
            self._step()
            with self._scopes.block():
                found = self._expressions.converted(value, node.type)
                self._scopes.declare(node.identifier.name, Variable(node.type, found))
                if not self._turn(node.block):
                    break

    def _values(self, node: Any) -> Iterable[Any]:
        if isinstance(node, ast.RangeDefinition):
            return self._expressions.range(node)
        if isinstance(node, ast.DiscreteSet):
            return [self._expressions.number(value) for value in node.values]
        found = self._expressions.value(node)
        if not isinstance(found, Bits):
            raise ProgramError("a loop goes over a range, a set or bits", FailureCode.UNSUPPORTED)
        if any(value >= 0 for value in found.values):
            raise MeasuredError
        return [int(value == ONE) for value in found.values]

    def while_(self, node: Any) -> None:
        """Execute a block as long as a condition holds."""
        while self._expressions.number(node.while_condition):
            self._step()
            if not self._turn(node.block):
                break

    def _turn(self, block: Iterable[Any]) -> bool:
        """Execute the block of a loop once, and return whether the loop continues."""
        try:
            self._run(block)
        except Break:
            return False
        except Continue:
            pass
        return True

    def if_(self, node: Any) -> None:
        """Execute one block of two."""
        holds = self._expressions.number(node.condition)
        self._run(node.if_block if holds else node.else_block)

    def switch_(self, node: Any) -> None:
        """Execute the block of the first label that a value equals, or the default."""
        value = self._expressions.number(node.target)
        for labels, block in node.cases:
            if any(self._expressions.number(label) == value for label in labels):
                self._run(block.statements)
                return
        if node.default is not None:
            self._run(node.default.statements)
