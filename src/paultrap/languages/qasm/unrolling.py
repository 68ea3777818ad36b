"""OpenQASM 3 to operations: everything that is known beforehand is carried out.

Loops, branches and subroutines that depend on nothing measured are unrolled, gate definitions and
modifiers are expanded; what would have to wait for a measurement is refused.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from openqasm3 import ast

from paultrap.circuits import Message, within
from paultrap.errors import FailureCode
from paultrap.languages.deferral import ReadProgram
from paultrap.languages.errors import ProgramError
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.operations import ZERO, Operation, Operations
from paultrap.languages.qasm import arithmetic
from paultrap.languages.qasm.control import Break, Continue, ControlFlow
from paultrap.languages.qasm.conversions import Conversions
from paultrap.languages.qasm.expander import GateExpander
from paultrap.languages.qasm.expressions import Expressions
from paultrap.languages.qasm.fixed import FixedAngle, SizedInt
from paultrap.languages.qasm.opaque import OpaqueGate
from paultrap.languages.qasm.places import place_of
from paultrap.languages.qasm.registers import Registers
from paultrap.languages.qasm.scopes import Calls, Scopes
from paultrap.languages.qasm.standard import NO_GATES, StandardGate
from paultrap.languages.qasm.subroutines import Return, Subroutines
from paultrap.languages.qasm.values import (
    Bits,
    GateDefinition,
    MeasuredError,
    Qubits,
    Subroutine,
    Value,
    Variable,
    number_of,
)
from paultrap.languages.qasm.versions import version_of

_REFUSED = {
    ast.DelayInstruction: "delay",
    ast.CalibrationDefinition: "defcal",
    ast.CalibrationGrammarDeclaration: "defcalgrammar",
    ast.CalibrationStatement: "cal",
    ast.ExternDeclaration: "extern",
    ast.DurationOf: "durationof",
}
_DYNAMIC = {
    ast.BranchingStatement: 'an "if" on the outcome of a measurement',
    ast.WhileLoop: 'a "while" on the outcome of a measurement',
    ast.SwitchStatement: 'a "switch" on the outcome of a measurement',
    ast.ForInLoop: 'a "for" over the outcome of a measurement',
}


def unrolled(
    program: ast.Program, limits: ProgramLimits, gates: Mapping[str, StandardGate] = NO_GATES
) -> ReadProgram:
    """Return the circuit of a program.

    Args:
        program: The syntax of the program.
        limits: The bounds on the circuit's size.
        gates: What it need not include.

    Raises:
        ProgramError: It is wrong, too large, or does what is not supported; the message begins with
            the line and the column.
    """
    unroller = _Unroller(limits, {})
    unroller.include(gates)
    unroller.run(program)
    return unroller.circuit()


def operations_of(
    program: ast.Program,
    limits: ProgramLimits,
    inputs: Mapping[str, float],
    gates: Mapping[str, StandardGate],
) -> tuple[int, list[Operation]]:
    """Return how many qubits a program has, and what it does.

    Args:
        program: The syntax of the program.
        limits: The bounds on the circuit's size.
        inputs: A number for each of its inputs.
        gates: What it need not include.

    Raises:
        ProgramError: As of `unrolled`.
    """
    unroller = _Unroller(limits, inputs)
    unroller.include(gates)
    unroller.run(program)
    return unroller.registers.n_qubits, unroller.operations.found


class _End(Exception):  # noqa: N818  # not an error
    """The program says that it ends here."""


class _PlacedError(ProgramError):
    """A `ProgramError` whose message names the line."""


class _Unroller:
    def __init__(self, limits: ProgramLimits, inputs: Mapping[str, float]) -> None:
        self._inputs = inputs
        self._version = version_of(None)
        self._scopes = Scopes()
        self.operations = Operations(limits)
        self.registers = Registers(limits)
        self._expressions = Expressions(
            self._scopes, self._call, self.operations.small_steps, self.registers.physical
        )
        calls = Calls()
        self._expander = GateExpander(
            limits, self.operations, self._expressions, self._execute, calls
        )
        self._conversions = Conversions(self._expressions, self.operations.small_steps)
        self._subroutines = Subroutines(
            self._expressions, self._conversions, calls, self._execute, self.operations.step
        )
        control = ControlFlow(self._expressions, self._block, self.operations.step)
        self._visits: dict[type, Callable[[Any], None]] = {
            ast.Include: self._include,
            ast.QubitDeclaration: self._declare_qubits,
            ast.ClassicalDeclaration: self._declare,
            ast.ConstantDeclaration: self._declare_constant,
            ast.IODeclaration: self._declare_interface,
            ast.QuantumGateDefinition: self._define_gate,
            OpaqueGate: self._declare_opaque,
            ast.SubroutineDefinition: self._define_subroutine,
            ast.AliasStatement: self._alias,
            ast.QuantumGate: self._expander.gate,
            ast.QuantumPhase: self._expander.phase,
            ast.QuantumMeasurementStatement: self._measure,
            ast.QuantumReset: self._reset,
            ast.QuantumBarrier: self._barrier,
            ast.Pragma: self._skip,
            ast.ClassicalAssignment: self._assign,
            ast.ExpressionStatement: self._expression,
            ast.ForInLoop: control.for_,
            ast.WhileLoop: control.while_,
            ast.BranchingStatement: control.if_,
            ast.SwitchStatement: control.switch_,
            ast.CompoundStatement: lambda node: self._block(node.statements),
            ast.Box: self._box,
            ast.BreakStatement: self._raise(Break),
            ast.ContinueStatement: self._raise(Continue),
            ast.EndStatement: self._raise(_End),
            ast.ReturnStatement: self._return,
        }

    def include(self, gates: Mapping[str, StandardGate]) -> None:
        self._expander.include(gates)

    def run(self, program: ast.Program) -> None:
        self._version = version_of(program.version)
        self._expressions.constants = self._version.constants
        self._expander.include(self._version.built_in)
        try:
            for statement in program.statements:
                self._execute(statement)
        except _End:
            pass
        except (Break, Continue, Return) as error:
            raise ProgramError("break, continue or return outside of a block") from error
        if not self.registers.n_qubits:
            raise ProgramError("the program declares no qubits")

    def circuit(self) -> ReadProgram:
        """Return the circuit of what was run."""
        return self.registers.circuit(self.operations)

    def _execute(self, node: Any) -> None:
        try:
            self.operations.step()
            self._visits.get(type(node), _refuse)(node)
        except _PlacedError:
            raise
        except MeasuredError as error:
            what = _DYNAMIC.get(type(node), "computing with the outcome of a measurement")
            message = f"{what} is not supported: no target runs dynamic circuits"
            raise _placed(node, message, FailureCode.UNSUPPORTED) from error
        except ProgramError as error:
            raise _placed(node, error.message, error.code) from error

    def _block(self, statements: Iterable[Any]) -> None:
        with self._scopes.block():
            for statement in statements:
                self._execute(statement)

    def _box(self, node: Any) -> None:
        if node.duration is not None:
            raise ProgramError("the duration of a box is not supported", FailureCode.UNSUPPORTED)
        self._block(node.body)

    def _barrier(self, node: Any) -> None:
        for operand in node.qubits:
            self._expressions.qubits(operand)  # which must be there; no outcome changes

    def _skip(self, node: Any) -> None:
        """Pragmas change no outcome."""

    @staticmethod
    def _raise(kind: type[Exception]) -> Callable[[Any], None]:
        def leave(_: Any) -> None:
            raise kind

        return leave

    # Declarations

    def _include(self, node: Any) -> None:
        self._expander.include(self._version.included(node.filename))

    def _declare_qubits(self, node: Any) -> None:
        if not self._scopes.is_global:
            raise ProgramError("qubits are declared outside of blocks only")
        size = self._expressions.size(node.size, self._version.least_size)
        self._scopes.declare(node.qubit.name, self.registers.declare_qubits(size))

    def _declare(self, node: Any) -> None:
        if isinstance(node.type, ast.BitType):
            self._declare_bits(node)
            return
        arithmetic.converted(0, node.type, None)  # refuses what is no number
        self._expressions.size_of_type(node.type)
        value = None
        if node.init_expression is not None:
            value = self._conversions.number(node.init_expression, node.type)
        self._scopes.declare(node.identifier.name, Variable(node.type, value))

    def _declare_bits(self, node: Any) -> None:
        size = self._expressions.size(node.type.size, self._version.least_size)
        width = 1 if size is None else size
        self.operations.small_steps(width)
        bits = Bits([ZERO] * width, tuple(range(width)), size is None)
        initial = getattr(node, "init_expression", None)
        if isinstance(initial, ast.QuantumMeasurement):
            bits.write(self._outcomes(self._expressions.qubits(initial.qubit), width))
            self.registers.is_measured = True
        elif initial is not None:
            bits.write(self._conversions.bits(initial, width))
        self._scopes.declare(node.identifier.name, bits)
        if self._scopes.is_global:
            self.registers.declare_bits(node.identifier.name, bits)

    def _declare_constant(self, node: Any) -> None:
        if isinstance(node.type, ast.BitType):
            width = self._expressions.size(node.type.size) or 1
            cells = self._conversions.bits(node.init_expression, width)
            found = Bits(cells, tuple(range(width)), node.type.size is None)
            self._scopes.declare(node.identifier.name, found)
            return
        value = self._conversions.number(node.init_expression, node.type)
        self._scopes.declare(node.identifier.name, Variable(node.type, value, is_const=True))

    def _declare_interface(self, node: Any) -> None:
        name = node.identifier.name
        if node.io_identifier is ast.IOKeyword.output:
            self._declare(node)
        elif name in self._inputs:
            value = self._expressions.converted(self._inputs[name], node.type)
            self._scopes.declare(name, Variable(node.type, value, is_const=True))
        else:
            raise ProgramError(
                f'"input {name}" is not supported: send the program with its values',
                FailureCode.UNSUPPORTED,
            )

    def _define_gate(self, node: Any) -> None:
        params = tuple(param.name for param in node.arguments)
        qubits = tuple(qubit.name for qubit in node.qubits)
        if len({*params, *qubits}) < len(params) + len(qubits):
            raise ProgramError(f'the gate "{node.name.name}" names something twice')
        resets = self._version.number == 2 and any(map(self._resets, node.body))  # noqa: PLR2004
        self._scopes.declare(node.name.name, GateDefinition(params, qubits, node.body, resets))

    def _resets(self, node: Any) -> bool:
        """Return whether a statement of a gate's body resets qubits."""
        if not isinstance(node, ast.QuantumGate):
            return isinstance(node, ast.QuantumReset)
        found = self._scopes.find(node.name.name)
        return isinstance(found, GateDefinition) and found.resets

    def _declare_opaque(self, node: Any) -> None:
        self._scopes.declare(node.name.name, node)

    def _define_subroutine(self, node: Any) -> None:
        self._scopes.declare(node.name.name, Subroutine(node))

    def _alias(self, node: Any) -> None:
        found = self._expressions.value(node.value)
        if not isinstance(found, Qubits | Bits):
            raise ProgramError("an alias is one of a register")
        self._scopes.declare(node.target.name, found)

    # Quantum

    def _measure(self, node: Any) -> None:
        qubits = self._expressions.qubits(node.measure.qubit)
        if node.target is None:
            self._outcomes(qubits, len(qubits.indices))
            return
        bits = self._expressions.bits(node.target)
        bits.write(self._outcomes(qubits, len(bits.indices)))
        self.registers.is_measured |= bool(bits.indices)

    def _outcomes(self, qubits: Qubits, wanted: int) -> list[int]:
        self._expander.check_outside("measure")
        if len(qubits.indices) != wanted:
            raise ProgramError(f"{len(qubits.indices)} qubits are measured into {wanted} bits")
        return [self.operations.measure(qubit) for qubit in qubits.indices]

    def _reset(self, node: Any) -> None:
        self._expander.check_outside("reset")
        for qubit in self._expressions.qubits(node.qubits).indices:
            self.operations.reset(qubit)

    # Classical

    def _assign(self, node: Any) -> None:
        name = node.lvalue if isinstance(node.lvalue, ast.Identifier) else node.lvalue.name
        target = self._scopes.get(name.name)
        if isinstance(target, Bits):
            bits = self._expressions.bits(node.lvalue)
            bits.write(self._conversions.cells(self._assigned(node, bits), len(bits.indices)))
            return
        if not isinstance(target, Variable) or target.is_const:
            raise ProgramError(f'"{name.name}" cannot be assigned to')
        if not isinstance(node.lvalue, ast.Identifier):
            self._assign_bits(target, node)
            return
        before = self._expressions.value(node.lvalue) if node.op.name != "=" else None
        target.value = self._expressions.converted(self._assigned(node, before), target.type)

    def _assigned(self, node: Any, before: Value | None) -> Value:
        """Return what an assignment assigns; a compound one computes with the value before."""
        value = self._expressions.value(node.rvalue)
        if node.op.name == "=" or before is None:
            return value
        return self._expressions.combined(node.op.name.removesuffix("="), before, value)

    def _assign_bits(self, target: Variable, node: Any) -> None:
        """Assign to some of the bits of a number."""
        value = self._expressions.value(node.lvalue.name)
        if node.op.name != "=" or not isinstance(value, SizedInt | FixedAngle):
            raise ProgramError(
                "bits are assigned to those of whole numbers and of angles of a size alone",
                FailureCode.UNSUPPORTED,
            )
        whole = self._expressions.bits_of(value)
        part = self._expressions.part(whole, node.lvalue.indices)
        assert isinstance(part, Bits)  # noqa: S101  # for mypy
        part.write(self._conversions.bits(node.rvalue, len(part.indices)))
        target.value = value.with_bits(int(number_of(whole)))

    def _expression(self, node: Any) -> None:
        expression = node.expression
        if isinstance(expression, ast.FunctionCall):
            subroutine = self._scopes.find(expression.name.name)
            if isinstance(subroutine, Subroutine):
                self._call(subroutine, expression.arguments)
                return
        self._expressions.value(expression)

    def _call(self, subroutine: Subroutine, arguments: Sequence[Any]) -> Value | None:
        return self._subroutines.call(subroutine, arguments)

    def _return(self, node: Any) -> None:
        if node.expression is None:
            raise Return(None)
        if not self._subroutines.may_return:
            raise ProgramError("a subroutine without a return type returns no value")
        if isinstance(node.expression, ast.QuantumMeasurement):
            qubits = self._expressions.qubits(node.expression.qubit)
            width = len(qubits.indices)
            self.registers.is_measured = True
            cells = self._outcomes(qubits, width)
            raise Return(Bits(cells, tuple(range(width)), qubits.is_single))
        value = self._expressions.value(node.expression)
        if isinstance(value, Bits):
            value = Bits(value.values, tuple(range(len(value.indices))), value.is_single)
        raise Return(value)


def _refuse(node: Any) -> None:
    what = _REFUSED.get(type(node), type(node).__name__)
    raise ProgramError(f'"{what}" is not supported', FailureCode.UNSUPPORTED)


def _placed(node: Any, message: Message, code: FailureCode) -> _PlacedError:
    return _PlacedError(within(message, f"{place_of(node)}: "), code)
