"""Circuits run by following outcomes, beside the same as state vectors."""

import msgspec
import numpy as np
import pytest
from qiskit import qasm3
from unit.languages.programs import HEADER, read
from unit.languages.test_measurements import random_dynamic

from paultrap.circuits import Opcode, PlacedGate, Program, SimulationError
from paultrap.compiler import compile_native
from paultrap.engine import (
    Draw,
    NoiseModel,
    Placement,
    is_reused,
    sample,
    sample_reused,
    simulate,
    simulate_reused,
)
from paultrap.engine.reuse.schedule import most_at_once, steps_of

ACCURACY = 1e-12


def of(found, read, exact):
    """Return a distribution of the qubits that are read."""
    mask = sum(1 << qubit for qubit in read)
    sums = {}
    for state, probability in found.as_dict(0).items():
        sums[state & mask] = sums.get(state & mask, 0) + probability
    return {state: value for state, value in sums.items() if value > ACCURACY or not exact}


def readable(program):
    return frozenset(bit for bit in program.readout.bits if bit >= 0)


@pytest.mark.parametrize("seed", range(20))
def test_exact_answers_are_those_of_the_state_vector(seed):
    program = read(qasm3.dumps(random_dynamic(seed)))
    bits = readable(program)
    for those in (bits, bits - {min(bits)}, frozenset(range(int(program.program.widths[0])))):
        found = simulate_reused(program.program, those)
        wanted = of(simulate(program.program), those, exact=True)
        assert found.as_dict(0) == pytest.approx(wanted, abs=ACCURACY)


@pytest.mark.parametrize("seed", range(4))
def test_gates_of_all_kinds_are_applied(seed):
    rng = np.random.default_rng(seed)
    gates = [PlacedGate(Opcode.RY, (qubit,), 0, (rng.uniform(0, 3),)) for qubit in range(5)]
    for _ in range(40):
        opcode = Opcode(int(rng.choice([0, 3, 4, 8, 10, 13, 16, 17, 18, 19, 21, 22, 23, 24])))
        targets, params = opcode.facts.targets, opcode.facts.n_params
        controls = 0 if opcode.is_native else int(rng.integers(0, 3))
        qubits = tuple(rng.permutation(5)[: targets + controls].tolist())
        angles = tuple(rng.uniform(-3, 3, params).tolist())
        gates.append(PlacedGate(opcode, qubits, controls, angles))
    program = Program.build([gates], [5])
    found = simulate_reused(program, frozenset(range(5)))
    assert found.as_dict(0) == pytest.approx(simulate(program).as_dict(0), abs=ACCURACY)


NOISE = NoiseModel(
    name="test",
    qubits=8,
    entangler="ms",
    one_qubit=0.03,
    two_qubit=0.1,
    pairs={"0-1": 0.3},
    readout=((0.02, 0.05), (0.1, 0.01)),
    acts_on="written",
)


IDEAL = NoiseModel(name="ideal", qubits=8, entangler="ms", one_qubit=0, two_qubit=0)
NATIVE = msgspec.structs.replace(NOISE, acts_on="native", gates={"gpi": 0.2}, pairs={})


@pytest.mark.parametrize("noise", [IDEAL, NOISE, NATIVE])
@pytest.mark.parametrize("seed", range(3))
def test_shots_scatter_about_the_answers_of_the_state_vector(seed, noise):
    program = read(qasm3.dumps(random_dynamic(seed)))
    machine = program.readout.machine_qubits or tuple(range(3))
    placement = Placement(np.array([machine], np.uint16))
    shots = 40_000
    many = sample(program.program, Draw(400_000, 1), noise, placement)
    wanted = of(many, readable(program), exact=False)
    found = sample_reused(
        program.program, Draw(shots, 7), noise, placement.qubits[0], readable(program)
    ).as_dict(0)
    assert sum(found.values()) == pytest.approx(1)
    for state in {*found, *wanted}:
        p = wanted.get(state, 0)
        spread = np.sqrt(max(p * (1 - p), 1e-5) * (1 / shots + 1 / 400_000))
        assert abs(found.get(state, 0) - p) < 5.5 * spread


def test_the_same_seed_gives_the_same_shots():
    program = read(qasm3.dumps(random_dynamic(5)))
    qubits = np.array(program.readout.machine_qubits, np.uint16)

    def drawn(seed, index):
        draw = Draw(500, seed, index)
        return sample_reused(program.program, draw, NOISE, qubits, readable(program)).as_dict(0)

    assert drawn(3, 0) == drawn(3, 0)
    assert drawn(3, 0) != drawn(3, 1)
    assert drawn(3, 0) != drawn(4, 0)


ROUND = "ry(0.3) q; cx q, p; rz(0.2) p; c[{k}] = measure q; reset q; "


def rounds(count, text=ROUND):
    body = "".join(text.format(k=k) for k in range(count))
    return read(f"{HEADER}qubit q; qubit p; bit[{count}] c; rx(1) p; {body}", qubits=512)


def test_qubits_leave_as_soon_as_no_gate_follows():
    program = rounds(40).program
    assert program.widths[0] == 41
    assert most_at_once(program) == 2
    assert sum(len(step.leaving) for step in steps_of(program)) == 41
    assert is_reused(program, exact=True)
    assert not is_reused(rounds(20).program, exact=True)


def test_clifford_circuits_are_left_to_stabilizers_where_these_answer():
    certain = rounds(40, "x q; cx q, p; c[{k}] = measure q; reset q; ")
    assert is_reused(certain.program, exact=True)  # by the rx before
    text = f"{HEADER}qubit q; bit[40] c; "
    text += "".join(f"x q; c[{k}] = measure q; reset q; " for k in range(40))
    assert not is_reused(read(text, qubits=512).program, exact=True)
    open_ = f"{HEADER}qubit q; bit c; " + "h q; reset q; " * 40 + "x q; c = measure q;"
    program = read(open_, qubits=512)
    assert is_reused(program.program, exact=True)
    assert not is_reused(program.program, exact=False)
    found = simulate_reused(program.program, readable(program))
    assert list(found.as_dict(0).values()) == pytest.approx([1])


def test_mixtures_have_no_more_rows_than_dimensions():
    text = "ry(0.{k}) q; cx q, p; crx(1.1) p, q; reset q; "
    body = "".join(text.format(k=k % 9 + 1) for k in range(12))
    source = f"{HEADER}qubit q; qubit p; bit c; {body} c = measure p;"
    program = read(source)
    wanted = of(simulate(program.program), readable(program), exact=True)
    found = simulate_reused(program.program, readable(program))
    assert found.as_dict(0) == pytest.approx(wanted, abs=ACCURACY)
    body = "".join(text.format(k=k % 9 + 1) for k in range(200))
    long = read(f"{HEADER}qubit q; qubit p; bit c; {body} c = measure p;", qubits=512)
    assert sum(simulate_reused(long.program, readable(long)).as_dict(0).values()) == pytest.approx(
        1
    )


def test_too_many_outcomes_are_refused():
    program = rounds(40, "h q; t q; h q; c[{k}] = measure q; ")
    with pytest.raises(SimulationError, match="too many outcomes"):
        simulate_reused(program.program, readable(program))


def test_states_of_several_words_are_read():
    text = f"{HEADER}qubit q; bit[100] c; "
    text += "".join(
        f"rx({(k % 3 == 0) * 1} * pi) q; c[{k}] = measure q; reset q; " for k in range(100)
    )
    program = read(text, qubits=512)
    found = program.readout.of(simulate_reused(program.program, readable(program)))
    wanted = sum(1 << k for k in range(0, 100, 3))
    assert found.as_dict(0) == {wanted: 1.0}
    qubits = np.zeros(int(program.program.widths[0]), np.uint16)
    drawn = sample_reused(program.program, Draw(50, 1), IDEAL, qubits, readable(program))
    assert program.readout.of(drawn, np.array([50])).as_dict(0) == {wanted: 1.0}


def test_compiled_gates_leave_few_qubits_in_use():
    text = "rx(0.3) q; cx p, q; ry(0.2) p; rz(0.1) q; c[{k}] = measure q; reset q; "
    compiled = compile_native(rounds(40, text).program, "ms")
    assert most_at_once(compiled) == 2
    steps = list(steps_of(compiled))
    assert sorted(step.number for step in steps) == list(range(compiled.n_gates))
    for qubit in range(41):
        own = [step.number for step in steps if qubit in step.gate.qubits]
        assert own == sorted(own)


def test_wide_clifford_programs_are_misread_as_the_qubits_of_the_machine_are():
    text = "x q; c[{k}] = measure q; reset q; x p; c[{k} + 40] = measure p; reset p; "
    body = "".join(text.format(k=k) for k in range(40))
    program = read(f"{HEADER}qubit q; qubit p; bit[80] c; {body}", qubits=512)
    noise = msgspec.structs.replace(NOISE, one_qubit=0, pairs={}, readout=((0, 1), (0, 0)))
    placement = Placement(np.array([program.readout.machine_qubits], np.uint16))
    found = sample(program.program, Draw(50, 1), noise, placement)
    bits = program.readout.of(found, np.array([50])).as_dict(0)
    assert bits == {((1 << 40) - 1) << 40: 1.0}
