"""`read_circuits`: what a job's ``input`` says of its circuits, with their gates as a `Program`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Opcode, Program
from paultrap.formats.errors import MOST_NAMED, CircuitError, shorten, together
from paultrap.formats.limits import CircuitLimits
from paultrap.formats.numbers import whole_number
from paultrap.formats.registers import check_registers
from paultrap.formats.scanning import scan_gates
from paultrap.formats.splitting import SplitJob
from paultrap.formats.strict import CircuitPlace, GatePlace
from paultrap.formats.wire import CircuitEntry, CircuitInput, JobInput, check_of_job
from paultrap.notices import Notices

_GATESETS = ("qis", "native")
_FORMATS = ("ionq.circuit.v0", "ionq.circuit.v1", "ionq.multi-circuit.v1")
# By the entangler that a machine has, the one that it has not.
_FOREIGN = {"ms": ("zz", Opcode.NATIVE_ZZ), "zz": ("ms", Opcode.MS)}


@dataclass(frozen=True, eq=False)
class CircuitBatch:
    """The circuits of a job.

    Attributes:
        program: All N circuits, in submission order.
        names: The name of each circuit, or None; N entries.
        gatesets: Each circuit's gateset, "qis" or "native".
        registers: Each circuit's ``registers`` as raw JSON, to be echoed unchanged, or None.
        is_multicircuit: Whether the circuits came as a list, even if of one.
        qubits: The declared width of the job, else the widest circuit's.
        counted: The `gate_counts`, where they are those that a machine's compiler makes.
    """

    program: Program
    names: list[str | None]
    gatesets: list[str]
    registers: list[bytes | None]
    is_multicircuit: bool
    qubits: int
    counted: NDArray[np.int64] | None = None

    @cached_property
    def gate_counts(self) -> NDArray[np.int64]:
        """Shape (N, 2): each circuit's gates on one qubit, and on two or more."""
        return self.program.gate_counts() if self.counted is None else self.counted


def read_circuits(
    job: SplitJob,
    input: JobInput,  # noqa: A002 - the wire's own word
    limits: CircuitLimits,
    notices: Notices | None = None,
) -> CircuitBatch:
    """Return the circuits of a job.

    Args:
        job: The body as `split` returned it.
        input: The decoded ``input`` (or ``body``) of its envelope.
        limits: The most circuits, gates and qubits that the job may have.
        notices: Where fields of gates are told that are not understood.

    Raises:
        CircuitError: Something is missing, wrong or too large; the error names the place.
    """
    return _BatchReader(job, input, limits, notices or Notices()).read()


class ForeignGate(NamedTuple):
    """A native gate of another machine: its circuit, its place there, and its name."""

    circuit: int
    gate: int
    name: str


def foreign_gates(program: Program, entangler: str) -> list[ForeignGate]:
    """Return the first gate of up to ten circuits that a machine with ``entangler`` has not."""
    name, opcode = _FOREIGN[entangler]
    found = np.flatnonzero(program.opcodes == opcode)
    circuits, places = np.unique(program.circuit_of_each_gate()[found], return_index=True)
    gates = found[places] - program.first_gates()[circuits]
    pairs = zip(circuits[:MOST_NAMED].tolist(), gates[:MOST_NAMED].tolist(), strict=True)
    return [ForeignGate(circuit, gate, name) for circuit, gate in pairs]


class _BatchReader:
    def __init__(
        self, job: SplitJob, found: JobInput, limits: CircuitLimits, notices: Notices
    ) -> None:
        self.job = job
        self.limits = limits
        self.notices = notices
        self.parent = found if isinstance(found, CircuitInput) else CircuitInput()
        self.is_list = isinstance(found, list)
        self.is_multicircuit = self.is_list or self.parent.circuits is not None
        # Thousands of entries take long to look through.
        self.has_own_fields = self.is_multicircuit and not job.plain
        self.entries: Sequence[CircuitEntry | CircuitInput]
        if isinstance(found, list):
            self.entries = found
        elif found.circuits is not None:
            self.entries = found.circuits
        else:
            self.entries = [found]
        self.registers: list[bytes | None] = [None] * len(self.entries)
        #: What is wrong with circuits, by their index.
        self.errors: dict[int, CircuitError] = {}

    def read(self) -> CircuitBatch:
        self.check_shape()
        declared = self.parent.qubits
        qubits = None if declared is None else self.width(declared, self.job.root)
        self.read_fields(qubits)
        self.check_names()
        self.check_present()
        program, errors = scan_gates(
            self.job, self.widths, self.native, self.limits, self.circuit_place
        )
        # Those of no circuit are about all of them.
        whole = [each for each in errors if each.circuit is None]
        self.errors |= {each.circuit: each for each in errors if each.circuit is not None}
        if self.limits.entangler is not None:
            self.check_entanglers(program, self.limits.entangler)
        self.check_registers(program)
        if whole or self.errors:
            raise self.together(whole)
        return CircuitBatch(
            program=program,
            names=[entry.name for entry in self.entries],
            gatesets=self.gatesets(),
            registers=self.registers,
            is_multicircuit=self.is_multicircuit,
            qubits=int(program.widths.max()) if qubits is None else qubits,
        )

    def together(self, whole: Sequence[CircuitError] = ()) -> CircuitError:
        """Return all that is wrong, in the order of the circuits."""
        return together([*whole, *(self.errors[index] for index in sorted(self.errors))])

    def place(self, index: int) -> str:
        """Return the path of an entry."""
        if self.is_list:
            return f"{self.job.root}[{index}]"
        return f"{self.job.root}.circuits[{index}]" if self.is_multicircuit else self.job.root

    def error(self, index: int, problem: str, field: str) -> CircuitError:
        """Return an error about a field of an entry."""
        who = f"circuit {index}: " if self.is_multicircuit else ""
        return CircuitError(
            f'{who}{problem} (field "{field}")',
            path=f"{self.place(index)}.{field}",
            circuit=index if self.is_multicircuit else None,
            field=field,
        )

    def check_shape(self) -> None:
        root, parent = self.job.root, self.parent
        path = root if self.is_list else f"{root}.circuits"
        self.limits.check_circuits(len(self.entries), path)
        _check_format(parent, root)
        check_of_job(parent, root)
        if self.is_multicircuit and (parent.circuit is not None or -1 in self.job.owners):
            raise CircuitError(
                f'give either "circuit" or "circuits" in "{root}", not both',
                path=f"{root}.circuit",
                field="circuit",
            )
        if not self.entries:
            raise CircuitError(
                f'the list of circuits is empty (field "{path.rpartition(".")[2]}")',
                path=path,
                field=path.rpartition(".")[2],
            )

    def check_present(self) -> None:
        """Raise a `CircuitError` where there are not as many gate lists as circuits."""
        first = 0 if self.is_multicircuit else -1
        if np.array_equal(self.job.owners, np.arange(first, first + len(self.entries))):
            return
        owners = set(self.job.owners.tolist())
        for index, entry in enumerate(self.entries):
            if (index if self.is_multicircuit else -1) not in owners:
                self.errors.setdefault(index, self.missing(index, entry))
            if len(self.errors) >= MOST_NAMED:
                break
        raise self.together()

    def missing(self, index: int, entry: CircuitEntry | CircuitInput) -> CircuitError:
        if entry.circuit is not None:
            return self.error(index, "the circuit must be a list of gates", "circuit")
        if entry.data is not None:
            problem = "program text (OpenQASM, QIR) needs its own type of job, or in v0.3 a format"
            return self.error(index, problem, "data")
        if self.is_multicircuit:
            return self.error(index, "the circuit is missing", "circuit")
        return self.error(index, 'the input has neither "circuit" nor "circuits"', "circuit")

    def width(self, value: float | str, path: str) -> int:
        qubits = whole_number(value)
        if qubits is None or qubits < 1:
            raise CircuitError(
                f"{path}.qubits must be a positive integer, not {shorten(value)}",
                path=f"{path}.qubits",
                field="qubits",
            )
        self.limits.check_qubits(qubits, f"{path}.qubits")
        return qubits

    def read_fields(self, qubits: int | None) -> None:
        """Fill in what each circuit declares; ``qubits`` is what the job declares for all."""
        self.widths = np.full(len(self.entries), -1 if qubits is None else qubits, np.int32)
        self.native = np.full(len(self.entries), _is_native(self.parent, self.job.root))
        if self.is_multicircuit and not self.has_own_fields:
            return
        for index, entry in enumerate(self.entries):
            try:
                self.read_entry(index, entry)
            except CircuitError as error:
                error.circuit = index if self.is_multicircuit else None
                self.errors[index] = error
                if len(self.errors) == MOST_NAMED:
                    return

    def read_entry(self, index: int, entry: CircuitEntry | CircuitInput) -> None:
        if self.is_list:
            _check_format(entry, self.place(index))
            if entry.circuits is not None:
                raise self.error(index, "an entry of a list holds one circuit", "circuits")
        check_of_job(entry, self.place(index))
        if entry.qubits is not None:
            self.widths[index] = self.width(entry.qubits, self.place(index))
        if entry.gateset is not None:
            self.native[index] = _is_native(entry, self.place(index))
        self.registers[index] = self.raw_registers(index, entry)

    def check_names(self) -> None:
        """Note names that cannot be stored."""
        for index, entry in enumerate(self.entries):
            if entry.name is not None and "\0" in entry.name and len(self.errors) < MOST_NAMED:
                problem = "the name has the character U+0000, which cannot be stored"
                self.errors.setdefault(index, self.error(index, problem, "name"))

    def check_entanglers(self, program: Program, entangler: str) -> None:
        """Note native gates on two qubits of another machine."""
        problem = "the machine that the job is for has {}, not {}; the simulator has both"
        for index, gate, name in foreign_gates(program, entangler):
            place = self.circuit_place(index)
            if place is not None:
                found = GatePlace(place, gate, name).error(problem.format(entangler, name), "gate")
                self.errors[index] = found

    def check_registers(self, program: Program) -> None:
        """Note registers that name no qubits of their circuit; those of wrong circuits wait."""
        for index, text in enumerate(self.registers):
            if text is None or index in self.errors or len(self.errors) >= MOST_NAMED:
                continue
            try:
                path = f"{self.place(index)}.registers"
                check_registers(text, int(program.widths[index]), path)
            except CircuitError as error:
                error.circuit = index if self.is_multicircuit else None
                self.errors[index] = error

    def gatesets(self) -> list[str]:
        if not self.has_own_fields:
            return [_GATESETS[int(self.native[0])]] * len(self.native)
        return [_GATESETS[flag] for flag in self.native.tolist()]

    def raw_registers(self, index: int, entry: CircuitEntry | CircuitInput) -> bytes | None:
        """Return an entry's registers as they were sent, or None."""
        text = bytes(entry.registers)
        if text in {b"", b"null"}:
            return None
        if not text.startswith(b"{"):
            raise self.error(index, "registers must be an object", "registers")
        return text

    def circuit_place(self, index: int) -> CircuitPlace | None:
        """Return what the strict reader must know of a circuit; None of one that is wrong already."""
        if index in self.errors:
            return None
        width = int(self.widths[index])
        return CircuitPlace(
            path=f"{self.place(index)}.circuit",
            index=index if self.is_multicircuit else None,
            offset=int(self.job.spans[index, 0]),
            gateset="native" if self.native[index] else "qis",
            width=None if width < 0 else width,
            max_qubits=self.limits.widest,
            limit=self.limits.widest_limit,
            machine=self.limits.machine,
            notices=self.notices,
        )


def _check_format(entry: CircuitEntry | CircuitInput, path: str) -> None:
    name = entry.format
    if name is not None and name not in _FORMATS:
        raise CircuitError(
            f"{path}.format {shorten(name)} is not supported in this release; "
            f"send gates as {_FORMATS[0]} or {_FORMATS[1]}",
            path=f"{path}.format",
            field="format",
        )


def _is_native(entry: CircuitEntry | CircuitInput, path: str) -> bool:
    gateset = _GATESETS[0] if entry.gateset is None else entry.gateset
    if gateset not in _GATESETS:
        raise CircuitError(
            f"{path}.gateset must be qis or native, not {shorten(gateset)}",
            path=f"{path}.gateset",
            field="gateset",
        )
    return gateset == "native"
