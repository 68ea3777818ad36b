"""Single precision: less exact, in known bounds."""

import numpy as np
import pytest
from harness.circuits import C, G, program_of, random_circuit
from unit.engine.engine_reference import assert_agrees, probabilities_of

from paultrap.circuits import Opcode
from paultrap.engine import RunOptions, simulate

pytestmark = pytest.mark.usefixtures("isa")


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8])
def test_random_circuits_over_every_gate_agree_with_numpy_to_six_digits(width):
    rng = np.random.default_rng(width)
    qis = [opcode for opcode in Opcode if opcode != Opcode.NOP]
    circuits = [random_circuit(rng, width, 20, qis) for _ in range(60)]

    answer = simulate(program_of(circuits), options=RunOptions(precision="single"))

    expected = [probabilities_of(circuit) for circuit in circuits]
    assert_agrees(answer, circuits, expected, tolerance=5e-6)
    assert answer.probabilities.sum() == pytest.approx(len(circuits), abs=1e-9 * len(circuits))


@pytest.mark.parametrize("width", [16, 18, 19])
def test_a_large_circuit_agrees_with_numpy_and_no_bit_depends_on_threads(width):
    rng = np.random.default_rng(width)
    opcodes = [Opcode.RX, Opcode.RY, Opcode.RZ, Opcode.H, Opcode.X, Opcode.ZZ, Opcode.SWAP]
    start = tuple(G(Opcode.RY, (q,), (), (0.2 + 0.1 * q,)) for q in range(width))
    circuit = C(width, start + random_circuit(rng, width, 40, opcodes, 2).gates)

    answer = simulate(program_of([circuit]), options=RunOptions(precision="single", threads=4))

    assert_agrees(answer, [circuit], [probabilities_of(circuit)], tolerance=5e-6)
    again = simulate(program_of([circuit]), options=RunOptions(precision="single", threads=1))
    assert answer.to_bytes() == again.to_bytes()


def test_halves_stay_exact():
    for width in (2, 5, 18):
        chain = tuple(G(Opcode.X, (q + 1,), (q,)) for q in range(width - 1))
        ghz = C(width, (G(Opcode.H, (0,)), *chain))

        answer = simulate(program_of([ghz]), options=RunOptions(precision="single"))

        assert answer.as_dict(0) == {0: 0.5, 2**width - 1: 0.5}


def test_another_precision_is_refused():
    with pytest.raises(ValueError, match="'single' or 'double'"):
        simulate(program_of([C(1, ())]), options=RunOptions(precision="half"))
