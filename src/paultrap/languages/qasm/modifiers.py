"""What the modifiers of a gate say: powers, and controls of both signs."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from openqasm3 import ast

from paultrap.languages.errors import ProgramError
from paultrap.languages.powers import merged
from paultrap.languages.qasm.expressions import Expressions


class Modifiers(NamedTuple):
    """What modifiers say.

    Attributes:
        exponents: Of powers, in the order in which they are taken: whole ones are one.
        n_controls: How many qubits more the gate has.
        negative: Those of them that act where they are 0.
    """

    exponents: list[Fraction]
    n_controls: int
    negative: list[int]


def modifiers_of(found: Sequence[Any], expressions: Expressions, most: int) -> Modifiers:
    """Return what modifiers say.

    Args:
        found: The syntax of the modifiers, in the order of the text.
        expressions: Evaluates exponents and numbers of controls.
        most: The largest number of controls.

    Raises:
        ProgramError: There are more, or an exponent is too large.
    """
    negative: list[int] = []
    n_controls = 0
    exponents: list[Fraction] = []
    for modifier in found:
        argument = modifier.argument
        if modifier.modifier is ast.GateModifierName.inv:
            exponents.append(Fraction(-1))
        elif modifier.modifier is ast.GateModifierName.pow:
            exponents.append(Fraction(expressions.number(argument)))
        else:
            count = 1 if argument is None else expressions.whole(argument)
            if not 1 <= count <= most - n_controls:
                raise ProgramError(f"a gate cannot have {n_controls + count} controls")
            if modifier.modifier is ast.GateModifierName.negctrl:
                negative += range(n_controls, n_controls + count)
            n_controls += count
    return Modifiers(merged(reversed(exponents)), n_controls, negative)
