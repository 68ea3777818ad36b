"""Circuits, gates and batches by qiskit-ionq, v0.3 and v0.4 of the API."""

import math

import pytest
from clients.qiskit_circuits import (
    FAST,
    SHOTS,
    around,
    assert_agrees,
    assert_run_agrees,
    expected,
    uneven,
)
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.quantum_info import SparsePauliOp
from qiskit_ionq import GPI2Gate, GPIGate, MSGate, ZZGate

from clients import gates

GATES = gates.GATES | {
    "sxdg": lambda c: c.sxdg(2),
    "cp": lambda c: c.cp(0.77, 3, 0),
    "csx": lambda c: c.csx(0, 1),
    "rxx": lambda c: c.rxx(0.58, 0, 2),
    "ryy": lambda c: c.ryy(1.23, 3, 1),
    "mcx": lambda c: c.mcx([0, 1, 3], 2),
    "mcp": lambda c: c.mcp(1.19, [3, 0, 2], 1),
    "barrier": lambda c: c.barrier(),
    "evolution": lambda c: c.append(
        PauliEvolutionGate(SparsePauliOp(["XIZ", "ZIX"], [0.7, -0.4]), time=0.9), [3, 0, 2]
    ),
}


def test_a_single_circuit_gives_the_exact_distribution(backend):
    circuit = uneven(3, 0.1)
    result = backend.run(circuit, shots=SHOTS).result(**FAST)
    assert_agrees(circuit, result.get_counts(), result.get_probabilities())


@pytest.mark.parametrize("size", [1, 2, 50, 300])
def test_a_batch_of_different_widths_comes_back_in_order(backend, size):
    assert_run_agrees(
        backend, [uneven(1 + i % 6, 0.037 * i, name=f"circuit {i}") for i in range(size)]
    )


@pytest.mark.parametrize("name", GATES)
def test_a_gate_acts_as_in_qiskit(backend, name):
    circuit = around(GATES[name])
    result = backend.run(circuit, shots=SHOTS).result(**FAST)
    assert_agrees(circuit, result.get_counts(), result.get_probabilities())


def test_all_gates_after_each_other_act_as_in_qiskit(backend):
    def all_of_them(circuit):
        for append in GATES.values():
            append(circuit)

    assert_run_agrees(backend, [around(all_of_them)])


def test_native_gates_act_as_their_matrices(provider):
    native = provider.get_backend("ionq_simulator", gateset="native")
    circuits = []
    for last in (MSGate(0.11, 0.37, 0.2), ZZGate(0.17), MSGate(0.41, 0.05)):
        circuit = QuantumCircuit(3, 3)
        for qubit in range(3):
            circuit.append(GPI2Gate(0.07 + 0.19 * qubit), [qubit])
        circuit.append(GPIGate(0.31), [1])
        circuit.append(last, [2, 0])
        circuit.append(MSGate(0.23, 0.61, 0.15), [0, 1])
        for qubit in range(3):
            circuit.append(GPI2Gate(0.83 - 0.27 * qubit), [qubit])
        circuit.measure(range(3), range(3))
        circuits.append(circuit)
    assert_run_agrees(native, circuits)


@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_a_transpiled_circuit_acts_as_in_qiskit(provider, gateset):
    backend = provider.get_backend("ionq_simulator", gateset=gateset)
    circuit = QuantumCircuit(4, 4)
    for qubit in range(4):
        circuit.ry(0.4 + 0.3 * qubit, qubit)
    for qubit in range(3):
        circuit.cp(math.pi / 2**qubit, qubit, 3)
        circuit.h(qubit)
    circuit.swap(0, 2)
    circuit.measure(range(4), range(4))
    compiled = transpile(circuit, backend, optimization_level=1)
    result = backend.run(compiled, shots=SHOTS).result(**FAST)
    probabilities = result.get_probabilities()
    truth = {key: p for key, p in expected(circuit).items() if p > 1e-3}
    assert {key: p for key, p in probabilities.items() if p > 1e-3} == pytest.approx(
        truth, abs=1e-7
    )


def test_qubits_measured_into_other_classical_bits(backend):
    crossed = QuantumCircuit(4, 3)
    for qubit in range(4):
        crossed.ry(0.3 + 0.5 * qubit, qubit)
    crossed.cx(0, 3)
    crossed.measure([3, 0], [0, 2])
    turned = QuantumCircuit(3, 3)
    for qubit in range(3):
        turned.ry(0.6 + 0.4 * qubit, qubit)
    turned.measure([0, 1, 2], [2, 1, 0])
    assert_run_agrees(backend, [crossed, turned])
    assert_run_agrees(backend, [crossed])


def test_named_registers_shape_the_keys(backend):
    data, flag = ClassicalRegister(2, "data"), ClassicalRegister(1, "flag")
    circuit = QuantumCircuit(QuantumRegister(3, "q"), data, flag)
    circuit.x(1)
    circuit.x(2)
    circuit.measure([0, 1], data)
    circuit.measure(2, flag[0])
    result = backend.run(circuit, shots=SHOTS).result(**FAST)
    assert result.get_counts() == {"1 10": SHOTS}


def test_bound_parameters_are_sent_as_numbers(backend):
    angle = Parameter("θ")
    template = QuantumCircuit(1, 1)
    template.rx(2 * angle, 0)
    template.measure(0, 0)
    assert_run_agrees(backend, [template.assign_parameters({angle: 0.1 * i}) for i in range(5)])
