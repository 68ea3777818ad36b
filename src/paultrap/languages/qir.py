"""`read_qir`: LLVM bitcode in the base profile of QIR to its circuit."""

import math
from collections.abc import Iterator
from typing import Any

import pyqir

from paultrap.circuits import Opcode, within
from paultrap.errors import FailureCode
from paultrap.languages.deferral import ReadProgram, deferred
from paultrap.languages.errors import ProgramError
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.operations import ZERO, Operations
from paultrap.languages.templates import Piece, emit
from paultrap.languages.unitaries import euler

_PREFIX = "__quantum__qis__"

# By name: the opcode, and how many controls come before its targets.
_GATES: dict[str, tuple[Opcode, int]] = {
    "h__body": (Opcode.H, 0),
    "x__body": (Opcode.X, 0),
    "y__body": (Opcode.Y, 0),
    "z__body": (Opcode.Z, 0),
    "s__body": (Opcode.S, 0),
    "s__adj": (Opcode.SI, 0),
    "sdg__body": (Opcode.SI, 0),
    "t__body": (Opcode.T, 0),
    "t__adj": (Opcode.TI, 0),
    "tdg__body": (Opcode.TI, 0),
    "sx__body": (Opcode.V, 0),
    "rx__body": (Opcode.RX, 0),
    "ry__body": (Opcode.RY, 0),
    "rz__body": (Opcode.RZ, 0),
    "r1__body": (Opcode.ZPOW, 0),
    "cnot__body": (Opcode.X, 1),
    "cx__body": (Opcode.X, 1),
    "cy__body": (Opcode.Y, 1),
    "cz__body": (Opcode.Z, 1),
    "ccx__body": (Opcode.X, 2),
    "ccnot__body": (Opcode.X, 2),
    "swap__body": (Opcode.SWAP, 0),
    "rxx__body": (Opcode.XX, 0),
    "ryy__body": (Opcode.YY, 0),
    "rzz__body": (Opcode.ZZ, 0),
}
_MEASURES = ("mz__body", "m__body")
_IGNORED = {
    "__quantum__rt__initialize",
    "__quantum__rt__array_record_output",
    "__quantum__rt__tuple_record_output",
    "__quantum__rt__array_start_record_output",
    "__quantum__rt__array_end_record_output",
    "__quantum__rt__tuple_start_record_output",
    "__quantum__rt__tuple_end_record_output",
    "__quantum__qis__barrier__body",
}
_RECORD = "__quantum__rt__result_record_output"


def read_qir(bitcode: bytes, limits: ProgramLimits) -> ReadProgram:
    """Return the circuit of a program in QIR.

    Its bits are the results that it records, each as it is then and in that order; where it records
    none, those that it measures, by their number; where it measures nothing, all of its qubits.

    Raises:
        ProgramError: It is no bitcode, too large, or beyond the base profile; the message names the
            instruction.
    """
    try:
        module = pyqir.Module.from_bitcode(pyqir.Context(), bitcode)
    except ValueError as error:
        raise ProgramError(f"this is no LLVM bitcode that can be read: {error}") from error
    return _Reader(limits).read(_entry_point(module))


def _entry_point(module: Any) -> Any:
    found = [function for function in module.functions if pyqir.is_entry_point(function)]
    if len(found) != 1:
        raise ProgramError(f"the module has {len(found)} entry points; it must have one")
    return found[0]


def _instructions(function: Any) -> Iterator[Any]:
    """Yield the instructions in the order in which they run.

    Raises:
        ProgramError: That depends on something.
    """
    blocks = function.basic_blocks
    seen: set[Any] = set()  # of blocks, whose names may be missing
    block = blocks[0] if blocks else None
    while block is not None:
        if block in seen:
            raise ProgramError(
                "the program has a loop, which is beyond the base profile", FailureCode.UNSUPPORTED
            )
        seen.add(block)
        *body, last = block.instructions
        yield from body
        block = _next(last)


def _next(last: Any) -> Any:
    """Return the block that follows the last instruction of another, or None at the end.

    Raises:
        ProgramError: That depends on something.
    """
    if last.opcode is pyqir.Opcode.RET:
        return None
    if last.opcode is pyqir.Opcode.BR:
        if len(last.successors) == 1:
            return last.successors[0]
        if isinstance(last.operands[0], pyqir.IntConstant):
            otherwise, then = last.successors  # as LLVM has its operands
            return then if last.operands[0].value else otherwise
    raise ProgramError(
        f'the instruction "{_text(last)}" is beyond the base profile: no target runs dynamic '
        "circuits",
        FailureCode.UNSUPPORTED,
    )


def _text(instruction: Any) -> str:
    return str(instruction).strip()[:120]


def _exactly(wanted: int, arguments: list[Any]) -> list[Any]:
    if len(arguments) != wanted:
        raise ProgramError(f"it takes {wanted} arguments, not {len(arguments)}")
    return arguments


class _Reader:
    def __init__(self, limits: ProgramLimits) -> None:
        self._limits = limits
        self._operations = Operations(limits)
        self._n_qubits = 0
        self._results: dict[int, int] = {}  # by number, its measurement
        self._recorded: list[int] = []  # measurements

    def read(self, function: Any) -> ReadProgram:
        self._n_qubits = pyqir.required_num_qubits(function) or 0
        for number, instruction in enumerate(_instructions(function), 1):
            try:
                self._operations.step()
                self._call(instruction)
            except ProgramError as error:
                place = f'instruction {number}, "{_text(instruction)}": '
                raise ProgramError(within(error.message, place), error.code) from error
        if not self._n_qubits:
            raise ProgramError("the program has no qubits")
        self._limits.check_qubits(self._n_qubits)
        return deferred(self._operations, self._n_qubits, self._bits(), (), self._limits)

    def _bits(self) -> list[int] | None:
        if not self._results:
            return None
        return self._recorded or [self._results[number] for number in sorted(self._results)]

    def _call(self, instruction: Any) -> None:
        if not isinstance(instruction, pyqir.Call):
            raise ProgramError("only calls are in the base profile", FailureCode.UNSUPPORTED)
        name, arguments = instruction.callee.name, instruction.args
        if name in _IGNORED:
            return
        if name == _RECORD:
            # As it is now: it may be measured again, which changes nothing that is recorded.
            result, *_ = arguments or _exactly(2, arguments)  # with a label, and once without
            self._recorded.append(self._results.get(self._number(result), ZERO))
            return
        short = name.removeprefix(_PREFIX)
        if short in _MEASURES and len(arguments) == 2:  # noqa: PLR2004  # the qubit and the result
            qubit = self._qubit(arguments[0])
            self._results[self._number(arguments[1])] = self._operations.measure(qubit)
        elif short == "mresetz__body":
            measured, result = _exactly(2, arguments)
            qubit = self._qubit(measured)
            self._results[self._number(result)] = self._operations.measure(qubit)
            self._operations.reset(qubit)
        elif short == "reset__body":
            (qubit,) = _exactly(1, arguments)
            self._operations.reset(self._qubit(qubit))
        elif short == "u3__body":
            *angles, qubit = _exactly(4, arguments)
            theta, phi, lam = (self._angle(angle) for angle in angles)
            piece = Piece(targets=(0,), unitary=euler(theta, phi, lam))
            emit([piece], [self._qubit(qubit)], self._operations)
        elif short in _GATES:
            self._gate(short, arguments)
        elif short == "read_result__body" or name == "__quantum__rt__read_result":
            message = f'"{name}": no target runs dynamic circuits'
            raise ProgramError(message, FailureCode.UNSUPPORTED)
        else:
            raise ProgramError(
                f'there is no such instruction as "{name[:60]}" here', FailureCode.UNSUPPORTED
            )

    def _gate(self, name: str, arguments: list[Any]) -> None:
        opcode, controls = _GATES[name]
        n_angles = opcode.facts.n_params
        wanted = n_angles + controls + opcode.facts.targets
        arguments = _exactly(wanted, arguments)
        params = [self._angle(argument) for argument in arguments[:n_angles]]
        qubits = [self._qubit(argument) for argument in arguments[n_angles:]]
        # Controls come after targets.
        turned = (*qubits[controls:], *qubits[:controls])
        self._operations.gate(opcode, turned, controls, params)

    def _qubit(self, argument: Any) -> int:
        qubit = self._number(argument)
        self._n_qubits = max(self._n_qubits, qubit + 1)
        self._limits.check_qubits(self._n_qubits)
        return qubit

    @staticmethod
    def _number(argument: Any) -> int:
        found = pyqir.ptr_id(argument)
        if found is None:
            raise ProgramError("a qubit or result that is not fixed", FailureCode.UNSUPPORTED)
        return found

    @staticmethod
    def _angle(argument: Any) -> float:
        if not isinstance(argument, pyqir.FloatConstant):
            raise ProgramError("an angle that is not fixed", FailureCode.UNSUPPORTED)
        if not math.isfinite(argument.value):
            raise ProgramError(f"its angle is {argument.value}, which is not a finite number")
        return argument.value
