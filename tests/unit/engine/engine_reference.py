"""A plain state vector simulator: every gate is a tensor contraction with a matrix spelled out here.

Independent of the engine and of paultrap.circuits.unitary: the matrices are written down from
the API's gate tables, entry by entry, with the first target as the lowest bit of an index.
"""

from __future__ import annotations

from cmath import exp
from math import cos, pi, sin, sqrt

import numpy as np
from engine_circuits import C, G

from paultrap.circuits import Distributions, Opcode

PAULIS = {
    0: np.array([[1, 0], [0, 1]], complex),
    1: np.array([[0, 1], [1, 0]], complex),
    2: np.array([[0, -1j], [1j, 0]], complex),
    3: np.array([[1, 0], [0, -1]], complex),
}
_T = exp(1j * pi / 4)
FIXED = {
    Opcode.X: [[0, 1], [1, 0]],
    Opcode.Y: [[0, -1j], [1j, 0]],
    Opcode.Z: [[1, 0], [0, -1]],
    Opcode.H: [[1 / sqrt(2), 1 / sqrt(2)], [1 / sqrt(2), -1 / sqrt(2)]],
    Opcode.S: [[1, 0], [0, 1j]],
    Opcode.SI: [[1, 0], [0, -1j]],
    Opcode.T: [[1, 0], [0, _T]],
    Opcode.TI: [[1, 0], [0, _T.conjugate()]],
    Opcode.V: [[0.5 + 0.5j, 0.5 - 0.5j], [0.5 - 0.5j, 0.5 + 0.5j]],
    Opcode.VI: [[0.5 - 0.5j, 0.5 + 0.5j], [0.5 + 0.5j, 0.5 - 0.5j]],
    Opcode.SWAP: [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]],
    Opcode.COPY: [[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0]],
}


def matrix_of(gate: G) -> np.ndarray:
    """Return the matrix of a gate without its controls."""
    if gate.opcode in FIXED:
        return np.array(FIXED[gate.opcode], complex)
    if gate.opcode == Opcode.NOP:
        return np.eye(2 ** len(gate.targets), dtype=complex)
    if gate.opcode == Opcode.PAULIEXP:
        return _pauliexp(gate)
    return np.array(_PARAMETRIC[gate.opcode](*gate.params), complex)


def _rx(a):
    return [[cos(a / 2), -1j * sin(a / 2)], [-1j * sin(a / 2), cos(a / 2)]]


def _ry(a):
    return [[cos(a / 2), -sin(a / 2)], [sin(a / 2), cos(a / 2)]]


def _rz(a):
    return [[exp(-0.5j * a), 0], [0, exp(0.5j * a)]]


def _xpow(a):
    p = exp(1j * a)
    return [[(1 + p) / 2, (1 - p) / 2], [(1 - p) / 2, (1 + p) / 2]]


def _ypow(a):
    p = exp(1j * a)
    return [[(1 + p) / 2, -1j * (1 - p) / 2], [1j * (1 - p) / 2, (1 + p) / 2]]


def _zpow(a):
    return [[1, 0], [0, exp(1j * a)]]


def _xx(a):
    c, s = cos(a / 2), -1j * sin(a / 2)
    return [[c, 0, 0, s], [0, c, s, 0], [0, s, c, 0], [s, 0, 0, c]]


def _yy(a):
    c, s = cos(a / 2), -1j * sin(a / 2)
    return [[c, 0, 0, -s], [0, c, s, 0], [0, s, c, 0], [-s, 0, 0, c]]


def _zz(a):
    e = exp(-0.5j * a)
    return np.diag([e, e.conjugate(), e.conjugate(), e])


def _gpi(p):
    return [[0, exp(-2j * pi * p)], [exp(2j * pi * p), 0]]


def _gpi2(p):
    r = 1 / sqrt(2)
    return [[r, -1j * r * exp(-2j * pi * p)], [-1j * r * exp(2j * pi * p), r]]


def _ms(p0, p1, angle):
    c, s = cos(pi * angle), -1j * sin(pi * angle)
    plus, minus = exp(2j * pi * (p0 + p1)), exp(2j * pi * (p0 - p1))
    # Row and column: (qubit 1, qubit 0), so row 1 has qubit 0 set.
    return [
        [c, 0, 0, s / plus],
        [0, c, s * minus, 0],
        [0, s / minus, c, 0],
        [s * plus, 0, 0, c],
    ]


def _native_zz(angle):
    e = exp(-1j * pi * angle)
    return np.diag([e, e.conjugate(), e.conjugate(), e])


_PARAMETRIC = {
    Opcode.RX: _rx,
    Opcode.RY: _ry,
    Opcode.RZ: _rz,
    Opcode.XPOW: _xpow,
    Opcode.YPOW: _ypow,
    Opcode.ZPOW: _zpow,
    Opcode.XX: _xx,
    Opcode.YY: _yy,
    Opcode.ZZ: _zz,
    Opcode.GPI: _gpi,
    Opcode.GPI2: _gpi2,
    Opcode.MS: _ms,
    Opcode.NATIVE_ZZ: _native_zz,
}


def _pauliexp(gate: G) -> np.ndarray:
    """Return exp(-i time H) by scaling and squaring."""
    n = len(gate.targets)
    terms = (len(gate.params) - 1) // (1 + n)
    hamiltonian = np.zeros((2**n, 2**n), complex)
    for k in range(terms):
        string = np.eye(1)
        for code in gate.params[1 + terms + k * n : 1 + terms + (k + 1) * n]:
            string = np.kron(PAULIS[int(code)], string)
        hamiltonian += gate.params[1 + k] * string
    squarings = 12
    small = -1j * gate.params[0] * hamiltonian / 2**squarings
    result = power = np.eye(2**n, dtype=complex)
    for order in range(1, 9):
        power = power @ small / order
        result = result + power
    for _ in range(squarings):
        result = result @ result
    return result


def apply(state: np.ndarray, gate: G, width: int) -> np.ndarray:
    """Return a new state of shape (2,) * width, whose last axis is qubit 0."""
    where: list[int | slice] = [slice(None)] * width
    for control in gate.controls:
        where[width - 1 - control] = 1
    part = state[tuple(where)]
    # Axes of the part that remain, in the order of the matrix's index: highest target first.
    free = [axis for axis in range(width) if isinstance(where[axis], slice)]
    axes = [free.index(width - 1 - target) for target in reversed(gate.targets)]
    t = len(axes)
    matrix = matrix_of(gate).reshape((2,) * (2 * t))
    moved = np.tensordot(matrix, part, axes=(list(range(t, 2 * t)), axes))
    changed = state.copy()
    changed[tuple(where)] = np.moveaxis(moved, list(range(t)), axes)
    return changed


def probabilities_of(circuit: C) -> np.ndarray:
    """Return what the engine should report: float64, shape (2**width,).

    What is below the noise floor is left out, which matters to the sum only where very many
    states are.
    """
    state = np.zeros((2,) * circuit.width, complex)
    state[(0,) * circuit.width] = 1
    for gate in circuit.gates:
        state = apply(state, gate, circuit.width)
    probabilities = np.abs(state.reshape(-1)) ** 2
    probabilities[probabilities <= 1e-12] = 0
    total = probabilities.sum()
    return probabilities / total if abs(total - 1) > 1e-9 else probabilities


def dense(distributions: Distributions, index: int, width: int) -> np.ndarray:
    """Return one circuit's probabilities by state."""
    out = np.zeros(2**width)
    first, last = distributions.offsets[index : index + 2]
    out[distributions.states[first:last]] = distributions.probabilities[first:last]
    return out


def assert_agrees(
    answer: Distributions, circuits: list[C], expected: list[np.ndarray], tolerance: float = 2e-12
) -> None:
    """Compare every circuit's answer with what it should be."""
    assert answer.n_circuits == len(circuits)
    for index, circuit in enumerate(circuits):
        difference = np.abs(dense(answer, index, circuit.width) - expected[index]).max()
        assert difference < tolerance, (index, difference, circuit)
