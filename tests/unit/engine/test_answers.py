"""Answers at the edges: exact halves, nothing to do, very many small parts, wide registers."""

import math

import numpy as np
import pytest
from harness.circuits import C, G, program_of

from paultrap.circuits import Opcode
from paultrap.engine import RunOptions, simulate

pytestmark = pytest.mark.usefixtures("isa")

HALF_TURNS = [
    (G(Opcode.H, (0,)),),
    (G(Opcode.RX, (0,), (), (math.pi / 2,)),),
    (G(Opcode.RY, (0,), (), (math.pi / 2,)),),
    (G(Opcode.V, (0,)),),
    (G(Opcode.GPI2, (0,), (), (0.37,)),),
    (G(Opcode.T, (0,)), G(Opcode.H, (0,)), G(Opcode.T, (0,))),
]


@pytest.mark.parametrize("gates", HALF_TURNS)
def test_a_bell_pair_gives_exact_halves(gates):
    circuit = C(2, (*gates, G(Opcode.X, (1,), (0,))))

    assert simulate(program_of([circuit])).as_dict(0) == {0: 0.5, 3: 0.5}


def test_a_uniform_superposition_gives_exact_powers_of_two():
    circuits = [C(n, tuple(G(Opcode.H, (q,)) for q in range(n))) for n in range(1, 15)]

    answer = simulate(program_of(circuits))

    for index, circuit in enumerate(circuits):
        assert set(answer.as_dict(index).values()) == {2.0**-circuit.width}


def test_a_long_clifford_circuit_stays_exact():
    layer = [G(Opcode.H, (0,)), G(Opcode.X, (1,), (0,)), G(Opcode.V, (1,)), G(Opcode.S, (0,))]

    answer = simulate(program_of([C(2, tuple(layer * 12 + [G(Opcode.H, (0,))]))]))

    assert all(math.log2(p).is_integer() for p in answer.as_dict(0).values())


def test_an_empty_circuit_stays_in_zero():
    answer = simulate(program_of([C(3, ()), C(0, ()), C(2, (G(Opcode.NOP, (0, 1)),))]))

    assert [answer.as_dict(k) for k in range(3)] == [{0: 1.0}] * 3


def test_a_program_without_circuits_has_an_empty_answer():
    answer = simulate(program_of([]))

    assert answer.n_circuits == 0
    assert answer.states.dtype == np.uint64


def test_qubits_that_no_gate_touches_cost_nothing():
    circuit = C(60, (G(Opcode.H, (59,)), G(Opcode.X, (30,), (59,))))

    assert simulate(program_of([circuit]), options=RunOptions(memory_limit=10_000)).as_dict(0) == {
        0: 0.5,
        2**59 + 2**30: 0.5,
    }


def test_very_many_parts_below_the_noise_floor_leave_a_sum_of_one():
    circuit = C(20, tuple(G(Opcode.RY, (q,), (), (0.3,)) for q in range(20)))

    answer = simulate(program_of([circuit]))

    assert answer.probabilities.min() > 1e-12
    assert answer.probabilities.sum() == pytest.approx(1, abs=1e-9)


def test_a_long_evolution_of_terms_that_do_not_commute_stays_exact():
    # X + Z is sqrt(2) H, so that exp(-i t (X + Z)) = cos(sqrt(2) t) - i sin(sqrt(2) t) H.
    time = 1000.0
    circuit = C(1, (G(Opcode.PAULIEXP, (0,), (), (time, 1.0, 1.0, 1.0, 3.0)),))

    answer = simulate(program_of([circuit]))

    assert answer.as_dict(0)[1] == pytest.approx(math.sin(math.sqrt(2) * time) ** 2 / 2, abs=1e-12)


def test_an_identity_in_a_controlled_exponential_is_a_phase_of_the_control():
    exponential = G(Opcode.PAULIEXP, (1,), (0,), (1.0, math.pi, 0.0))
    circuit = C(2, (G(Opcode.H, (0,)), exponential, G(Opcode.H, (0,))))

    assert simulate(program_of([circuit])).as_dict(0) == {1: 1.0}
