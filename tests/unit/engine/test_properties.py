"""What must hold for every program, whatever its circuits."""

import numpy as np
import pytest
from harness.circuits import TURNS, C, G, program_of, random_circuit
from hypothesis import given, settings
from hypothesis import strategies as st

from paultrap.circuits import Distributions, Opcode
from paultrap.engine import estimate_costs, simulate

UNITARY = [opcode for opcode in Opcode if opcode not in TURNS and opcode != Opcode.NOP]
INVERSES = {
    Opcode.S: Opcode.SI,
    Opcode.T: Opcode.TI,
    Opcode.V: Opcode.VI,
    Opcode.SI: Opcode.S,
    Opcode.TI: Opcode.T,
    Opcode.VI: Opcode.V,
}


@st.composite
def circuits(draw, opcodes=tuple(UNITARY), max_width=7):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    width = draw(st.integers(1, max_width))
    return random_circuit(rng, width, draw(st.integers(0, 12)), list(opcodes))


def inverse(gate: G) -> G:
    opcode = INVERSES.get(gate.opcode, gate.opcode)
    params = gate.params
    if opcode.facts.n_params != 0:
        params = (-params[0], *params[1:])
    if opcode == Opcode.PAULIEXP_STEP:
        params = in_reverse(params, len(gate.targets))
    return G(opcode, gate.targets, gate.controls, params)


def in_reverse(params: tuple[float, ...], targets: int) -> tuple[float, ...]:
    """Return the parameters of a pauliexp with its last term first."""
    time, *rest = params
    terms = len(rest) // (1 + targets)
    order = np.arange(terms)[::-1]
    strings = np.reshape(rest[terms:], (terms, targets))[order]
    return (time, *np.array(rest)[order].tolist(), *strings.ravel().tolist())


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_a_circuit_and_its_inverse_lead_back_to_zero(circuit):
    back = tuple(inverse(gate) for gate in reversed(circuit.gates))

    answer = simulate(program_of([C(circuit.width, circuit.gates + back)]))

    assert answer.as_dict(0) == pytest.approx({0: 1.0}, abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(st.lists(circuits(), min_size=1, max_size=6), st.data())
def test_repeated_circuits_get_the_answer_of_the_first(batch, data):
    order = data.draw(st.lists(st.integers(0, len(batch) - 1), min_size=1, max_size=20))
    alone = [simulate(program_of([circuit])) for circuit in batch]

    together = simulate(program_of([batch[k] for k in order]))

    for index, k in enumerate(order):
        assert together.as_dict(index) == pytest.approx(alone[k].as_dict(0), abs=2e-12)


@settings(deadline=None, max_examples=40)
@given(st.lists(circuits(), min_size=1, max_size=8), st.data())
def test_a_program_cut_in_two_gives_the_same_answer(batch, data):
    program = program_of(batch)
    cut = data.draw(st.integers(0, len(batch)))

    parts = [simulate(program.slice(0, cut)), simulate(program.slice(cut, len(batch)))]

    whole, joined = simulate(program), Distributions.concatenate(parts)
    for index in range(len(batch)):
        assert whole.as_dict(index) == pytest.approx(joined.as_dict(index), abs=2e-12)
    costs = estimate_costs(program)
    assert costs[:cut].tolist() == estimate_costs(program.slice(0, cut)).tolist()


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_states_ascend_and_probabilities_sum_to_one(circuit):
    answer = simulate(program_of([circuit]))

    assert (np.diff(answer.states.astype(np.int64)) > 0).all()
    assert (answer.probabilities > 1e-12).all()
    assert answer.probabilities.sum() == pytest.approx(1, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(circuits(max_width=6), st.data())
def test_where_the_qubits_stand_only_moves_the_bits_of_a_state(circuit, data):
    places = data.draw(st.permutations(range(12)))[: circuit.width]

    def moved(qubits):
        return tuple(places[q] for q in qubits)

    gates = tuple(
        G(gate.opcode, moved(gate.targets), moved(gate.controls), gate.params)
        for gate in circuit.gates
    )
    here, there = simulate(program_of([circuit])), simulate(program_of([C(12, gates)]))

    expected = {
        sum(1 << places[q] for q in range(circuit.width) if state >> q & 1): p
        for state, p in here.as_dict(0).items()
    }
    assert there.as_dict(0) == pytest.approx(expected, abs=2e-12)
