"""A compiled circuit has the unitary of the one that it was made from."""

import numpy as np
import pytest
from harness.circuits import C, G, gates_of, program_of
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.compiler.compiler_circuits import (
    ANGLED,
    FIXED,
    PAIRS,
    action_of,
    distance,
    entanglers,
    random_circuit,
)

from paultrap.circuits import Opcode, Program
from paultrap.compiler import compile_native

NATIVE = {
    "ms": {Opcode.GPI, Opcode.GPI2, Opcode.MS},
    "zz": {Opcode.GPI, Opcode.GPI2, Opcode.NATIVE_ZZ},
}
BOTH = pytest.mark.parametrize("entangler", ["ms", "zz"])


def compiled(gates: list[G], width: int, entangler: str) -> Program:
    """Compile one circuit, and check all that holds for any circuit."""
    native = compile_native(program_of([C(width, gates)]), entangler, keep_phases=True)
    assert {gate.opcode for gate in gates_of(native)} <= NATIVE[entangler]
    for gate in gates_of(native):
        phases = gate.params if len(gate.targets) == 1 else gate.params[:-1]
        assert all(0 <= phase < 1 for phase in phases)
        if len(gate.targets) == 2:
            assert 0 < gate.params[-1] <= 0.25
    return native


def error(gates: list[G], width: int, native: Program) -> float:
    return distance(action_of(gates, width), action_of(gates_of(native), width))


@BOTH
@pytest.mark.parametrize("n_controls", [0, 1, 2, 3])
@pytest.mark.parametrize("opcode", [*FIXED, *ANGLED])
def test_one_qubit_gates_under_controls(opcode, n_controls, entangler):
    params = (0.7,) if opcode in ANGLED else ()
    gates = [G(Opcode(opcode), (n_controls,), tuple(range(n_controls)), params)]

    native = compiled(gates, n_controls + 1, entangler)

    assert error(gates, n_controls + 1, native) < 1e-12
    assert entanglers(native)[0] <= (0, 1, 5, 13)[n_controls]


@BOTH
@pytest.mark.parametrize("angle", [0.3, -0.3, np.pi / 2, -np.pi / 2, np.pi, 2.0, 5.0, -9.0, 1e-9])
@pytest.mark.parametrize("opcode", PAIRS)
def test_interactions_take_one_entangler(opcode, angle, entangler):
    gates = [G(Opcode.H, (0,)), G(opcode, (1, 0), (), (angle,)), G(Opcode.T, (1,))]

    native = compiled(gates, 2, entangler)

    assert error(gates, 2, native) < 1e-12
    assert entanglers(native)[0] == (angle != np.pi)


@BOTH
@pytest.mark.parametrize("n_controls", [4, 5, 6, 7])
@pytest.mark.parametrize("n_idle", [0, 1, 2])
def test_many_controls(n_controls, n_idle, entangler):
    width = n_controls + 1 + n_idle
    gates = [G(Opcode.X, (0,), tuple(range(1, n_controls + 1)))]

    native = compiled(gates, width, entangler)

    assert error(gates, width, native) < 1e-12


@BOTH
@pytest.mark.parametrize("opcode", [Opcode.Y, Opcode.Z, Opcode.H, Opcode.RY, Opcode.V])
def test_many_controls_with_a_qubit_to_borrow(opcode, entangler):
    params = (0.4,) if opcode in ANGLED else ()
    gates = [G(opcode, (3,), (0, 1, 2, 4, 6), params)]

    assert error(gates, 7, compiled(gates, 7, entangler)) < 1e-12


def test_entanglers_grow_linearly_with_the_controls_of_x():
    counts = []
    for n_controls in (10, 20, 40):
        gates = [G(Opcode.X, (0,), tuple(range(1, n_controls + 1)))]
        counts.append(entanglers(compile_native(program_of([C(n_controls + 2, gates)]), "zz"))[0])

    assert counts[2] - counts[1] < 2.2 * (counts[1] - counts[0])
    assert counts[2] < 25 * 40


@BOTH
@pytest.mark.parametrize("n_controls", [0, 1, 2])
@pytest.mark.parametrize("opcode", [Opcode.SWAP, *PAIRS])
def test_two_qubit_gates_under_controls(opcode, n_controls, entangler):
    params = () if opcode == Opcode.SWAP else (1.1,)
    gates = [G(opcode, (n_controls + 1, 0), tuple(range(1, n_controls + 1)), params)]

    native = compiled(gates, n_controls + 2, entangler)

    assert error(gates, n_controls + 2, native) < 1e-12
    if opcode == Opcode.SWAP:
        assert entanglers(native)[0] <= (3, 7, 15)[n_controls]


@BOTH
@pytest.mark.parametrize(
    ("codes", "count"), [((3,), 0), ((1, 2), 1), ((3, 2, 1), 3), ((1, 0, 3, 2), 3), ((0, 0), 0)]
)
def test_a_pauli_string_is_a_ladder(codes, count, entangler):
    gates = [G(Opcode.PAULIEXP, tuple(range(len(codes))), (), (0.7, 0.4, *map(float, codes)))]

    native = compiled(gates, len(codes), entangler)

    assert error(gates, len(codes), native) < 1e-12
    assert entanglers(native)[0] == count


@BOTH
@pytest.mark.parametrize("controls", [(), (4,), (4, 3)])
def test_terms_that_commute_are_exact_under_controls_too(controls, entangler):
    strings = [1.0, 1, 0, 2.0, 2, 0, 3.0, 3, 0, 0.0, 0, 0]
    gates = [
        G(Opcode.PAULIEXP, (0, 1, 2), controls, (0.9, 0.1, -0.2, 0.3, 0.4, *map(float, strings)))
    ]

    assert error(gates, 5, compiled(gates, 5, entangler)) < 1e-12


@BOTH
def test_terms_that_do_not_commute_are_exact_on_two_qubits(entangler):
    params = (2.5, 0.4, -0.7, 1.2, 0.3, 3.0, 3, 1.0, 0, 0.0, 1, 2.0, 3)
    gates = [G(Opcode.PAULIEXP, (1, 0), (), tuple(map(float, params)))]

    native = compiled(gates, 2, entangler)

    assert error(gates, 2, native) < 1e-12
    assert entanglers(native)[0] <= 3


@BOTH
@pytest.mark.parametrize("controls", [(), (3,)])
def test_a_product_formula_is_within_its_bound(controls, entangler):
    params = (0.8, 0.4, -0.7, 1.0, 3.0, 3, 0, 0.0, 3, 3, 1.0, 1, 1)
    gates = [G(Opcode.PAULIEXP, (0, 1, 2), controls, tuple(map(float, params)))]
    native = compiled(gates, 4, entangler)

    one, other = action_of(gates, 4), action_of(gates_of(native), 4)
    overlap = np.vdot(one, other)

    assert np.linalg.norm(one * (overlap / abs(overlap)) - other, 2) < 1e-3


@BOTH
@pytest.mark.parametrize("controls", [(), (3,), (3, 4)])
def test_one_product_step_is_compiled_term_by_term(controls, entangler):
    strings = [3.0, 3, 0, 0.0, 3, 3, 1.0, 1, 1, 2.0, 0, 0]
    params = (0.8, 0.4, -0.7, 1.0, 0.3, *map(float, strings))
    gates = [G(Opcode.PAULIEXP_STEP, (0, 2, 1), controls, params)]
    native = compiled(gates, 5, entangler)

    assert error(gates, 5, native) < 1e-12
    if not controls:
        assert entanglers(native)[0] == 1 + 1 + 3


def test_a_pauliexp_that_would_not_end_is_refused_by_name():
    params = (1e5, 1, 1, 3, 0, 0, 1, 1, 1)
    gates = [G(Opcode.H, (0,)), G(Opcode.PAULIEXP, (0, 1, 2), (), tuple(map(float, params)))]

    with pytest.raises(ValueError, match=r"circuit 1, gate 1: pauliexp"):
        compile_native(program_of([C(1, []), C(3, gates)]), "ms")


@pytest.mark.parametrize("n_controls", [9, 14])
def test_a_pauliexp_that_controls_make_too_long_is_refused_before_it_is_made(n_controls):
    strings = [1.0, 3, 1, 3, 1, 3, 2, 1, 2]
    params = (300.0, 0.3, 0.5, 0.2, *map(float, strings))
    gate = G(Opcode.PAULIEXP, (0, 1, 2), tuple(range(3, 3 + n_controls)), params)

    with pytest.raises(ValueError, match="circuit 0, gate 0: pauliexp takes too many entanglers"):
        compile_native(program_of([C(3 + n_controls, [gate])]), "ms")


def test_a_product_of_terms_that_controls_make_too_long_is_refused_before_it_is_made():
    n_targets, n_terms = 8, 20_000
    codes = np.random.default_rng(8).integers(0, 4, (n_terms, n_targets))
    params = (1.0, *np.linspace(0.1, 1, n_terms).tolist(), *codes.ravel().astype(float).tolist())
    gate = G(Opcode.PAULIEXP_STEP, tuple(range(n_targets)), tuple(range(8, 20)), params)

    with pytest.raises(ValueError, match="circuit 0, gate 0: pauliexp takes too many entanglers"):
        compile_native(program_of([C(20, [gate])]), "ms")


@BOTH
@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32), width=st.integers(1, 5), length=st.integers(0, 30))
def test_random_circuits(entangler, seed, width, length):
    gates = random_circuit(np.random.default_rng(seed), width, length)

    assert error(gates, width, compiled(gates, width, entangler)) < 1e-12


@BOTH
@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32), length=st.integers(2, 40))
def test_a_pair_of_qubits_never_takes_more_than_three(entangler, seed, length):
    gates = random_circuit(np.random.default_rng(seed), 2, length)

    native = compiled(gates, 2, entangler)

    assert error(gates, 2, native) < 1e-12
    assert entanglers(native)[0] <= 3


@BOTH
def test_probabilities_need_no_phases(entangler):
    gates = random_circuit(np.random.default_rng(5), 4, 40)
    native = compile_native(program_of([C(4, gates)]), entangler)

    expected = np.abs(action_of(gates, 4)[:, 0]) ** 2

    np.testing.assert_allclose(
        np.abs(action_of(gates_of(native), 4)[:, 0]) ** 2, expected, atol=1e-12
    )
