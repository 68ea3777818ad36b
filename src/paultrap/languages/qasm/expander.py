"""Gates of OpenQASM to operations: definitions are expanded, modifiers and registers carried out.

Statements that are no gates are the unroller's; this module executes the bodies of gates by it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from openqasm3 import ast

from paultrap.circuits import Opcode
from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.operations import Operations
from paultrap.languages.powers import merged, raised
from paultrap.languages.qasm.expressions import Expressions
from paultrap.languages.qasm.opaque import OpaqueGate
from paultrap.languages.qasm.scopes import Calls, Scopes
from paultrap.languages.qasm.standard import StandardGate, check_params
from paultrap.languages.qasm.values import GateDefinition, Qubits, Variable
from paultrap.languages.templates import Piece, Template, controlled, emit, placed


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


class GateExpander:
    """Applies gates, within the bodies of gates that are being expanded or to the operations.

    Args:
        limits: What the program may hold.
        operations: The list that gates are added to.
        expressions: Evaluates angles and finds qubits, in `Expressions.scopes`.
        execute: Executes one statement of a gate's body.
        calls: Bounds how deep gates contain each other.
    """

    def __init__(
        self,
        limits: ProgramLimits,
        operations: Operations,
        expressions: Expressions,
        execute: Callable[[Any], None],
        calls: Calls,
    ) -> None:
        self._limits = limits
        self._operations = operations
        self._expressions = expressions
        self._scopes: Scopes = expressions.scopes
        self._execute = execute
        self._calls = calls
        self._gates: dict[str, StandardGate] = {}
        # Where gates go: into the body of a gate that is being expanded, or else to the operations.
        self._body: list[Piece] | None = None
        self._own_qubits: tuple[str, ...] = ()  # of that gate

    def include(self, library: Mapping[str, StandardGate]) -> None:
        """Add gates that need not be defined from here on."""
        self._gates |= library

    def check_outside(self, what: str) -> None:
        """Refuse ``what`` where a gate's body is being expanded."""
        if self._body is not None:
            raise ProgramError(f"{what} within a gate's definition")

    def gate(self, node: Any) -> None:
        """Apply a gate.

        Raises:
            ProgramError: There is no such gate, or it does not fit what it acts on.
        """
        if node.duration is not None:
            raise ProgramError("the duration of a gate is not supported", FailureCode.UNSUPPORTED)
        modifiers = modifiers_of(node.modifiers, self._expressions, self._limits.qubits)
        params = tuple(self._expressions.argument(argument) for argument in node.arguments)
        operands = self._operands(node)
        found = self._scopes.find(node.name.name)
        if isinstance(found, GateDefinition) and found.resets:
            self._in_place(node.name.name, found, params, operands)
            return
        n_qubits, template = self._template(node.name.name, params)
        _check_operands(node.name.name, len(operands), n_qubits + modifiers.n_controls)
        self._broadcast(self._modified(template, modifiers), operands, modifiers.negative)

    def phase(self, node: Any) -> None:
        """Apply a phase, which may have controls.

        Raises:
            ProgramError: As of `gate`.
        """
        modifiers = modifiers_of(node.modifiers, self._expressions, self._limits.qubits)
        angle = self._expressions.real(node.argument)
        operands = self._operands(node)
        wanted = modifiers.n_controls
        if len(operands) != wanted:
            raise ProgramError(f"gphase acts on {wanted} qubits here, not {len(operands)}")
        template = self._modified([Piece(params=(angle,))], modifiers)
        self._broadcast(template, operands, modifiers.negative)

    def _operands(self, node: Any) -> list[Qubits]:
        if self._body is not None:
            for operand in node.qubits:
                if getattr(operand.name, "name", operand.name) not in self._own_qubits:
                    raise ProgramError("the definition of a gate acts on its own qubits alone")
        return [self._expressions.qubits(operand) for operand in node.qubits]

    def _in_place(
        self,
        name: str,
        gate: GateDefinition,
        params: tuple[float | complex, ...],
        operands: Sequence[Qubits],
    ) -> None:
        """Execute the body of a gate that resets qubits on each of its operands' qubits."""
        self.check_outside(f'"{name}", which resets qubits,')
        check_params(name, len(params), len(gate.params))
        _check_operands(name, len(operands), len(gate.qubits))
        for qubits in _broadcast(operands):
            names: dict[str, Any] = dict(zip(gate.params, map(_constant, params), strict=True))
            names |= {
                own: Qubits((qubit,), is_single=True)
                for own, qubit in zip(gate.qubits, qubits, strict=True)
            }
            with self._calls.deeper(), self._scopes.body(names):
                for statement in gate.body:
                    self._execute(statement)

    def _template(self, name: str, params: tuple[float | complex, ...]) -> tuple[int, Template]:
        """Return on how many qubits a gate acts, and what it does."""
        found = self._scopes.find(name)
        if isinstance(found, GateDefinition):
            check_params(name, len(params), len(found.params))
            return len(found.qubits), self._expanded(found, params)
        if isinstance(found, OpaqueGate):
            raise ProgramError(
                f'the gate "{name}" is opaque: the program does not say what it does',
                FailureCode.UNSUPPORTED,
            )
        gate = self._gates.get(name)
        if gate is None:
            raise ProgramError(
                f'there is no gate "{name[:40]}": it is neither defined nor included'
            )
        return gate.qubits, gate.template(gate.completed(name, params))

    def _expanded(self, gate: GateDefinition, params: tuple[float | complex, ...]) -> Template:
        if params in gate.templates:
            return gate.templates[params]
        names: dict[str, Any] = dict(zip(gate.params, map(_constant, params), strict=True))
        names |= {name: Qubits((place,), True) for place, name in enumerate(gate.qubits)}
        outer, self._body = self._body, []
        own, self._own_qubits = self._own_qubits, gate.qubits
        n_outer = self._expressions.n_outer
        with self._calls.deeper(), self._scopes.body(names):
            try:
                for statement in gate.body:
                    self._execute(statement)
                found = self._body
            finally:
                self._body = outer
                self._own_qubits = own
        if self._expressions.n_outer == n_outer:  # Else it may do something else next time.
            gate.templates[params] = found
        return found

    def _modified(self, template: Template, modifiers: Modifiers) -> Template:
        """Return what a gate under modifiers does.

        Powers pass controls, so that they are taken first, the innermost one first.
        """
        for exponent in modifiers.exponents:
            self._operations.step(len(template))
            template = raised(template, exponent, self._limits.gates, self._operations.small_steps)
        n_controls = modifiers.n_controls
        if not n_controls:
            return template
        self._operations.step(len(template))
        return controlled(template, n_controls)

    def _broadcast(
        self, template: Template, operands: Sequence[Qubits], negative: Sequence[int]
    ) -> None:
        for qubits in _broadcast(operands):
            flips = [Piece(targets=(k,), opcode=Opcode.X) for k in negative]
            self._add([*flips, *template, *flips] if flips else template, qubits)

    def _add(self, template: Template, qubits: Sequence[int]) -> None:
        # A definition of a few words can expand to many pieces, or to none on many qubits.
        self._operations.step(len(template) or 1)
        if self._body is None:
            emit(template, qubits, self._operations)
            return
        self._body += placed(template, qubits)
        self._limits.check_gates(len(self._body))


def _broadcast(operands: Sequence[Qubits]) -> Iterator[list[int]]:
    """Yield the qubits that a gate acts on, once for each qubit of the registers.

    Raises:
        ProgramError: The registers differ in size, or a qubit is named twice.
    """
    sizes = {len(operand.indices) for operand in operands if not operand.is_single}
    if len(sizes) > 1:
        raise ProgramError("the registers that a gate acts on differ in size")
    for place in range(sizes.pop() if sizes else 1):
        qubits = [operand.indices[0 if operand.is_single else place] for operand in operands]
        if len(set(qubits)) < len(qubits):
            raise ProgramError("a gate's qubits must differ from each other")
        yield qubits


def _check_operands(name: str, found: int, wanted: int) -> None:
    if found != wanted:
        raise ProgramError(f'the gate "{name}" acts on {wanted} qubits here, not {found}')


def _constant(value: complex) -> Variable:
    return Variable(ast.FloatType(None), value, is_const=True)


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
