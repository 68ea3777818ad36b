"""`sample_reused`: shots of a circuit under a noise model, by following their outcomes."""

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Program
from paultrap.compiler import compile_native
from paultrap.engine.draws import Draw
from paultrap.engine.noise import NoiseModel
from paultrap.engine.reuse.trajectories import Errors, Shots, draw_trajectories
from paultrap.engine.sites import sites_of


def sample_reused(
    program: Program,
    draw: Draw,
    noise: NoiseModel,
    machine_qubits: NDArray[np.uint16],
    read: frozenset[int],
) -> Distributions:
    """Do what `paultrap.engine.sample` does for a circuit that is reused.

    Args:
        program: One circuit.
        draw: The shots and the seed of the circuit.
        noise: The errors. Where they follow native gates, qis gates are compiled first.
        machine_qubits: Shape (width,): the machine's qubit of each of the circuit's.
        read: The qubits that are read at the end; others are 0 in states.

    Raises:
        SimulationError: A gate cannot be compiled.
    """
    if noise.acts_on == "native":
        program = compile_native(program, noise.entangler)
    sites = sites_of(program, noise, machine_qubits[None, :] if noise.pairs else None)
    shots = Shots(int(draw.of_each(1)[0]), draw.word, draw.first_index)
    return draw_trajectories(program, shots, Errors(sites, _readout(noise, machine_qubits)), read)


def _readout(noise: NoiseModel, machine_qubits: NDArray[np.uint16]) -> NDArray[np.float64]:
    """Return for each qubit of the circuit the probabilities to misread it, shape (width, 2)."""
    found = np.zeros((noise.qubits, 2))
    if noise.readout:
        found[: len(noise.readout)] = noise.readout
    mapped: NDArray[np.float64] = found[machine_qubits]
    return mapped
