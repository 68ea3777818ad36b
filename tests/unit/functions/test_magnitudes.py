"""Numbers of any size: a value and its variance are numbers, or the input is refused."""

import json
import math

import numpy as np
import pytest
from harness.functions import circuits_of

from paultrap.engine import simulate
from paultrap.formats import CircuitError, CircuitLimits
from paultrap.functions.energy import EnergyFunction
from paultrap.functions.moments import lowest
from paultrap.functions.qaoa import ITERATIONS, Qaoa

LIMITS = CircuitLimits()
PLUS = 'OPENQASM 3.0;include "stdgates.inc";qubit[2] q; h q[0];'  # |00> and |01>, half each


def energy(terms: dict[str, float], **more) -> EnergyFunction:
    data = {
        "hamiltonian": [{"pauli_string": t, "coefficient": c} for t, c in terms.items()],
        "ansatz": {"data": PLUS},
    }
    whole = {"data": {"type": "hamiltonian-energy", "data": data | more}}
    return EnergyFunction(json.dumps(whole).encode())


def estimate(function: EnergyFunction):
    batch = circuits_of(function)
    answers = simulate(batch.program)
    parts = [(index, answers.slice(index, index + 1)) for index in range(answers.n_circuits)]
    return function.estimate(parts, batch.qubits)


def linear(*coeffs: float, rhs: float = 0.0):
    return {"linear_constraints": [{"coeffs": coeffs, "rhs": rhs}]}


def quadratic(corner: float, *, rhs: float = 0.0):
    form = {"quadratic_coeff": [[corner, 0], [0, 0]], "linear_coeff": [0, 0], "rhs": rhs}
    return {"quadratic_constraints": [form]}


# By hand: of |00> and |01>, half each, Z on qubit 0 is 1 and -1, and Z on qubit 1 is 1.
NUMBERS = {
    "the largest": (energy({"IZ": 1e150}), 0.0, 1e300),
    "the largest sum": (energy({"ZI": 5e149, "IZ": -5e149}), 5e149, 2.5e299),
    "of several circuits": (energy({"IX": 4e149, "IZ": 4e149}), 4e149, 1.6e299),
    "a small one": (energy({"ZI": 1e-300}), 1e-300, 0.0),
    # |01> violates x0 <= 0 by 1e75: energies 0 and 1e149.
    "a penalty": (
        energy({"ZI": 0.0}, penalty=1e74, **linear(1e75, 0)),
        5e148,
        2.5e297,
    ),
    "a form": (energy({"ZI": 0.0}, penalty=-2.0, **quadratic(1e149)), -1e149, 1e298),
    "no penalty": (energy({"ZI": 2.0}, penalty=0.0, **linear(1e308, 1e308, rhs=-1e308)), 2.0, 0.0),
    "no violation": (energy({"ZI": 2.0}, penalty=1e149, **linear(-1, -1, rhs=0)), 2.0, 0.0),
    "the least of tails": (energy({"IZ": 3.0}, cvar_alpha=5e-324), -3.0, 0.0),
    "a small tail": (energy({"IZ": 3.0, "ZI": 0.5}, cvar_alpha=1e-300), -2.5, 0.0),
}


@pytest.mark.parametrize(("function", "value", "variance"), NUMBERS.values(), ids=NUMBERS)
def test_what_is_taken_has_a_value_and_a_variance(function, value, variance):
    found = estimate(function)

    assert all(map(math.isfinite, found))
    assert found.value == pytest.approx(value, rel=1e-12, abs=1e-5 if value == 0 else 0)
    assert found.variance == pytest.approx(variance, rel=1e-12)


BAD = {
    "a coefficient": ({"ZI": 1e308}, {}, "hamiltonian", r"hamiltonian: .* is 1e\+308"),
    "just": ({"ZI": 1.000001e150}, {}, "hamiltonian", "hamiltonian: the sum of the |coefficients|"),
    "a sum": ({"ZI": 1e308, "IZ": 1e308}, {}, "hamiltonian", "too large for a double"),
    "signs": ({"ZI": 1e308, "IZ": -1e308}, {}, "hamiltonian", "too large for a double"),
    "a penalty": (
        {"ZI": 1.0},
        {"penalty": -1e308, **linear(1, 0)},
        "penalty",
        r"penalty: .* is 1e\+308, and the limit is 1e\+150",
    ),
    "a penalty times": ({"ZI": 1.0}, {"penalty": 1e100, **linear(1e100, 0)}, "penalty", "1e\\+200"),
    "coeffs": (
        {"ZI": 1.0},
        {"penalty": 1e-300, **linear(1e308, 1e308)},
        "linear_constraints",
        "double",
    ),
    "rhs": (
        {"ZI": 1.0},
        {"penalty": 1e-300, **linear(0, 1, rhs=-1e308)},
        "linear_constraints",
        r"linear_constraints\[0\]: .* is 1e\+308",
    ),
    "a form": (
        {"ZI": 1.0},
        {"penalty": 1.0, **quadratic(1e200)},
        "quadratic_constraints",
        r"quadratic_constraints\[0\]: .* is 1e\+200",
    ),
    "its rhs": (
        {"ZI": 1.0},
        {"penalty": 1.0, **quadratic(1, rhs=-1e200)},
        "quadratic_constraints",
        "1e\\+200",
    ),
}


@pytest.mark.parametrize(("terms", "more", "field", "problem"), BAD.values(), ids=BAD)
def test_what_could_be_no_number_is_refused_by_its_field(terms, more, field, problem):
    with pytest.raises(CircuitError, match=problem) as refusal:
        circuits_of(energy(terms, **more))

    assert refusal.value.field == field
    assert refusal.value.path.startswith(f"input.data.data.{field}")
    assert "the limit is 1e+150" in str(refusal.value)


def test_a_tail_has_the_value_of_its_least_outcomes_however_small_it_is():
    values, weights = np.array([2.0, 0.7, 0.3]), np.array([0.5, 0.25, 0.25])

    for fraction in (0.1, 1e-300, 1e-320, 5e-324):
        assert lowest([(values, weights)], fraction) == (0.3, 0.0)


def triangle(*weights: float) -> Qaoa:
    """Return the triangle 0-1-2 whose edges 01, 02 and 12 have these weights."""
    a, b, c = weights
    rows = [[(1, a), (2, b)], [(0, a), (2, c)], [(0, b), (1, c)]]
    adjacency = [[{"id": other, "weight": w} for other, w in row] for row in rows]
    graph = {"nodes": [{"id": k} for k in range(3)], "adjacency": adjacency}
    return Qaoa(json.dumps({"problem_type": "maxcut", "problem": graph}).encode())


def searched(search: Qaoa):
    """Return the angles of all iterations, and the best cut."""
    circuits_of(search)
    found, angles = [], []
    for _ in range(ITERATIONS):
        angles.append(search.angles(found))
        answers = simulate(search.iteration(found))
        found.append(search.problem.observed(answers, search.least(100, exact=True)))
    return np.array(angles), search.problem.best(found)


@pytest.mark.parametrize("exponent", [-1060, -600, -500, 400, 490])
def test_a_search_does_not_depend_on_the_unit_of_the_weights(exponent):
    unit = 2.0**exponent
    angles, cut = searched(triangle(1.0, 2.0, 4.0))

    same_angles, same_cut = searched(triangle(unit, 2 * unit, 4 * unit))

    assert np.allclose(same_angles, angles, atol=1e-3)
    assert np.ptp(angles) > 1
    assert cut.cost == -6  # node 2 against the others: 2 + 4
    assert (same_cut.cost, same_cut.bitstring) == (-6 * unit, cut.bitstring)


@pytest.mark.parametrize("weights", [(1e308, 0, 0), (1e308, 1e308, -1e308), (1e150, 1e149, 0)])
def test_weights_that_are_too_large_are_refused(weights):
    with pytest.raises(
        CircuitError, match=r"^input\.problem\.adjacency: the sum of the"
    ) as refusal:
        circuits_of(triangle(*weights))

    assert refusal.value.field == "adjacency"
