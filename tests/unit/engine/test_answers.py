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


SMALL_TURN = 0.3


def turned(width: int) -> C:
    """Return a circuit in which every state has a probability, most of them a tiny one."""
    return C(width, tuple(G(Opcode.RY, (q,), (), (SMALL_TURN,)) for q in range(width)))


def turned_probabilities(width: int) -> np.ndarray:
    one = np.array([math.cos(SMALL_TURN / 2) ** 2, math.sin(SMALL_TURN / 2) ** 2])
    found = np.ones(1)
    for _ in range(width):
        found = np.kron(one, found)
    return found


@pytest.mark.parametrize("others", [0, 4], ids=["alone", "among others"])
@pytest.mark.parametrize("width", [5, 8, 13, 17, 20, 22])
def test_what_is_dropped_in_all_stays_below_a_ten_billionth(width, others):
    circuits = [turned(width), *(turned(width - 1) for _ in range(others))]

    answer = simulate(program_of(circuits)).slice(0, 1)

    expected = turned_probabilities(width)
    found = np.zeros(2**width)
    found[answer.states] = answer.probabilities
    np.testing.assert_allclose(answer.probabilities, expected[answer.states], rtol=1e-12)
    assert np.abs(found - expected).sum() < 1e-10 + 1e-12
    assert expected[found == 0].max(initial=0) < 1e-12


def test_of_few_qubits_what_rounding_leaves_is_not_reported():
    circuit = C(6, tuple(G(Opcode.RX, (q,), (), (2 * math.pi,)) for q in range(6)) * 3)

    assert simulate(program_of([circuit])).as_dict(0) == {0: 1.0}


@pytest.mark.parametrize("width", [20, 22])
def test_by_the_rules_of_version_4_the_others_are_scaled_up(width):
    earlier = RunOptions(engine_version="4")

    answer = simulate(program_of([turned(width)]), earlier)

    expected = turned_probabilities(width)
    kept = expected > 1e-12
    assert answer.states.tolist() == np.flatnonzero(kept).tolist()
    assert answer.probabilities.sum() == pytest.approx(1, abs=1e-9)
    scaled = expected[kept] / (expected[kept].sum() if 1 - expected[kept].sum() > 1e-9 else 1)
    np.testing.assert_allclose(answer.probabilities, scaled, rtol=1e-12)


def test_in_single_precision_what_is_dropped_is_not_given_to_the_others():
    answer = simulate(program_of([turned(22)]), RunOptions("single"))

    expected = turned_probabilities(22)[answer.states]
    large = expected > 1e-9
    np.testing.assert_allclose(answer.probabilities[large], expected[large], rtol=2e-5)


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
