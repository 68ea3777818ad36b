"""Clifford circuits of more than 64 qubits, whose states are several words each.

They have no state vector: other gates are refused. Narrower circuits of the same program are
left to the rest of the engine.
"""

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Distributions, NotCliffordError, Program, SimulationError
from paultrap.engine.draws import Draw
from paultrap.engine.noise import NoiseModel
from paultrap.engine.options import MemoryLimitError, RunOptions
from paultrap.engine.sites import no_sites, placed_readout, sites_of
from paultrap.engine.stabilizers import MOST_QUBITS, MOST_STATES, StatelessPart
from paultrap.engine.work import add_work, no_work

_MOST_CLIFFORD_QUBITS = 512
_MOST_DIMENSIONS = MOST_STATES.bit_length() - 1

# In amplitude updates, as of the kernels: a gate, a shot, and elimination by width**3.
_BYTES_PER_SHOT = 256  # an outcome, its entry, and copies of both, in the widest circuit
_BYTES_PER_STATE = 400  # of an exact answer
_BYTES_PER_FAULT = 64


class LargeSupportError(SimulationError):
    """An exact answer has too many states to be listed."""


def is_wide(program: Program) -> NDArray[np.bool_]:
    """Return, by circuit, whether it has too many qubits for states of one word."""
    wide: NDArray[np.bool_] = program.widths > MOST_QUBITS
    return wide


def wide_part(program: Program, options: RunOptions) -> StatelessPart | None:
    """Return the exact answers of the program's wide circuits, or None where it has none.

    Raises:
        MemoryLimitError: They would not fit; raised before they are listed.
        LargeSupportError: One of them has more than 2**20 states.
        NotCliffordError: One of them has a gate that is no Clifford gate.
        ValueError: The arrays are not a valid program.
    """
    wide = is_wide(program)
    if not wide.any():
        return None
    threads, limit = options.usable_threads(), options.usable_memory()
    needed = estimate_wide_bytes(program, threads)
    if needed > limit:
        raise MemoryLimitError(needed, limit)
    words, offsets, flat, _ = _kernels.wide_distributions(program.arrays(), MOST_STATES, threads)
    counts = np.diff(offsets)
    answers = Distributions(
        offsets, flat.reshape(-1, words), np.repeat(1 / counts[wide], counts[wide])
    )
    return StatelessPart(program, wide, answers)


def estimate_wide_bytes(program: Program, threads: int) -> int:
    """Return the bytes that `wide_part` needs at peak.

    Raises:
        LargeSupportError: As `wide_part`.
        NotCliffordError: As `wide_part`.
    """
    wide = is_wide(program)
    if not wide.any():
        return 0
    dimensions = _dimensions(program, threads)
    large = np.flatnonzero(wide & (dimensions > _MOST_DIMENSIONS))
    if len(large):
        raise _too_many_states(program, dimensions, int(large[0]))
    return int(_BYTES_PER_STATE * np.ldexp(1.0, dimensions[wide]).sum())


def check_wide(program: Program) -> None:
    """Raise a `NotCliffordError` at the first gate of a wide circuit that is no Clifford gate."""
    if is_wide(program).any():
        _dimensions(program, 1)


def check_clifford(program: Program, most_qubits: int, *, exact: bool) -> None:
    """Refuse circuits of more than ``most_qubits`` qubits that no stabilizers can answer for.

    Args:
        program: N circuits.
        most_qubits: The largest width of a circuit with any gates.
        exact: Whether the answer lists all states, and is not sampled.

    Raises:
        LargeSupportError: An exact answer would have more than 2**20 states.
        NotCliffordError: Such a circuit has a gate that is no Clifford gate.
        SimulationError: A gate cannot be computed, whatever runs it.
    """
    judged = program.widths > most_qubits
    if not judged.any():
        return
    # Qubits that no gate acts on change nothing, and make the kernel look at narrower ones too.
    widths = np.where(judged, np.maximum(program.widths, MOST_QUBITS + 1), program.widths)
    try:
        dimensions = _dimensions(program.with_widths(widths), 1)
    except NotCliffordError as error:
        text = (
            f": not a Clifford gate; circuits with others are simulated up to {most_qubits} qubits"
        )
        raise NotCliffordError(text, error.circuit, error.gate) from error
    large = np.flatnonzero(judged & (dimensions > _MOST_DIMENSIONS))
    if exact and len(large):
        raise _too_many_states(program, dimensions, int(large[0]))


def listed_states(program: Program) -> NDArray[np.float64]:
    """Return how many states the exact answer of each wide circuit lists, shape (N,)."""
    dimensions = np.minimum(_dimensions(program, 1), _MOST_DIMENSIONS)
    return np.where(is_wide(program), np.ldexp(1.0, dimensions), 0.0)


def _too_many_states(
    program: Program, dimensions: NDArray[np.int32], index: int
) -> LargeSupportError:
    return LargeSupportError(
        f" has {program.widths[index]} qubits and 2**{dimensions[index]} states of the same "
        "probability; an exact answer lists at most 2**20. Sampled with a noise model of so many "
        "qubits it can be run.",
        index,
    )


def _dimensions(program: Program, threads: int) -> NDArray[np.int32]:
    """Return log2 of the number of states of each wide circuit, shape (N,)."""
    arrays = _narrowed(program).arrays()
    try:
        return _kernels.wide_distributions(arrays, 0, threads)[3]
    except NotCliffordError as error:
        text = (
            f": not a Clifford gate; the circuit has {program.widths[error.circuit]} qubits, and "
            f"those of more than {MOST_QUBITS} may have Clifford gates only"
        )
        raise NotCliffordError(text, error.circuit, error.gate) from error


def _narrowed(program: Program) -> Program:
    """Return wide circuits without the qubits that no gate acts on, as far as they stay wide.

    Such qubits have one state, and elimination takes time that grows with the cube of the width.
    """
    if (program.widths > _MOST_CLIFFORD_QUBITS).any():
        return program  # which the kernel refuses
    return program.without_idle_qubits(is_wide(program), MOST_QUBITS + 1)


def sample_wide(
    program: Program,
    draw: Draw,
    noise: NoiseModel | None,
    options: RunOptions,
    qubits: NDArray[np.uint16] | None = None,
) -> Distributions:
    """Return what `paultrap.engine.sample` does for wide circuits; the others have no entries.

    Args:
        program: N circuits.
        draw: The shots and the seed of the circuits.
        noise: The errors; None for ideal gates.
        options: How the machine may be used.
        qubits: Of an only circuit, the machine's qubit for each of its own; None where they are the
            same.

    Raises:
        MemoryLimitError: It would not fit; raised before anything is run.
        NotCliffordError: One of them has a gate that is no Clifford gate.
        ValueError: The arrays are not a valid program.
    """
    shots = draw.of_each(program.n_circuits)
    needed, limit = wide_bytes(program, shots, noise), options.usable_memory()
    if needed > limit:
        raise MemoryLimitError(needed, limit)
    sites, readout = no_sites(program.n_circuits), np.zeros((0, 2))
    if noise is not None:
        maps = None if qubits is None or not noise.pairs else qubits[None, :]
        sites, readout = sites_of(program, noise, maps), np.reshape(noise.readout, (-1, 2))
    if qubits is not None and len(readout):
        readout = placed_readout(readout, qubits)
    words, offsets, flat, counts = _kernels.sample_wide(
        program.arrays(),
        sites.arrays(),
        np.ascontiguousarray(readout, dtype=np.float64).reshape(-1),
        shots=shots,
        seed=draw.word,
        first_index=draw.first_index,
        threads=options.usable_threads(),
    )
    return Distributions(
        offsets, flat.reshape(-1, words), counts / np.repeat(shots, np.diff(offsets))
    )


def wide_bytes(program: Program, shots: NDArray[np.uint32], noise: NoiseModel | None) -> int:
    """Return the bytes that `sample_wide` needs at peak, as expected."""
    wide = is_wide(program)
    faults = 0.0
    if noise is not None:
        sites = sites_of(program, noise)
        strengths = np.concatenate([[0.0], np.cumsum(sites.strengths)])
        faults = float((np.diff(strengths[sites.offsets]) * shots)[wide].sum())
    return int(_BYTES_PER_SHOT * shots[wide].sum(dtype=np.int64) + _BYTES_PER_FAULT * faults)


def wide_work(program: Program, shots: NDArray[np.uint32] | None = None) -> NDArray[np.float64]:
    """Return the work of each circuit, were it wide, by kind; see `paultrap.engine.work`."""
    work = no_work(program.n_circuits)
    add_work(work, "wide gate", program.gates_per_circuit())
    add_work(work, "wide width", program.widths.astype(np.float64) ** 3)
    if shots is not None:
        add_work(work, "wide shot", shots)
    return work
