"""`sample_reused`: shots of a circuit under a noise model, by following their outcomes."""

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Program
from paultrap.compiler import compile_native
from paultrap.engine.draws import Draw
from paultrap.engine.noise import NoiseModel
from paultrap.engine.reuse.schedule import check_at_once
from paultrap.engine.reuse.trajectories import Errors, Shots, draw_trajectories
from paultrap.engine.sites import placed_readout, sites_of


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
    check_at_once(program)
    sites = sites_of(program, noise, machine_qubits[None, :] if noise.pairs else None)
    readout = np.reshape(noise.readout, (-1, 2))
    shots = Shots(int(draw.of_each(1)[0]), draw.word, draw.first_index)
    return draw_trajectories(
        program, shots, Errors(sites, placed_readout(readout, machine_qubits)), read
    )
