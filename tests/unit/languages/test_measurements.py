"""Measurements and resets before the end, against branches carried out one by one."""

import numpy as np
import pytest
from independent.branches import branches
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, qasm3
from unit.languages.programs import HEADER, dense, distribution, read

import paultrap
from paultrap.circuits import Opcode
from paultrap.compiler import compile_native
from paultrap.engine import NoiseModel, simulate
from paultrap.jobs import Sampling, Work, execute
from paultrap.languages import ProgramError


def random_dynamic(seed: int) -> QuantumCircuit:
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(
        QuantumRegister(3), ClassicalRegister(3, "a"), ClassicalRegister(2, "b")
    )
    for _ in range(14):
        kind = rng.choice(["u", "cx", "measure", "reset"], p=[0.4, 0.25, 0.2, 0.15])
        first, second = rng.permutation(3)[:2].tolist()
        if kind == "u":
            circuit.u(*rng.uniform(-3, 3, 3).tolist(), first)
        elif kind == "cx":
            circuit.cx(first, second)
        elif kind == "measure":
            circuit.measure(first, int(rng.integers(5)))
        else:
            circuit.reset(first)
    circuit.measure([0, 1], [0, 4])
    return circuit


@pytest.mark.parametrize("seed", range(25))
def test_random_programs_give_what_their_branches_give(seed):
    circuit = random_dynamic(seed)
    found = dense(distribution(qasm3.dumps(circuit)), 5)
    assert found == pytest.approx(dense(branches(circuit), 5), abs=1e-9)


@pytest.mark.parametrize("resets", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_jobs_of_programs_that_keep_no_measurement_answer_with_their_qubits(seed, resets):
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(QuantumRegister(3, "q"), ClassicalRegister(3, "end"))
    circuit.add_register(ClassicalRegister(6, "lost"))
    lines = ["qubit[3] q;"]
    for step in range(6):
        first, second = rng.permutation(3)[:2].tolist()
        angles = rng.uniform(-3, 3, 3).tolist()
        circuit.u(*angles, first)
        circuit.cx(first, second)
        circuit.measure(first, 3 + step)
        lines += [f"u3({str(angles)[1:-1]}) q[{first}];", f"cx q[{first}], q[{second}];"]
        lines += [f"measure q[{first}];"]
        if resets and step % 2:
            circuit.reset(second)
            lines += [f"reset q[{second}];"]
    circuit.h(range(3))
    circuit.measure(range(3), range(3))
    lines += ["h q;"]
    wanted = dense(branches(circuit), 9).reshape(-1, 8).sum(axis=0)
    data = {"data": HEADER + "\n".join(lines)}
    job = {"type": "ionq.qasm3.v1", "backend": "simulator", "input": data}
    assert dense(paultrap.run(job).as_dict(0), 3) == pytest.approx(wanted, abs=1e-9)
    noisy = job | {"shots": 500, "noise": {"model": "aria-1", "seed": 1}}
    assert max(paultrap.run(noisy).as_dict(0)) < 8


@pytest.mark.parametrize("entangler", ["ms", "zz"])
@pytest.mark.parametrize("seed", range(8))
def test_compiled_around_copies_they_give_the_same(seed, entangler):
    found = read(qasm3.dumps(random_dynamic(seed)))
    compiled = compile_native(found.program, entangler)
    assert (compiled.opcodes >= Opcode.GPI).all()
    copies = [(program.opcodes == Opcode.COPY).sum() for program in (found.program, compiled)]
    assert copies[0] == copies[1]
    one, other = (found.readout.of(simulate(each)) for each in (found.program, compiled))
    assert dense(one.as_dict(0), 5) == pytest.approx(dense(other.as_dict(0), 5), abs=1e-9)


def test_a_qubit_measured_twice_in_a_row_gives_one_outcome():
    text = f"{HEADER}qubit q; bit[2] c; h q; c[0] = measure q; c[1] = measure q;"
    assert distribution(text) == {0: 0.5, 3: 0.5}


def test_a_measurement_destroys_interference():
    assert distribution(f"{HEADER}qubit q; bit c; h q; measure q; h q; c = measure q;") == {
        0: 0.5,
        1: 0.5,
    }


def test_a_qubit_that_is_measured_reset_and_used_again_needs_one_more():
    text = (
        f"{HEADER}qubit[2] q; bit[3] c; x q[0]; cx q[0], q[1]; c[0] = measure q[0]; reset q[0]; "
        "c[1] = measure q[0]; x q[0]; c[2] = measure q[0];"
    )
    found = read(text)
    assert distribution(text) == {0b101: 1.0}
    assert found.readout.machine_qubits[:2] == (0, 1)
    assert int(found.program.widths[0]) == 4


def test_qubits_that_are_not_used_serve_as_copies():
    found = read(
        f"{HEADER}qubit[5] q; bit[2] c; h q[0]; c[0] = measure q[0]; h q[0]; c[1] = measure q[0];"
    )
    assert int(found.program.widths[0]) == 5
    assert sorted(found.readout.machine_qubits) == [0, 0, 2, 3, 4]


def test_resets_of_what_is_fresh_cost_nothing():
    found = read(f"{HEADER}qubit[2] q; bit[2] c; reset q; h q[0]; cx q[0], q[1]; c = measure q;")
    assert not found.readout.measures_within


def test_teleportation_without_correction_is_seen_in_the_outcomes():
    text = (
        f"{HEADER}qubit[3] q; bit[2] m; bit out; ry(0.8) q[0]; h q[1]; cx q[1], q[2]; "
        "cx q[0], q[1]; h q[0]; m[0] = measure q[0]; m[1] = measure q[1]; "
        "ry(-0.8) q[2]; out = measure q[2];"
    )
    found = distribution(text)
    # Where both outcomes are 0, the state has arrived as it was.
    assert found.get(0b000) == pytest.approx(0.25)
    assert 0b100 not in found


def test_registers_stand_in_order_and_bits_where_they_were_written():
    found = read(
        f"{HEADER}qubit[3] q; bit[2] high; bit low; x q[2]; high[1] = measure q[2]; "
        "low = measure q[0];"
    )
    assert [(register.name, register.size) for register in found.readout.registers] == [
        ("high", 2),
        ("low", 1),
    ]
    assert found.readout.of(simulate(found.program)).as_dict(0) == {0b010: 1.0}


def test_what_measures_nothing_measures_all_qubits():
    found = read(f"{HEADER}qubit[2] q; bit[4] c; x q[1];")
    assert (found.readout.bits, found.readout.registers) == ((0, 1), ())


def test_too_many_measurements_are_refused_with_the_width_that_they_need():
    text = f"{HEADER}qubit q; bit[30] c; for int i in [0:29] {{ h q; c[i] = measure q; }}"
    with pytest.raises(ProgramError, match=r"29 qubits beside its own, 30 in all") as caught:
        read(text)
    assert caught.value.code == "QuantumCircuitComplexityError"


def model(**fields) -> NoiseModel:
    settings = {"name": "m", "qubits": 4, "entangler": "ms", "one_qubit": 0.0, "two_qubit": 0.0}
    return NoiseModel(**settings | fields)


def sampled(text: str, noise: NoiseModel, shots: int = 20_000) -> dict[int, float]:
    found = read(text)
    sampling = Sampling(shots=shots, seed=11, noise=noise)
    return execute(Work(found.program, sampling, readout=found.readout)).as_dict(0)


def near(value: float, shots: int = 20_000) -> object:
    return pytest.approx(value, abs=5 * np.sqrt(value * (1 - value) / shots) + 1e-9)


@pytest.mark.parametrize("acts_on", ["native", "written"])
def test_copies_have_no_noise(acts_on):
    text = f"{HEADER}qubit q; bit[3] c; x q; c[0] = measure q; x q; c[1] = measure q; x q; c[2] = measure q;"
    strength = 0.2
    found = sampled(text, model(one_qubit=strength, two_qubit=0.9, acts_on=acts_on))
    # A depolarizing channel flips with half its strength, and each flip stays.
    flip = strength / 2
    expected = {}
    for flips in range(8):
        bits, value = 0, 0
        for place in range(3):
            value ^= 1 ^ (flips >> place & 1)
            bits |= value << place
        count = flips.bit_count()
        expected[bits] = flip**count * (1 - flip) ** (3 - count)
    assert {bits: near(p) for bits, p in expected.items()} == found


def test_every_measurement_is_misread_for_itself_as_its_qubit_is():
    text = f"{HEADER}qubit[2] q; bit[3] c; c[0] = measure q[1]; c[1] = measure q[1]; c[2] = measure q[0];"
    found = sampled(text, model(readout=((0.0, 0.0), (0.3, 0.0))))
    assert found == {0: near(0.49), 1: near(0.21), 2: near(0.21), 3: near(0.09)}


def test_a_fresh_qubit_after_a_reset_has_the_noise_of_its_machine_qubit():
    text = (
        f"{HEADER}qubit[3] q; bit[2] c; x q[0]; x q[1]; c[0] = measure q[0]; reset q[0]; "
        "cx q[1], q[0]; c[1] = measure q[0];"
    )
    quiet = sampled(text, model(pairs={"1-2": 1.0}))
    assert quiet == {0b11: 1.0}
    loud = sampled(text, model(pairs={"0-1": 1.0}))
    assert loud == {0b01: near(0.5), 0b11: near(0.5)}


def test_the_marginal_of_counts_is_whole_shots():
    text = f"{HEADER}qubit[3] q; bit c; h q; c = measure q[1];"
    found = sampled(text, model(), shots=1001)
    counts = {state: probability * 1001 for state, probability in found.items()}
    assert counts == {state: pytest.approx(round(count)) for state, count in counts.items()}
    assert sum(counts.values()) == pytest.approx(1001)


def test_bits_that_are_the_qubits_in_order_are_their_distribution_itself():
    found = read(f"{HEADER}qubit[3] q; bit[3] c; h q[0]; c = measure q;")
    answer = simulate(found.program)
    assert found.readout.of(answer) is answer
    first = read(f"{HEADER}qubit[3] q; bit[2] c; x q[2]; h q[0]; c = measure q[0:1];")
    assert first.readout.of(simulate(first.program)).as_dict(0) == {0: 0.5, 1: 0.5}


MIDDLE = f"{HEADER}qubit[2] q; bit[1] m; bit d; x q[0]; m[0] = measure q[0]; reset q[0]; h q[0];"


def test_qubits_that_are_measured_in_the_middle_alone_are_read_at_the_end_too():
    found = read(MIDDLE)
    assert [each.name for each in found.readout.registers] == ["m", "d"]
    assert (found.readout.part(1), found.readout.part(2)) == (range(2, 4), range(2))
    bits = found.readout.of(simulate(found.program))
    assert bits.as_dict(0) == pytest.approx({0b0001: 0.5, 0b0101: 0.5})
    assert distribution(MIDDLE) == {0b01: 1.0}


@pytest.mark.parametrize(
    ("end", "are_read"),
    [
        ("", True),
        ("reset q;", True),
        ("barrier q;", True),
        ("measure q[1];", False),
        ("d = measure q[0];", False),
        ("d = measure q[0]; reset q[0];", False),
        ("d = measure q[1]; h q[1]; reset q[1];", True),
    ],
)
def test_qubits_are_read_at_the_end_where_none_ends_in_a_measurement_but_for_resets(end, are_read):
    assert bool(read(f"{MIDDLE} {end}").readout.final) is are_read


def test_their_states_at_the_end_are_those_of_qiskit():
    rng = np.random.default_rng(8)
    circuit = random_dynamic(8)
    for qubit in range(3):
        circuit.u(*rng.uniform(-3, 3, 3).tolist(), qubit)
    wanted = circuit.copy()
    wanted.add_register(ClassicalRegister(3, "end"))
    wanted.measure(range(3), range(5, 8))
    program = read(qasm3.dumps(circuit))
    found = program.readout.of(simulate(program.program)).as_dict(0)
    assert dense(found, 8) == pytest.approx(dense(branches(wanted), 8), abs=1e-9)
