# Types of the compiled module: src/kernels/bindings/module.cpp binds these names.

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from paultrap.errors import Error

# Checksums of rows (checksums.cpp): CRC-32C over values and their types, in order. Text counts as its
# UTF-8, booleans as numbers. OverflowError for a number of more than 64 bits, TypeError for another value.
def checksum(row: tuple[object, ...]) -> int: ...
def checksums(rows: list[tuple[object, ...]]) -> list[int]: ...

# The end of runs (interrupt.cpp): see paultrap.engine.interruption.
def interrupt_runs(on: bool) -> None: ...
def give_way(busy: NDArray[np.uint8]) -> None: ...
def look_up() -> None: ...

# Programs (program.cpp).

# The arrays of a paultrap.circuits.Program. ValueError unless their lengths fit together, all offsets
# ascend, and every opcode and qubit is in range.
class ProgramArrays:
    def __init__(
        self,
        widths: NDArray[np.uint16],
        gate_offsets: NDArray[np.int64],
        opcodes: NDArray[np.uint8],
        control_counts: NDArray[np.uint16],
        qubit_offsets: NDArray[np.int64],
        qubits: NDArray[np.uint16],
        param_offsets: NDArray[np.int64],
        params: NDArray[np.float64],
    ) -> None: ...

# The arrays of a program that a kernel has made, in the same order.
NewProgram: TypeAlias = tuple[
    NDArray[np.uint16],
    NDArray[np.int64],
    NDArray[np.uint8],
    NDArray[np.uint16],
    NDArray[np.int64],
    NDArray[np.uint16],
    NDArray[np.int64],
    NDArray[np.float64],
]

# Programs in OpenQASM (qasm.cpp).

class FlatGates:
    # The gates of one version of the language.
    def __init__(self, version: int, file: str) -> None: ...
    # ``steps``: of each the opcode, places among the gate's qubits, targets first, and how many are
    # controls; each has all of the gate's angles, or none. ``euler``: see qasm/flat.hpp. ValueError
    # where these do not fit.
    def add(
        self,
        *,
        name: str,
        params: int,
        qubits: int,
        is_built_in: bool,
        steps: list[tuple[int, list[int], int]],
        euler: tuple[tuple[int, int, int], tuple[int, ...]] | None,
    ) -> None: ...

# Return the fields of ``FlatProgram`` (qasm/flat.hpp), with None for the bits where none is measured;
# None for a program that is not flat.
def read_flat(
    text: bytes,
    gates: FlatGates,
    *,
    most_operations: int,
    most_qubits: int,
    most_bits: int,
    most_small_steps: int,
) -> tuple[int, list[str], list[int], list[int] | None, int, int | None, NewProgram] | None: ...

# See qasm/unitaries.hpp. A unitary is a phase and four parts; ``turns`` returns of each gate its opcode,
# its angle, and 0 where it is on the target, 1 on the target under the controls, 2 on the controls.
def reduced(angle: float) -> float: ...
def euler(
    theta: float, phi: float, lam: float, half_of: Sequence[float]
) -> tuple[float, tuple[float, float, float, float]]: ...
def turns(
    phase: float, parts: tuple[float, float, float, float], is_controlled: bool
) -> list[tuple[int, float, int]]: ...

# JSON in (scanner.cpp). Texts are read without a copy and with the GIL released.

class JsonError(Error, ValueError):
    # Args: the message, the path such as ``input.circuits[3]``, the offset in bytes.
    args: tuple[str, str, int]

MAX_DEPTH: int

# The rows of the kernels' gate table, by opcode; for a test.
def gate_table() -> list[dict[str, Any]]: ...

class GateTable:
    # The gates that `scan` knows, by gateset and name.
    def __init__(self) -> None: ...
    def add(
        self,
        *,
        name: str,
        native: bool,
        opcode: int,
        rotated: int,
        controllable: bool,
        targets: int,
        min_controls: int,
        params: list[str],
    ) -> None: ...  # rotated: -1 where none

class GateLists: ...  # the gates that `split` read on its way, for `scan`

# Return envelope, spans (flat pairs), owners, root, the number of circuit entries, whether those
# have no keys but name and circuit, and the lists, None without a table. ``piece``: how many bytes
# a thread reads at a time; 0 is what suits the body.
def split(
    body: bytes, table: GateTable | None = None, piece: int = 0
) -> tuple[bytes, NDArray[np.int64], NDArray[np.int64], str, int, bool, GateLists | None]: ...

# Raise `JsonError` unless ``text`` is one JSON value without keys that disagree.
def check(text: bytes) -> None: ...

# Return what is wrong with a pauliexp that is well-formed but cannot be computed, or None; ``params``
# are its part of a Program's (pauli_evolution.cpp).
def evolution_problem(params: NDArray[np.float64], targets: int) -> str | None: ...

# Return a program, then the circuits that are handed back.
def scan(
    body: bytes,
    spans: NDArray[np.int64],
    widths: NDArray[np.int32],
    native: NDArray[np.bool_],
    table: GateTable,
    max_qubits: int,
    lists: GateLists | None = None,
) -> tuple[NewProgram, NDArray[np.int64]]: ...

# JSON out (writer.cpp).

# Return entries with commas between them, in pieces; keys are decimal where ``width`` is negative.
def write_distribution(
    states: NDArray[np.uint64], probabilities: NDArray[np.float64], width: int
) -> list[bytes]: ...

# Return up to ``most`` pieces from a place on, and the place where they end.
def write_aggregate(
    ids: list[str],
    offsets: NDArray[np.int64],
    states: NDArray[np.uint64],
    probabilities: NDArray[np.float64],
    circuit: int,
    entry: int,
    most: int,
    leading_comma: bool,
) -> tuple[list[bytes], int, int]: ...

# Counts and shots (json/answers.cpp), in pieces of entries with commas between them.

# Keys are decimal where ``width`` is negative, else of so many binary digits, highest qubit first.
def write_histogram(
    states: NDArray[np.uint64], counts: NDArray[np.int64], width: int
) -> list[bytes]: ...

# Shots are decimal strings where ``width`` is negative, else objects with a list of bits, bit 0 first.
def write_shots(states: NDArray[np.uint64], width: int) -> list[bytes]: ...

# statevector.cpp: programs to distributions

def simulate(
    program: ProgramArrays,
    threads: int,
    memory_limit: float,
    single: bool = False,
    fixed_floor: bool = False,
    isa: str | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.float64], float, float] | int: ...
def estimate(
    program: ProgramArrays,
    threads: int,
    single: bool = False,
) -> tuple[int, NDArray[np.float64]]: ...
def work_kinds() -> list[tuple[str, float]]: ...
def isa(name: str | None = None) -> str: ...

# sampling.cpp: programs and noise to counts

class SiteArrays:
    def __init__(
        self,
        offsets: NDArray[np.int64],
        gates: NDArray[np.int64],
        first: NDArray[np.uint16],
        second: NDArray[np.uint16],
        strengths: NDArray[np.float64],
    ) -> None: ...

# The program's last circuit is not run: it holds X, Y and Z of qubit 0, of qubit 1, and so on.
def sample(
    program: ProgramArrays,
    sites: SiteArrays,
    readout: NDArray[np.float64],
    shots: NDArray[np.uint32],
    seed: int,
    first_index: int,
    threads: int,
    memory_limit: float,
    single: bool = False,
    readout_stride: int = 0,
    groups: int = 1,
    fixed_floor: bool = False,
    isa: str | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]] | int: ...
def estimate_sampling(
    program: ProgramArrays,
    sites: SiteArrays,
    readout: NDArray[np.float64],
    shots: NDArray[np.uint32],
    threads: int,
    single: bool = False,
) -> tuple[int, NDArray[np.float64]]: ...
def clifford_distributions(
    program: ProgramArrays, most: int, threads: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.float64]]: ...
def clifford_dimensions(program: ProgramArrays, threads: int) -> NDArray[np.int32]: ...

# Of circuits of more than 64 qubits: words of a state, offsets, the states' words one after the
# other, log2 of the number of each circuit's states. The others have no entries.
def wide_distributions(
    program: ProgramArrays, most: int, threads: int
) -> tuple[int, NDArray[np.int64], NDArray[np.uint64], NDArray[np.int32]]: ...

# The same of shots, with the entries' counts at the end.
def sample_wide(
    program: ProgramArrays,
    sites: SiteArrays,
    readout: NDArray[np.float64],
    shots: NDArray[np.uint32],
    seed: int,
    first_index: int,
    threads: int,
) -> tuple[int, NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]]: ...
def philox(key: int, high: int, low: int) -> tuple[int, int, int, int]: ...

# compiler.cpp: programs to native programs

def compile_native(
    program: ProgramArrays, ms: bool, keep_phases: bool, threads: int
) -> NewProgram: ...
