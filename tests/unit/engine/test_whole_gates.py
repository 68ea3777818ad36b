"""Gates with many controls under noise: each of their native gates has its error, or one for all."""

import numpy as np
import pytest
from harness.circuits import C, G, gates_of, matrix_of, program_of, unitary_of
from independent.states import applied, zeros

from paultrap.circuits import Distributions, Opcode, Program
from paultrap.compiler import compact, compile_compact, compile_native, gates_alone
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
    monkeypatch.setattr(compact, "MOST_ENTANGLERS", 0)


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
    check_shots(found, expected)


def check_shots(found: Distributions, expected: np.ndarray) -> None:
    """Assert that no state was seen six standard deviations too often or too seldom."""
    seen = np.zeros(len(expected))
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
    mixed = density
    for qubit in qubits:
        parts = mixed.reshape(2 ** (width - 1 - qubit), 2, 2**qubit, -1, 2, 2**qubit)
        mean = (parts[:, 0, :, :, 0] + parts[:, 1, :, :, 1]) / 2
        mixed = np.zeros_like(parts)
        mixed[:, 0, :, :, 0] = mixed[:, 1, :, :, 1] = mean
        mixed = mixed.reshape(density.shape)
    return (1 - strength) * density + strength * mixed


@pytest.mark.parametrize("entangler", ["ms", "zz"])
@pytest.mark.parametrize("controls", [3, 4, 5, 6])
def test_shots_are_those_of_the_density_matrix_of_all_native_gates(controls, entangler):
    """With an idle qubit for an odd number of controls, which is another decomposition."""
    noise = NoiseModel(name="test", qubits=8, entangler=entangler, one_qubit=0.002, two_qubit=0.01)
    width = controls + 1 + controls % 2
    turned = [G(Opcode.RY, (qubit,), (), (1.9 + 0.2 * qubit,)) for qubit in range(width - 1)]
    circuit = C(width, (*turned, many_controlled(controls), G(Opcode.H, (0,))))

    found = sample(program_of([circuit]), Draw(SHOTS, 11), noise)

    expected = noisy_probabilities(compile_native(program_of([circuit]), entangler), noise)
    check_shots(found, expected)
    states = np.arange(2**width)
    for qubit in range(width):
        is_one = (states >> qubit & 1).astype(bool)
        seen = found.probabilities[(found.states >> np.uint64(qubit)) & np.uint64(1) == 1].sum()
        assert seen == pytest.approx(expected[is_one].sum(), abs=0.01)


@pytest.mark.parametrize(("controls", "idle"), [(9, 0), (11, 0), (14, 0), (9, 1), (15, 1), (15, 3)])
def test_native_gates_are_run_one_by_one_while_they_are_few(controls, idle):
    program = program_of([C(controls + 1 + idle, (many_controlled(controls),))])

    same = compile_compact(program, "ms")

    assert gates_of(same) == gates_of(compile_native(program, "ms"))
    runs = [
        sample(program, Draw(3, 3), FORTE, options=RunOptions(engine_version=version))
        for version in ("5", "4")
    ]
    assert runs[0].as_dict(0) == runs[1].as_dict(0)


def test_past_the_bound_nothing_doubles_with_each_control():
    """Neither what is predicted nor what is run has a state for each of the native gates."""
    programs = {k: program_of([C(k + 1, (many_controlled(k),))]) for k in (14, 15, 16, 20)}

    costs = {k: float(estimate_sampling_costs(p, 100, ARIA)[0]) for k, p in programs.items()}

    # Only the state itself does, of which a shot is drawn.
    for k in (15, 16, 20):
        assert costs[k] < 200 * 2.0 ** (k + 1) * 100
        assert compile_compact(programs[k], "ms").n_gates < 50
    assert costs[16] < costs[14] / 10
    assert compile_native(programs[20], "ms").n_gates > 5_000


def test_on_as_many_qubits_time_follows_the_number_of_native_gates():
    """Linear in the controls where a qubit is idle: fourteen more are no 16,384 times as many."""
    # A qubit that is only turned does not double the state before its errors do.
    chain = program_of([C(21, tuple(G(Opcode.X, (k + 1,), (k,)) for k in range(20)))])
    turned = Program.compose([turned_everywhere(21), chain])
    programs = [
        Program.compose([turned, program_of([C(21, (many_controlled(k),))])]) for k in range(5, 20)
    ]

    costs = np.array([float(estimate_sampling_costs(each, 100, ARIA)[0]) for each in programs])

    assert costs[-1] < 50 * costs[0]
    # From 12 on there are too few idle qubits for a chain, and the gate is split in two.
    assert (costs[8:] < 1.2 * costs[7:-1]).all()


def turned_everywhere(width: int) -> Program:
    return program_of([C(width, tuple(G(Opcode.H, (qubit,)) for qubit in range(width)))])


def test_past_the_bound_errors_are_as_many_and_as_strong():
    """Of what is left without an error this is exact; where errors are it is not, within 0.35."""
    width = 10
    gates = [G(Opcode.X, (qubit,)) for qubit in range(width - 1)]
    program = program_of([C(width, (*gates, many_controlled(width - 1)))])
    exact = sample(program, Draw(4_000, 3), FORTE)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compact, "MOST_CONTROLS", 8)
        patch.setattr(compact, "MOST_ENTANGLERS", 700)
        whole = sample(program, Draw(4_000, 3), FORTE)

    one, other = whole.as_dict(0)[2**width - 1], exact.as_dict(0)[2**width - 1]
    assert one == pytest.approx(other, abs=0.03)
    for qubit in range(width):
        bit = [(run.states >> np.uint64(qubit)) & np.uint64(1) for run in (whole, exact)]
        low, high = (
            run.probabilities[b == 1].sum() for run, b in zip((whole, exact), bit, strict=True)
        )
        assert low == pytest.approx(high, abs=0.35)


def test_by_the_rules_of_version_4_all_gates_are_compiled():
    program = program_of([C(10, (many_controlled(9),))])
    noiseless = NoiseModel(name="test", qubits=11, entangler="ms", one_qubit=0.0, two_qubit=0.0)

    one = sample(program, Draw(50, 3), noiseless, options=RunOptions(engine_version="4"))
    other = sample(program, Draw(50, 3), noiseless)

    assert one.as_dict(0) == other.as_dict(0) == {0: 1.0}
