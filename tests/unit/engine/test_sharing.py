"""What circuits share: common first gates, and rotations by shifted angles."""

import dataclasses

import numpy as np
import pytest
from harness.circuits import C, G, program_of, random_circuit, random_gate
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.engine.engine_reference import assert_agrees, probabilities_of

from paultrap.circuits import Opcode
from paultrap.engine import RunOptions, simulate

ROTATIONS = [
    Opcode.RX,
    Opcode.RY,
    Opcode.RZ,
    Opcode.XX,
    Opcode.YY,
    Opcode.ZZ,
    Opcode.NATIVE_ZZ,
    Opcode.XPOW,
    Opcode.ZPOW,
]
MIXED = [*ROTATIONS, Opcode.H, Opcode.X, Opcode.T, Opcode.SWAP, Opcode.PAULIEXP, Opcode.GPI2]
SHIFTS = (np.pi / 2, -np.pi / 2)


def with_angle(circuit: C, index: int, shift: float) -> C:
    gate = circuit.gates[index]
    shifted = dataclasses.replace(gate, params=(gate.params[0] + shift, *gate.params[1:]))
    return C(circuit.width, (*circuit.gates[:index], shifted, *circuit.gates[index + 1 :]))


def gradient(base: C, shifts: tuple[float, ...]) -> list[C]:
    angled = [k for k, gate in enumerate(base.gates) if gate.opcode in ROTATIONS]
    return [with_angle(base, k, shift) for k in angled for shift in shifts]


def random_base(seed: int, width: int, n_gates: int, max_controls: int = 1) -> C:
    rng = np.random.default_rng(seed)
    start = tuple(G(Opcode.RY, (q,), (), (0.4 + q,)) for q in range(width))
    return C(width, start + random_circuit(rng, width, n_gates, MIXED, max_controls).gates)


def assert_right(circuits: list[C]) -> None:
    answer = simulate(program_of(circuits), options=RunOptions(threads=4))
    assert_agrees(answer, circuits, [probabilities_of(circuit) for circuit in circuits])
    assert (
        answer.to_bytes()
        == simulate(program_of(circuits), options=RunOptions(threads=1)).to_bytes()
    )


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("width", [1, 2, 4, 6, 10])
@pytest.mark.parametrize("with_base", [False, True])
def test_a_parameter_shift_gradient_agrees_with_numpy(width, with_base):
    base = random_base(width, width, 25)

    assert_right(gradient(base, SHIFTS) + [base] * with_base)


@pytest.mark.parametrize("seed", range(12))
def test_gradients_at_several_points_in_any_order_agree_with_numpy(seed):
    rng = np.random.default_rng(seed)
    bases = [random_base(100 * seed + k, 4, 20) for k in range(3)]
    shifts = tuple(rng.uniform(-3, 3, 4).tolist())
    circuits = [circuit for base in bases for circuit in gradient(base, shifts)]

    assert_right([circuits[k] for k in rng.permutation(len(circuits))])


@pytest.mark.parametrize("shift", [1e-12, 1e-6, np.pi, 2 * np.pi, 4 * np.pi])
def test_shifts_that_tell_little_apart_lose_no_digits(shift):
    circuits = gradient(random_base(5, 5, 25), (shift, -shift, shift / 3))

    assert_right(circuits)


@pytest.mark.parametrize("opcode", [Opcode.RX, Opcode.ZZ, Opcode.NATIVE_ZZ])
@pytest.mark.parametrize("nearly", [1e-15, 1e-12, 1e-9, 1e-6, 1e-3])
@pytest.mark.parametrize("periods", [(3, 0), (4, -1), (0, 40)])
def test_angles_that_are_whole_turns_apart_lose_no_digits(opcode, nearly, periods):
    turn = 2.0 if opcode == Opcode.NATIVE_ZZ else 4 * np.pi
    targets = (0,) if opcode == Opcode.RX else (0, 1)
    layer = [G(Opcode.RY, (q,), (), (0.3 + q,)) for q in range(4)]
    cross = [G(Opcode.X, (q + 1,), (q,)) for q in range(3)]
    middle = [G(opcode, targets, (), (0.2 + 0.1 * k,)) for k in range(6)]
    gates = [gate for one in middle for gate in (*layer, *cross, one)] + layer
    base = C(4, tuple(gates))
    angled = [k for k, gate in enumerate(gates) if gate.opcode == opcode]
    shifts = (periods[0] * turn / 2 - nearly, periods[1] * turn / 2 + 2 * nearly)
    circuits = [base, *(with_angle(base, k, shift) for k in angled for shift in shifts)]

    answer = simulate(program_of(circuits), options=RunOptions(threads=1))

    assert_agrees(answer, circuits, [probabilities_of(circuit) for circuit in circuits], 1e-11)
    for index in range(len(circuits)):
        assert answer.slice(index, index + 1).probabilities.sum() == pytest.approx(1, abs=1e-11)


def test_circuits_that_are_the_first_gates_of_others_agree_with_numpy():
    base = random_base(8, 5, 30)

    assert_right([C(base.width, base.gates[:count]) for count in range(len(base.gates) + 1)])


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32))
def test_a_tree_of_circuits_gives_each_what_it_gives_alone(seed):
    rng = np.random.default_rng(seed)
    width = int(rng.integers(1, 6))
    circuits = [random_base(int(rng.integers(3)), width, 4)]
    for _ in range(int(rng.integers(1, 25))):
        parent = circuits[int(rng.integers(len(circuits)))]
        kept = parent.gates[: int(rng.integers(len(parent.gates) + 1))]
        angled = [k for k, gate in enumerate(parent.gates) if gate.opcode in ROTATIONS]
        if angled and rng.random() < 0.5:  # only an angle differs
            circuits.append(with_angle(parent, int(rng.choice(angled)), float(rng.normal())))
        else:
            more = random_circuit(rng, width, int(rng.integers(8)), MIXED, 1).gates
            circuits.append(C(width, kept + more))

    assert_right(circuits)


def test_circuits_of_different_widths_and_qubits_keep_apart():
    gates = random_base(3, 4, 20).gates
    moved = tuple(
        dataclasses.replace(
            gate,
            targets=tuple(q + 2 for q in gate.targets),
            controls=tuple(q + 2 for q in gate.controls),
        )
        for gate in gates
    )
    idle = (*gates, G(Opcode.H, (5,)))
    circuits = [C(6, gates), C(4, gates), C(6, moved), C(6, idle), C(6, (*idle, gates[0]))]

    assert_right(circuits)


def test_a_gate_that_is_no_rotation_is_never_derived():
    rng = np.random.default_rng(7)
    head, tail = random_base(1, 4, 10).gates, random_base(2, 4, 10).gates
    gates = [random_gate(rng, opcode, 4, 2) for opcode in MIXED for _ in range(6)]

    assert_right([C(4, (*head, gate, *tail)) for gate in gates if gate])
