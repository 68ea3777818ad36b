"""Gates with very many controls under noise: they stay whole, and have the errors of their native gates."""

import numpy as np
import pytest
from harness.circuits import C, G, gates_of, matrix_of, program_of, unitary_of
from independent.states import applied, zeros

from paultrap.circuits import Opcode, Program
from paultrap.compiler import MOST_CONTROLS, compact, compile_compact, compile_native, gates_alone
from paultrap.engine import Draw, NoiseModel, RunOptions, estimate_sampling_costs, sample
from paultrap.machines import Machines

SHOTS = 60_000
ARIA = Machines.shipped().models["aria-1"]
FORTE = Machines.shipped().models["forte-1"]


def many_controlled(controls: int, opcode: Opcode = Opcode.X) -> G:
    return G(opcode, (controls,), tuple(range(controls)))


@pytest.fixture
def whole_from_two(monkeypatch):
    """Keep gates with two controls whole, so that their errors can be written down."""
    monkeypatch.setattr(compact, "MOST_CONTROLS", 1)


MIXED = C(
    4,
    (
        G(Opcode.H, (0,)),
        G(Opcode.RY, (1,), (), (0.7,)),
        G(Opcode.RZ, (1,), (), (0.4,)),
        G(Opcode.X, (2,), (0, 1)),
        G(Opcode.RX, (2,), (), (1.1,)),
        G(Opcode.YY, (1, 3), (0, 2), (0.9,)),
        G(Opcode.X, (3,), (1,)),
        G(Opcode.S, (3,)),
        G(Opcode.H, (3,)),
    ),
)


@pytest.mark.usefixtures("whole_from_two")
@pytest.mark.parametrize("entangler", ["ms", "zz"])
def test_a_compact_circuit_does_what_was_written(entangler):
    program = program_of([MIXED])

    made = compile_compact(program, entangler)

    kept = [gate for gate in gates_of(made) if gate.controls]
    assert [(gate.opcode, gate.controls) for gate in kept] == [
        (Opcode.X, (0, 1)),
        (Opcode.YY, (0, 2)),
    ]
    # What is left of rotations about z at the end is seen by no measurement.
    state = unitary_of(gates_of(made), 4)[:, 0]
    assert np.abs(state) ** 2 == pytest.approx(np.abs(unitary_of(MIXED.gates, 4)[:, 0]) ** 2)
    assert gates_of(compile_compact(made, entangler)) == gates_of(made)


@pytest.mark.usefixtures("whole_from_two")
def test_behind_it_come_the_errors_of_all_its_native_gates():
    noise = NoiseModel(name="test", qubits=4, entangler="ms", one_qubit=0.01, two_qubit=0.04)
    program = program_of([MIXED])

    found = sample(program, Draw(SHOTS, 5), noise)

    expected = noisy_probabilities(compile_compact(program, "ms"), noise)
    seen = np.zeros(16)
    seen[found.states.astype(int)] = found.probabilities
    variance = np.maximum(expected * (1 - expected), 1e-5) / SHOTS
    assert (np.abs(seen - expected) / np.sqrt(variance)).max() < 6


def noisy_probabilities(program: Program, noise: NoiseModel) -> np.ndarray:
    """Return the probabilities of the only circuit, from its density matrix."""
    width = int(program.widths[0])
    state = zeros(width).reshape(-1)
    density = np.outer(state, state.conj())
    for gate in gates_of(program):
        density = both_sides(density, width, matrix_of(gate), gate.targets, gate.controls)
        if gate.opcode == Opcode.RZ:
            continue
        native = [gate]
        if gate.controls:
            alone = gates_alone(program_of([C(width, (gate,))]), np.array([True]))
            native = gates_of(compile_native(alone, "ms"))
        for each in native:
            strength = noise.one_qubit if len(each.targets) == 1 else noise.two_qubit
            density = depolarized(density, width, each.targets, strength)
    return np.diag(density).real


def both_sides(density, width, matrix, targets, controls=()):
    size = 2**width

    def on_columns(columns):
        stacked = columns.reshape((2,) * width + (size,))
        return applied(stacked, width, matrix, targets, controls).reshape(size, size)

    return on_columns(on_columns(density).conj().T).conj().T


def depolarized(density, width, qubits, strength):
    paulis = [np.eye(2), *(np.array(p) for p in ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]]))]
    paulis.append(np.diag([1, -1]))
    mixed = density
    for qubit in qubits:
        mixed = sum(both_sides(mixed, width, pauli, (qubit,)) for pauli in paulis) / 4
    return (1 - strength) * density + strength * mixed


def test_nothing_doubles_with_each_control():
    """Neither what is predicted nor what is run has a state for each of the native gates."""
    programs = {k: program_of([C(k + 1, (many_controlled(k),))]) for k in (8, 12, 16, 20)}

    costs = {k: float(estimate_sampling_costs(p, 100, ARIA)[0]) for k, p in programs.items()}

    # Only the state itself does, of which a shot is drawn.
    for k in (12, 16, 20):
        assert costs[k] < 200 * 2.0 ** (k + 1) * 100
    assert costs[12] < costs[8]
    assert compile_compact(programs[20], "ms").n_gates < 50
    assert compile_native(programs[20], "ms").n_gates > 5_000


def test_up_to_the_bound_gates_are_compiled():
    program = program_of([C(10, (many_controlled(MOST_CONTROLS),))])

    same = compile_compact(program, "ms")

    assert gates_of(same) == gates_of(compile_native(program, "ms"))


def test_errors_are_about_as_strong_as_those_of_native_gates_one_by_one():
    """By the rules of version 4 these are run."""
    width = MOST_CONTROLS + 2
    gates = [G(Opcode.X, (qubit,)) for qubit in range(width - 1)]
    program = program_of([C(width, (*gates, many_controlled(width - 1)))])
    runs = [
        sample(program, Draw(4_000, 3), FORTE, options=RunOptions(engine_version=version))
        for version in ("5", "4")
    ]

    right = [run.as_dict(0)[2**width - 1] for run in runs]
    assert right[0] == pytest.approx(right[1], abs=0.03)
    for qubit in range(width):
        bit = [(run.states >> np.uint64(qubit)) & np.uint64(1) for run in runs]
        one, other = (run.probabilities[b == 1].sum() for run, b in zip(runs, bit, strict=True))
        assert one == pytest.approx(other, abs=0.3)


def test_by_the_rules_of_version_4_all_gates_are_compiled():
    program = program_of([C(10, (many_controlled(9),))])
    noiseless = NoiseModel(name="test", qubits=11, entangler="ms", one_qubit=0.0, two_qubit=0.0)

    one = sample(program, Draw(50, 3), noiseless, options=RunOptions(engine_version="4"))
    other = sample(program, Draw(50, 3), noiseless)

    assert one.as_dict(0) == other.as_dict(0) == {0: 1.0}
