"""Energies against dense matrices and brute force over all states."""

import json
from itertools import pairwise

import numpy as np
import pytest
from harness.functions import circuits_of
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector
from unit.functions.functions_reference import (
    expectation,
    hamiltonian,
    matrix,
    penalties,
    tail_mean,
    variance,
)

from paultrap.engine import NoiseModel
from paultrap.formats import CircuitError, CircuitLimits
from paultrap.functions.energy import EnergyFunction
from paultrap.functions.moments import lowest, moments
from paultrap.jobs import Sampling, Work, execute

LIMITS = CircuitLimits()


def ansatz(width: int, rng: np.random.Generator) -> tuple[str, list[float], np.ndarray]:
    """Return a text, its parameters, and the state that it prepares."""
    values = rng.uniform(-3, 3, 2 * width).tolist()
    lines = ['OPENQASM 3.0;\ninclude "stdgates.inc";']
    lines += [f"input float t{n};" for n in range(2 * width)] + [f"qubit[{width}] q;"]
    circuit = QuantumCircuit(width)
    for qubit in range(width):
        lines += [f"ry(t{qubit}) q[{qubit}];", f"rz(t{width + qubit}) q[{qubit}];"]
        circuit.ry(values[qubit], qubit)
        circuit.rz(values[width + qubit], qubit)
    for one, other in pairwise(range(width)):
        lines += [f"cx q[{one}], q[{other}];", f"ry(0.3) q[{one}];"]
        circuit.cx(one, other)
        circuit.ry(0.3, one)
    return "\n".join(lines), values, Statevector(circuit).data


def terms_of(width: int, count: int, rng: np.random.Generator, letters="IXYZ") -> dict[str, float]:
    texts = {"".join(rng.choice(list(letters), width)) for _ in range(count)}
    return {text: float(rng.normal()) for text in sorted(texts)}


def function(terms: dict[str, float], text: str, params: list[float], **more) -> EnergyFunction:
    data = {
        "hamiltonian": [{"pauli_string": t, "coefficient": c} for t, c in terms.items()],
        "ansatz": {"data": text},
    }
    whole = {"data": {"type": "hamiltonian-energy", "data": data | more}, "params": params}
    return EnergyFunction(json.dumps(whole).encode())


def run(energy: EnergyFunction, sampling: Sampling | None = None):
    batch = circuits_of(energy, exact=sampling is None)
    answers = execute(Work(batch.program, sampling))
    parts = [(index, answers.slice(index, index + 1)) for index in range(answers.n_circuits)]
    return energy.estimate(parts, batch.qubits), batch


@pytest.mark.parametrize("seed", range(12))
def test_the_value_is_the_expectation_of_the_dense_hamiltonian(seed):
    rng = np.random.default_rng(seed)
    width = 1 + seed % 5
    text, params, state = ansatz(width, rng)
    terms = terms_of(width, 3 * width, rng)

    found, batch = run(function(terms, text, params))

    assert found.value == pytest.approx(expectation(hamiltonian(terms), state), abs=1e-9)
    assert batch.program.n_circuits <= len(terms)
    assert not batch.is_multicircuit


def test_the_variance_is_the_sum_of_those_of_what_each_circuit_measures():
    rng = np.random.default_rng(5)
    text, params, state = ansatz(3, rng)
    # Each line is one circuit's.
    lines = [{"ZZI": 0.3, "IZZ": -0.8, "ZIZ": 0.2}, {"XXI": 0.7, "IIX": -0.4}, {"YYY": 1.1}]
    terms = {text: c for line in lines for text, c in line.items()}

    found, batch = run(function(terms, text, params))

    assert batch.program.n_circuits == 3
    truth = sum(variance(hamiltonian(line), state) for line in lines)
    assert found.variance == pytest.approx(truth, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_of_a_diagonal_hamiltonian_the_variance_is_that_of_the_observable(seed):
    rng = np.random.default_rng(seed)
    text, params, state = ansatz(4, rng)
    terms = terms_of(4, 10, rng, letters="IZ")

    found, batch = run(function(terms, text, params))

    assert batch.program.n_circuits == 1
    assert found.variance == pytest.approx(variance(hamiltonian(terms), state), abs=1e-9)


LINEAR = [{"coeffs": [1.0, -2.0, 0.5], "rhs": -0.5}, {"coeffs": [1, 1, 1], "rhs": 1}]
QUADRATIC = [
    {
        "quadratic_coeff": [[1, 0.5, 0], [-2, 0, 1], [0, 3, -1]],
        "linear_coeff": [0.2, 0.0, -1.0],
        "rhs": 0.1,
    }
]


@pytest.mark.parametrize("terms", [{"ZZI": 0.4, "IIZ": 1.0}, {"XXI": 0.4, "IYZ": 1.0, "ZZZ": 0.2}])
@pytest.mark.parametrize("penalty", [0, None, 2.5, -1.0])
def test_what_violates_constraints_costs_a_penalty(terms, penalty):
    text, params, state = ansatz(3, np.random.default_rng(1))
    weights = np.abs(state) ** 2

    found, _ = run(
        function(
            terms,
            text,
            params,
            penalty=penalty,
            linear_constraints=LINEAR,
            quadratic_constraints=QUADRATIC,
        )
    )

    violations = penalties(3, LINEAR, QUADRATIC)
    assert weights @ violations > 0.01
    truth = expectation(hamiltonian(terms), state) + (penalty or 0) * weights @ violations
    assert found.value == pytest.approx(truth, abs=1e-9)


@pytest.mark.parametrize("alpha", [1.0, 0.5, 0.1, 1e-3])
@pytest.mark.parametrize("penalty", [0.0, 3.0])
def test_cvar_is_the_mean_of_the_lowest_outcomes(alpha, penalty):
    rng = np.random.default_rng(8)
    text, params, state = ansatz(3, rng)
    terms = terms_of(3, 6, rng, letters="IZ")
    energies = np.diag(hamiltonian(terms)).real + penalty * penalties(3, LINEAR, QUADRATIC)

    found, _ = run(
        function(
            terms,
            text,
            params,
            penalty=penalty,
            cvar_alpha=alpha,
            linear_constraints=LINEAR,
            quadratic_constraints=QUADRATIC,
        )
    )

    truth = tail_mean(energies, np.abs(state) ** 2, alpha)
    assert found.value == pytest.approx(truth, abs=1e-6)


def test_shots_scatter_about_the_exact_value_as_the_variance_says():
    text, params, state = ansatz(3, np.random.default_rng(2))
    terms = {"ZZI": 0.4, "IIZ": 1.0, "XIX": -0.7, "YYI": 0.3}
    silent = NoiseModel(name="silent", qubits=8, entangler="zz", one_qubit=0.0, two_qubit=0.0)
    shots = 4000
    energy = function(terms, text, params)
    exact, _ = run(energy)

    for seed in range(5):
        found, _ = run(energy, Sampling(shots, seed, silent))
        assert abs(found.value - exact.value) < 6 * np.sqrt(exact.variance / shots)
        assert found.value != exact.value
        assert found.variance == pytest.approx(exact.variance, rel=0.2)
    assert exact.value == pytest.approx(expectation(hamiltonian(terms), state), abs=1e-9)


def test_answers_may_come_in_parts():
    rng = np.random.default_rng(3)
    values, weights = rng.normal(1e6, 1, 1000), rng.random(1000)
    weights /= weights.sum()
    parts = [(values[a:b], weights[a:b]) for a, b in pairwise([0, 1, 1, 400, 1000])]

    whole = float(values @ weights)
    assert moments(parts).value == pytest.approx(whole, rel=1e-14)
    assert moments(parts).variance == pytest.approx(float((values - whole) ** 2 @ weights))
    assert lowest(parts, 0.2).value == pytest.approx(tail_mean(values, weights, 0.2), rel=1e-12)


def test_the_last_letter_acts_on_qubit_0():
    text = 'OPENQASM 3.0;include "stdgates.inc";qubit[3] q; x q[0];'

    assert run(function({"IIZ": 1.0}, text, []))[0].value == pytest.approx(-1)
    assert run(function({"ZII": 1.0}, text, []))[0].value == pytest.approx(1)
    assert run(function({"Z0 Z1": 1.0}, text, []))[0].value == pytest.approx(-1)
    assert matrix("IIZ")[1, 1] == -1


def test_identity_terms_count():
    text = "OPENQASM 3.0;qubit q;"

    assert run(function({"I": 0.25}, text, []))[0] == (0.25, 0.0)


TEXT = 'OPENQASM 3.0;include "stdgates.inc";qubit[2] q; h q;'
BAD = {
    "no terms": ({}, {}, "hamiltonian: it has 0 terms"),
    "letters": ({"ZA": 1.0}, {}, r"hamiltonian\[0\].pauli_string.*'ZA'"),
    "width": ({"ZZ": 1.0, "ZZZ": 1.0}, {}, r"hamiltonian\[1\].*3 letters.*2 qubits"),
    "coeffs": (
        {"ZZ": 1.0},
        {"linear_constraints": [{"coeffs": [1], "rhs": 0}]},
        r"linear_constraints\[0\]: coeffs has 1 entries",
    ),
    "matrix": (
        {"ZZ": 1.0},
        {
            "quadratic_constraints": [
                {"quadratic_coeff": [[1, 2], [3]], "linear_coeff": [0, 0], "rhs": 0}
            ]
        },
        r"quadratic_constraints\[0\]: each row",
    ),
    "alpha": ({"ZZ": 1.0}, {"cvar_alpha": 0.0}, "cvar_alpha: expected a number above 0"),
    "tail of what no shot tells": ({"XZ": 1.0}, {"cvar_alpha": 0.5}, "cvar_alpha: .* I and Z"),
    "shape": ({"ZZ": 1.0}, {"penalty": "much"}, r"input.data.data: .*penalty"),
}


@pytest.mark.parametrize(("terms", "more", "problem"), BAD.values(), ids=BAD)
def test_what_cannot_be_measured_is_refused(terms, more, problem):
    with pytest.raises(CircuitError, match=problem):
        circuits_of(function(terms, TEXT, [], **more))


def test_the_limits_hold_for_all_circuits_together():
    terms = {a + b: 1.0 for a in "XYZ" for b in "XYZ"}

    with pytest.raises(CircuitError, match="the job has 6 circuits; the limit is 5"):
        circuits_of(function(terms, TEXT, []), CircuitLimits(circuits=5))
    with pytest.raises(CircuitError, match="gates; the limit is 20"):
        circuits_of(function(terms, TEXT, []), CircuitLimits(gates=20))


def test_an_exact_tail_of_too_many_states_is_refused():
    text = 'OPENQASM 3.0;include "stdgates.inc";qubit[25] q;'
    energy = function({"Z" * 25: 1.0}, text, [], cvar_alpha=0.1)

    with pytest.raises(CircuitError, match="24 qubits"):
        circuits_of(energy)
    assert circuits_of(energy, exact=False).qubits == 25


def test_an_ansatz_of_more_qubits_than_a_word_has_bits_is_refused():
    text = 'OPENQASM 3.0;include "stdgates.inc";qubit[65] q;x q;'
    limits = CircuitLimits(clifford_qubits=512)

    with pytest.raises(CircuitError, match="has 65 qubits; a Hamiltonian acts on 64") as refusal:
        circuits_of(function({"Z" * 65: 1.0}, text, []), limits)
    assert refusal.value.path == "input.data.data.ansatz.data"
    narrower = function({"Z" * 64: 1.0}, text.replace("65", "64"), [])
    assert circuits_of(narrower, limits).qubits == 64


@pytest.mark.parametrize(
    "source",
    [
        {"type": "quantum-function", "data": {"type": "hamiltonian-energy", "data": None}},
        {"type": "hamiltonian-energy", "data": None},
        {"data": {"type": "hamiltonian-energy", "data": None}},
    ],
)
def test_the_input_may_be_spelled_as_all_generations_of_clients_do(source):
    data = {"hamiltonian": [{"pauli_string": "ZZ", "coefficient": 1}], "ansatz": {"data": TEXT}}
    inner = source if source["data"] is None else source["data"]
    inner["data"] = data

    energy = EnergyFunction(json.dumps(source).encode())

    assert run(energy)[0].value == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    "source", [{}, [], {"data": {}}, {"data": {"type": "qcqp", "data": {}}}, None]
)
def test_other_inputs_are_refused(source):
    with pytest.raises(CircuitError, match="input"):
        EnergyFunction(json.dumps(source).encode())
