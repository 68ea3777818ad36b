"""OpenQASM 3 to operations: everything that is known beforehand is carried out.

Loops, branches and subroutines that depend on nothing measured are unrolled, gate definitions and
modifiers are expanded; what would have to wait for a measurement is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from openqasm3 import ast

from paultrap.circuits import Message, Opcode, Register, within
from paultrap.errors import FailureCode
from paultrap.languages.deferral import ReadProgram, deferred
from paultrap.languages.errors import ProgramError
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.operations import ONE, ZERO, Operation, Operations
from paultrap.languages.powers import raised
from paultrap.languages.qasm import arithmetic
from paultrap.languages.qasm.expressions import Expressions
from paultrap.languages.qasm.modifiers import Modifiers, modifiers_of
from paultrap.languages.qasm.scopes import Scopes
from paultrap.languages.qasm.standard import BUILT_IN, LIBRARIES, StandardGate
from paultrap.languages.qasm.syntax import is_version_2
from paultrap.languages.qasm.values import (
    Bits,
    GateDefinition,
    MeasuredError,
    Qubits,
    Subroutine,
    Value,
    Variable,
    bits_of,
)
from paultrap.languages.templates import Piece, Template, controlled, emit, placed

__all__ = ["operations_of", "unrolled"]

_DEEPEST = 50  # calls within calls
_STEPS_OF_CALL = 3
_MOST_DECLARED_BITS = 1 << 16  # used or not

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


def unrolled(program: ast.Program, limits: ProgramLimits) -> ReadProgram:
    """Return the circuit of a program.

    Raises:
        ProgramError: It is wrong, too large, or does what is not supported; the message begins with
            the line.
    """
    unroller = _Unroller(limits, {})
    unroller.run(program)
    return unroller.circuit()


def operations_of(
    program: ast.Program, limits: ProgramLimits, inputs: Mapping[str, float]
) -> tuple[int, list[Operation]]:
    """Return how many qubits a program has, and what it does.

    Args:
        program: The syntax.
        limits: What it may hold.
        inputs: A number for each of its inputs.

    Raises:
        ProgramError: As of `unrolled`.
    """
    unroller = _Unroller(limits, inputs)
    unroller.run(program)
    return unroller.n_qubits, unroller.operations.found


class _End(Exception):  # noqa: N818  # not an error
    """The program says that it ends here."""


class _Break(Exception):  # noqa: N818
    """A loop ends here."""


class _Continue(Exception):  # noqa: N818
    """A loop goes on with the next value."""


class _Return(Exception):  # noqa: N818
    """A subroutine ends here."""

    def __init__(self, value: Value | None) -> None:
        self.value = value


class _PlacedError(ProgramError):
    """A `ProgramError` whose message names the line."""


class _Unroller:
    def __init__(self, limits: ProgramLimits, inputs: Mapping[str, float]) -> None:
        self._limits = limits
        self._inputs = inputs
        self._scopes = Scopes()
        self.operations = Operations(limits)
        self._expressions = Expressions(self._scopes, self._call, self.operations.small_steps)
        self._registers: list[tuple[str, Bits]] = []
        self._gates: dict[str, StandardGate] = dict(BUILT_IN)
        self.n_qubits = 0
        self._n_bits = 0
        self._is_measured = False
        self._depth = 0
        # Where gates go: into the body of a gate that is being expanded, or else to the operations.
        self._body: list[Piece] | None = None
        self._own_qubits: tuple[str, ...] = ()  # of that gate
        self._visits: dict[type, Callable[[Any], None]] = {
            ast.Include: self._include,
            ast.QubitDeclaration: self._declare_qubits,
            ast.ClassicalDeclaration: self._declare,
            ast.ConstantDeclaration: self._declare_constant,
            ast.IODeclaration: self._declare_interface,
            ast.QuantumGateDefinition: self._define_gate,
            ast.SubroutineDefinition: self._define_subroutine,
            ast.AliasStatement: self._alias,
            ast.QuantumGate: self._gate,
            ast.QuantumPhase: self._phase,
            ast.QuantumMeasurementStatement: self._measure,
            ast.QuantumReset: self._reset,
            ast.QuantumBarrier: self._skip,
            ast.Pragma: self._skip,
            ast.ClassicalAssignment: self._assign,
            ast.ExpressionStatement: self._expression,
            ast.ForInLoop: self._for,
            ast.WhileLoop: self._while,
            ast.BranchingStatement: self._if,
            ast.SwitchStatement: self._switch,
            ast.CompoundStatement: lambda node: self._block(node.statements),
            ast.Box: self._box,
            ast.BreakStatement: self._raise(_Break),
            ast.ContinueStatement: self._raise(_Continue),
            ast.EndStatement: self._raise(_End),
            ast.ReturnStatement: self._return,
        }

    def run(self, program: ast.Program) -> None:
        if program.version is not None and program.version.split(".")[0] not in {"2", "3"}:
            raise ProgramError(f"OPENQASM {program.version[:20]} is not supported; 3.0 is")
        self._expressions.has_real_powers = is_version_2(program.version)
        try:
            for statement in program.statements:
                self._execute(statement)
        except _End:
            pass
        except (_Break, _Continue, _Return) as error:
            raise ProgramError("break, continue or return outside of a block") from error
        if not self.n_qubits:
            raise ProgramError("the program declares no qubits")

    def circuit(self) -> ReadProgram:
        """Return the circuit of what was run."""
        if not self._is_measured or not self._registers:
            return deferred(self.operations, self.n_qubits, None, (), self._limits)
        bits = [value for _, register in self._registers for value in register.cells]
        registers = [Register(name, len(bits.cells)) for name, bits in self._registers]
        return deferred(self.operations, self.n_qubits, bits, registers, self._limits)

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

    def _skip(self, node: Any) -> None:
        """Barriers and pragmas change no outcome."""

    @staticmethod
    def _raise(kind: type[Exception]) -> Callable[[Any], None]:
        def leave(_: Any) -> None:
            raise kind

        return leave

    # Declarations

    def _include(self, node: Any) -> None:
        library = LIBRARIES.get(node.filename)
        if library is None:
            raise ProgramError(
                f'include "{node.filename[:40]}" is not supported; "stdgates.inc" is',
                FailureCode.UNSUPPORTED,
            )
        self._gates |= library

    def _declare_qubits(self, node: Any) -> None:
        if not self._scopes.is_global:
            raise ProgramError("qubits are declared outside of blocks only")
        size = self._expressions.size(node.size)
        first, self.n_qubits = self.n_qubits, self.n_qubits + (size or 1)
        self._limits.check_qubits(self.n_qubits)
        found = Qubits(tuple(range(first, self.n_qubits)), size is None)
        self._scopes.declare(node.qubit.name, found)

    def _declare(self, node: Any) -> None:
        if isinstance(node.type, ast.BitType):
            self._declare_bits(node)
            return
        arithmetic.converted(0, node.type, None)  # refuses what is no number
        value = None
        if node.init_expression is not None:
            value = self._converted(node.init_expression, node.type)
        self._scopes.declare(node.identifier.name, Variable(node.type, value))

    def _declare_bits(self, node: Any) -> None:
        size = self._expressions.size(node.type.size)
        width = size or 1
        self.operations.small_steps(width)
        bits = Bits([ZERO] * width, tuple(range(width)), size is None)
        initial = getattr(node, "init_expression", None)
        if isinstance(initial, ast.QuantumMeasurement):
            bits.write(self._outcomes(self._expressions.qubits(initial.qubit), width))
            self._is_measured = True
        elif initial is not None:
            bits.write(self._as_bits(initial, width))
        self._scopes.declare(node.identifier.name, bits)
        if self._scopes.is_global:
            self._n_bits += width
            if self._n_bits > _MOST_DECLARED_BITS:
                raise ProgramError(f"the program has more than {_MOST_DECLARED_BITS} bits")
            self._registers.append((node.identifier.name, bits))

    def _declare_constant(self, node: Any) -> None:
        if isinstance(node.type, ast.BitType):
            width = self._expressions.size(node.type.size) or 1
            cells = self._as_bits(node.init_expression, width)
            found = Bits(cells, tuple(range(width)), node.type.size is None)
            self._scopes.declare(node.identifier.name, found)
            return
        value = self._converted(node.init_expression, node.type)
        self._scopes.declare(node.identifier.name, Variable(node.type, value, is_const=True))

    def _declare_interface(self, node: Any) -> None:
        name = node.identifier.name
        if node.io_identifier is ast.IOKeyword.output:
            self._declare(node)
        elif name in self._inputs:
            value = arithmetic.converted(self._inputs[name], node.type, None)
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
        self._scopes.declare(node.name.name, GateDefinition(params, qubits, node.body))

    def _define_subroutine(self, node: Any) -> None:
        self._scopes.declare(node.name.name, Subroutine(node))

    def _alias(self, node: Any) -> None:
        found = self._expressions.value(node.value)
        if not isinstance(found, Qubits | Bits):
            raise ProgramError("an alias is one of a register")
        self._scopes.declare(node.target.name, found)

    # Quantum

    def _gate(self, node: Any) -> None:
        if node.duration is not None:
            raise ProgramError("the duration of a gate is not supported", FailureCode.UNSUPPORTED)
        modifiers = modifiers_of(node.modifiers, self._expressions, self._limits.qubits)
        params = tuple(self._expressions.real(argument) for argument in node.arguments)
        operands = self._operands(node)
        n_qubits, template = self._template(node.name.name, params)
        wanted = n_qubits + modifiers.n_controls
        if len(operands) != wanted:
            raise ProgramError(
                f'the gate "{node.name.name}" acts on {wanted} qubits here, not {len(operands)}'
            )
        self._broadcast(self._modified(template, modifiers), operands, modifiers.negative)

    def _phase(self, node: Any) -> None:
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

    def _template(self, name: str, params: tuple[float, ...]) -> tuple[int, Template]:
        """Return on how many qubits a gate acts, and what it does."""
        found = self._scopes.find(name)
        if isinstance(found, GateDefinition):
            self._check_params(name, params, len(found.params))
            return len(found.qubits), self._expanded(found, params)
        gate = self._gates.get(name)
        if gate is None:
            raise ProgramError(
                f'there is no gate "{name[:40]}": it is neither defined nor included'
            )
        self._check_params(name, params, gate.params)
        return gate.qubits, gate.template(params)

    @staticmethod
    def _check_params(name: str, params: Sequence[float], wanted: int) -> None:
        if len(params) != wanted:
            raise ProgramError(f'the gate "{name}" takes {wanted} angles, not {len(params)}')

    def _expanded(self, gate: GateDefinition, params: tuple[float, ...]) -> Template:
        if params in gate.templates:
            return gate.templates[params]
        names: dict[str, Any] = {
            name: Variable(ast.FloatType(None), value, is_const=True)
            for name, value in zip(gate.params, params, strict=True)
        }
        names |= {name: Qubits((place,), True) for place, name in enumerate(gate.qubits)}
        outer, self._body = self._body, []
        own, self._own_qubits = self._own_qubits, gate.qubits
        n_outer = self._expressions.n_outer
        with self._deeper(), self._scopes.body(names):
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
            self.operations.step(len(template))
            template = raised(template, exponent, self._limits.gates, self.operations.small_steps)
        n_controls = modifiers.n_controls
        if not n_controls:
            return template
        self.operations.step(len(template))
        return controlled(template, n_controls)

    def _broadcast(
        self, template: Template, operands: Sequence[Qubits], negative: Sequence[int]
    ) -> None:
        sizes = {len(operand.indices) for operand in operands if not operand.is_single}
        if len(sizes) > 1:
            raise ProgramError("the registers that a gate acts on differ in size")
        for place in range(sizes.pop() if sizes else 1):
            qubits = [operand.indices[0 if operand.is_single else place] for operand in operands]
            if len(set(qubits)) < len(qubits):
                raise ProgramError("a gate's qubits must differ from each other")
            flips = [Piece(targets=(k,), opcode=Opcode.X) for k in negative]
            self._add([*flips, *template, *flips] if flips else template, qubits)

    def _add(self, template: Template, qubits: Sequence[int]) -> None:
        # A definition of a few words can stand for many pieces, or for none on many qubits.
        self.operations.step(len(template) or 1)
        if self._body is None:
            emit(template, qubits, self.operations)
            return
        self._body += placed(template, qubits)
        self._limits.check_gates(len(self._body))

    def _measure(self, node: Any) -> None:
        qubits = self._expressions.qubits(node.measure.qubit)
        if node.target is None:
            self._outcomes(qubits, len(qubits.indices))
            return
        bits = self._expressions.bits(node.target)
        bits.write(self._outcomes(qubits, len(bits.indices)))
        self._is_measured = True

    def _outcomes(self, qubits: Qubits, wanted: int) -> list[int]:
        self._check_runs("measure")
        if len(qubits.indices) != wanted:
            raise ProgramError(f"{len(qubits.indices)} qubits are measured into {wanted} bits")
        return [self.operations.measure(qubit) for qubit in qubits.indices]

    def _reset(self, node: Any) -> None:
        self._check_runs("reset")
        for qubit in self._expressions.qubits(node.qubits).indices:
            self.operations.reset(qubit)

    def _check_runs(self, what: str) -> None:
        if self._body is not None:
            raise ProgramError(f"{what} within a gate's definition")

    # Classical

    def _converted(self, node: Any, type_: Any) -> Any:
        value = self._expressions.number(node)
        return arithmetic.converted(value, type_, self._expressions.size_of_type(type_))

    def _as_bits(self, node: Any, width: int) -> list[int]:
        return self._cells_of(self._expressions.value(node), width)

    def _cells_of(self, value: Value, width: int) -> list[int]:
        if isinstance(value, Bits):
            if len(value.indices) != width:
                raise ProgramError(f"{len(value.indices)} bits for a register of {width}")
            self.operations.small_steps(width)
            return value.values
        if isinstance(value, Qubits):
            raise ProgramError("qubits are no bits: measure them")
        number = arithmetic.whole(value)
        if not 0 <= number < 1 << width:
            raise ProgramError(f"{number} does not fit into {width} bits")
        self.operations.small_steps(width)
        return bits_of(number, width)

    def _assign(self, node: Any) -> None:
        symbol = node.op.name
        name = node.lvalue if isinstance(node.lvalue, ast.Identifier) else node.lvalue.name
        target = self._scopes.get(name.name)
        if isinstance(target, Bits):
            if symbol != "=":
                raise MeasuredError
            bits = self._expressions.bits(node.lvalue)
            bits.write(self._as_bits(node.rvalue, len(bits.indices)))
            return
        if not isinstance(target, Variable) or target.is_const:
            raise ProgramError(f'"{name.name}" cannot be assigned to')
        if not isinstance(node.lvalue, ast.Identifier):
            raise ProgramError(
                "assigning to bits of a number is not supported", FailureCode.UNSUPPORTED
            )
        if symbol == "=":
            value = self._expressions.number(node.rvalue)
        else:
            before = self._expressions.number(node.lvalue)
            other = self._expressions.number(node.rvalue)
            value = arithmetic.binary(symbol.removesuffix("="), before, other)
        size = self._expressions.size_of_type(target.type)
        target.value = arithmetic.converted(value, target.type, size)

    def _expression(self, node: Any) -> None:
        expression = node.expression
        if isinstance(expression, ast.FunctionCall):
            subroutine = self._scopes.find(expression.name.name)
            if isinstance(subroutine, Subroutine):
                self._call(subroutine, expression.arguments)
                return
        self._expressions.value(expression)

    def _call(self, subroutine: Subroutine, arguments: Sequence[Any]) -> Value | None:
        wanted = subroutine.syntax.arguments
        if len(wanted) != len(arguments):
            raise ProgramError(f"a subroutine takes {len(wanted)} arguments, not {len(arguments)}")
        self.operations.step(_STEPS_OF_CALL)
        names: dict[str, Any] = {}
        for parameter, argument in zip(wanted, arguments, strict=True):
            names[parameter.name.name] = self._bound(parameter, argument)
        with self._deeper(), self._scopes.body(names):
            try:
                for statement in subroutine.syntax.body:
                    self._execute(statement)
            except _Return as found:
                return self._returned(found.value, subroutine.syntax.return_type)
        return None

    def _returned(self, value: Value | None, type_: Any) -> Value | None:
        """Return what a subroutine gives, as its type holds it."""
        if value is None or type_ is None:
            return value
        if isinstance(type_, ast.BitType):
            size = self._expressions.size(type_.size)
            cells = self._cells_of(value, size or 1)
            return Bits(cells, tuple(range(size or 1)), size is None)
        size = self._expressions.size_of_type(type_)
        return arithmetic.converted(self._expressions.as_number(value), type_, size)

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
            cells = self._as_bits(argument, size or 1)
            return Bits(cells, tuple(range(size or 1)), size is None)
        return Variable(parameter.type, self._converted(argument, parameter.type))

    def _return(self, node: Any) -> None:
        if node.expression is None:
            raise _Return(None)
        if isinstance(node.expression, ast.QuantumMeasurement):
            qubits = self._expressions.qubits(node.expression.qubit)
            width = len(qubits.indices)
            self._is_measured = True
            cells = self._outcomes(qubits, width)
            raise _Return(Bits(cells, tuple(range(width)), qubits.is_single))
        value = self._expressions.value(node.expression)
        if isinstance(value, Bits):
            value = Bits(value.values, tuple(range(len(value.indices))), value.is_single)
        raise _Return(value)

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        """Bound how deep calls go."""
        if self._depth == _DEEPEST:
            raise ProgramError(
                f"gates or subroutines call each other more than {_DEEPEST} deep",
                FailureCode.TOO_MANY_GATES,
            )
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    # Control

    def _for(self, node: Any) -> None:
        for value in self._values(node.set_declaration):
            self.operations.step()
            with self._scopes.block():
                size = self._expressions.size_of_type(node.type)
                found = arithmetic.converted(value, node.type, size)
                self._scopes.declare(node.identifier.name, Variable(node.type, found))
                try:
                    self._block(node.block)
                except _Continue:
                    continue
                except _Break:
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

    def _while(self, node: Any) -> None:
        while self._expressions.number(node.while_condition):
            self.operations.step()
            try:
                self._block(node.block)
            except _Continue:
                continue
            except _Break:
                break

    def _if(self, node: Any) -> None:
        holds = self._expressions.number(node.condition)
        self._block(node.if_block if holds else node.else_block)

    def _switch(self, node: Any) -> None:
        value = self._expressions.number(node.target)
        for labels, block in node.cases:
            if any(self._expressions.number(label) == value for label in labels):
                self._block(block.statements)
                return
        if node.default is not None:
            self._block(node.default.statements)

    def _box(self, node: Any) -> None:
        if node.duration is not None:
            raise ProgramError("the duration of a box is not supported", FailureCode.UNSUPPORTED)
        self._block(node.body)


def _refuse(node: Any) -> None:
    what = _REFUSED.get(type(node), type(node).__name__)
    raise ProgramError(f'"{what}" is not supported', FailureCode.UNSUPPORTED)


def _placed(node: Any, message: Message, code: FailureCode) -> _PlacedError:
    line = node.span.start_line if node.span is not None else 0
    return _PlacedError(within(message, f"line {line}: "), code)
