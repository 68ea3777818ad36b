"""Debiasing by symmetry: a circuit's shots are shared out among variants on different qubits.

What a machine does wrong depends on the qubits that it does it with. Each variant runs the same
circuit under another qubit map and has its outcomes mapped back, so that what the circuit means adds
up and what single qubits get wrong is spread out (Maksymov et al., arXiv:2301.07233). Variants cost
no extra shots. `paultrap.engine.aggregation` makes one histogram of theirs.

Circuits of a simulation need not move to be run elsewhere: it is the errors that are looked up under
the map, which is the same and keeps a small circuit small on a large machine.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Program
from paultrap.compiler import compile_native, whole_gates
from paultrap.engine.draws import Draw, philox, shots_of_groups
from paultrap.engine.noise import NoiseModel
from paultrap.engine.options import RunOptions
from paultrap.engine.sampling import (
    Placement,
    estimate_sampling_memory,
    estimate_sampling_work,
    sample,
)

LEAST_SHOTS = 500
N_VARIANTS = 16  # of each circuit; with the least shots 31 or 32 each

_MAPS = 0x6D617073  # a word of the generator's key: what its numbers are for
_BYTES_PER_ENTRY = 32  # of an answer, which is made from another copy of it
_DEFAULTS = RunOptions()


def qubit_maps(seed: int, index: int, variants: int, machine_qubits: int) -> NDArray[np.uint16]:
    """Return the machine's qubit for each of a circuit's, shape (variants, machine_qubits).

    Args:
        seed: The job's seed, of which the lowest 64 bits count.
        index: The circuit's index in its job.
        variants: The number of variants.
        machine_qubits: The number of qubits to map to; a circuit uses the first entries.
    """
    words = philox(seed, index, _MAPS).random_raw(variants * machine_qubits)
    order = words.reshape(variants, machine_qubits).argsort(axis=1, kind="stable")
    return order.astype(np.uint16)


def sample_variants(
    program: Program,
    draw: Draw,
    variants: int,
    noise: NoiseModel,
    options: RunOptions = _DEFAULTS,
) -> Distributions:
    """Return what each variant of each circuit gave, a circuit's variants one after the other.

    Args:
        program: N circuits of at most ``noise.qubits`` qubits.
        draw: As for `sample`, with the same shots of each circuit, which its variants share; at least
            as many as there are variants.
        variants: The number of variants of each circuit.
        noise: The noise model.
        options: How the machine may be used.

    Returns:
        N * variants distributions in the circuits' own qubits.

    Raises:
        MemoryLimitError: As `sample`.
        ValueError: As `sample`.
    """
    seed, first = draw.seed, draw.first_index
    maps = np.zeros((program.n_circuits, variants, noise.qubits), np.uint16)
    if noise.pairs or noise.readout:
        for index in range(program.n_circuits):
            maps[index] = qubit_maps(seed, first + index, variants, noise.qubits)
    qubits = maps.reshape(-1, noise.qubits)
    if not noise.pairs:
        # All variants have the same errors up to the readout, and can share one run.
        return sample(program, draw, noise, Placement(qubits, variants), options)
    program, noise = _compiled(program, noise)
    each = np.tile(shots_of_groups(draw.shots, variants), program.n_circuits)
    repeated = program.repeat(variants)
    return sample(repeated, Draw(each, seed, first * variants), noise, Placement(qubits), options)


def estimate_debiasing_work(
    program: Program, shots: int, variants: int, noise: NoiseModel
) -> NDArray[np.float64]:
    """Return each circuit's work over all its variants, as `estimate_sampling_work` counts it."""
    if not noise.pairs:
        return estimate_sampling_work(program, shots, noise)
    return variants * estimate_sampling_work(program, -(-shots // variants), noise)


def estimate_debiasing_memory(
    program: Program,
    shots: int,
    variants: int,
    noise: NoiseModel,
    options: RunOptions = _DEFAULTS,
) -> int:
    """Return the bytes that `sample_variants` needs at peak, answers included, as expected."""
    if not noise.pairs:
        each = np.minimum(-(-shots // variants), np.ldexp(1.0, program.widths))
        entries = _BYTES_PER_ENTRY * variants * float(each.sum())
        return int(entries) + estimate_sampling_memory(program, shots, noise, options)
    program, noise = _compiled(program, noise)
    each = np.tile(shots_of_groups(shots, variants), program.n_circuits)
    return estimate_sampling_memory(program.repeat(variants), each, noise, options)


def _compiled(program: Program, noise: NoiseModel) -> tuple[Program, NoiseModel]:
    """Return native gates where noise follows them: compiled once, and not for each variant.

    Circuits of which gates stay whole are compiled for each: the errors of those depend on its map.
    """
    if noise.acts_on == "written" or whole_gates(program).any():
        return program, noise
    written = msgspec.structs.replace(noise, acts_on="written")
    return compile_native(program, noise.entangler), written
