"""Dense matrices and plain loops: what quantum functions are held to."""

from itertools import product

import numpy as np
from independent.gates import Matrix, pauli_string
from numpy.typing import NDArray


def matrix(text: str) -> Matrix:
    """Return the matrix of a Pauli string whose last letter acts on qubit 0, the lowest bit."""
    return pauli_string(text[::-1])


def hamiltonian(terms: dict[str, float]) -> Matrix:
    return sum(coefficient * matrix(text) for text, coefficient in terms.items())


def expectation(operator: NDArray, state: NDArray) -> float:
    return float(np.vdot(state, operator @ state).real)


def variance(operator: NDArray, state: NDArray) -> float:
    return expectation(operator @ operator, state) - expectation(operator, state) ** 2


def commute_qubitwise(one: str, other: str) -> bool:
    return all(a == b or "I" in {a, b} for a, b in zip(one, other, strict=True))


def penalties(width: int, linear, quadratic) -> NDArray[np.float64]:
    """Return how much each state violates the constraints, by loops over its bits."""
    found = np.zeros(2**width)
    for state in range(2**width):
        x = [state >> qubit & 1 for qubit in range(width)]
        for each in linear:
            excess = sum(a * b for a, b in zip(each["coeffs"], x, strict=True)) - each["rhs"]
            found[state] += max(0.0, excess)
        for each in quadratic:
            excess = sum(each["linear_coeff"][i] * x[i] for i in range(width)) - each["rhs"]
            for i, j in product(range(width), repeat=2):
                excess += x[i] * each["quadratic_coeff"][i][j] * x[j]
            found[state] += max(0.0, excess)
    return found


def tail_mean(values: NDArray, probabilities: NDArray, alpha: float) -> float:
    """Return the mean of the lowest outcomes, one by one until they weigh ``alpha``."""
    left, total = alpha, 0.0
    for value, probability in sorted(zip(values, probabilities, strict=True)):
        taken = min(left, probability)
        total += taken * value
        left -= taken
    return total / alpha
