"""The matrices of all gates, written down from the API's gate tables, entry by entry.

The tests' only gate table beside paultrap's own. A gate's first target is the lowest bit of an
index.
"""

from cmath import exp
from collections.abc import Sequence
from math import cos, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.complex128]

PAULIS = {
    "I": np.array([[1, 0], [0, 1]], complex),
    "X": np.array([[0, 1], [1, 0]], complex),
    "Y": np.array([[0, -1j], [1j, 0]], complex),
    "Z": np.array([[1, 0], [0, -1]], complex),
}
_T = exp(1j * pi / 4)
_FIXED = {
    "x": [[0, 1], [1, 0]],
    "y": [[0, -1j], [1j, 0]],
    "z": [[1, 0], [0, -1]],
    "h": [[1 / sqrt(2), 1 / sqrt(2)], [1 / sqrt(2), -1 / sqrt(2)]],
    "s": [[1, 0], [0, 1j]],
    "si": [[1, 0], [0, -1j]],
    "t": [[1, 0], [0, _T]],
    "ti": [[1, 0], [0, _T.conjugate()]],
    "v": [[0.5 + 0.5j, 0.5 - 0.5j], [0.5 - 0.5j, 0.5 + 0.5j]],
    "vi": [[0.5 - 0.5j, 0.5 + 0.5j], [0.5 + 0.5j, 0.5 - 0.5j]],
    "swap": [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]],
    "copy": [[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0]],
}


def matrix(name: str, params: Sequence[float] = (), targets: int = 1) -> Matrix:
    """Return the matrix of a gate without its controls.

    Args:
        name: The gate's name in paultrap's table, in lower case.
        params: Angles in radians; of native gates in turns, of ``ms`` two phases and the angle.
        targets: On how many qubits it acts, where the name does not say it.
    """
    if name in _FIXED:
        return np.array(_FIXED[name], complex)
    if name == "nop":
        return np.eye(2**targets, dtype=complex)
    if name == "pauliexp":
        return _pauliexp(params, targets)
    if name == "pauliexp_step":
        return _pauliexp_step(params, targets)
    return np.array(_PARAMETRIC[name](*params), complex)


def pauli_string(letters: Sequence[str]) -> Matrix:
    """Return the matrix of Pauli operators; the first acts on the lowest bit."""
    found = np.eye(1, dtype=complex)
    for letter in letters:
        found = np.kron(PAULIS[letter], found)
    return found


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
    "rx": _rx,
    "ry": _ry,
    "rz": _rz,
    "xpow": _xpow,
    "ypow": _ypow,
    "zpow": _zpow,
    "xx": _xx,
    "yy": _yy,
    "zz": _zz,
    "gpi": _gpi,
    "gpi2": _gpi2,
    "ms": _ms,
    "native_zz": _native_zz,
}


def _pauliexp(params: Sequence[float], targets: int) -> Matrix:
    """Return exp(-i time H) by scaling and squaring; ``params``: time, coefficients, codes."""
    time, *rest = params
    terms = len(rest) // (1 + targets)
    codes = rest[terms:]
    hamiltonian = np.zeros((2**targets, 2**targets), complex)
    for k in range(terms):
        letters = ["IXYZ"[int(code)] for code in codes[k * targets : (k + 1) * targets]]
        hamiltonian += rest[k] * pauli_string(letters)
    exponent = -1j * time * hamiltonian
    squarings = max(0, int(np.ceil(np.log2(np.linalg.norm(exponent, 2) + 1e-300))))
    small = exponent / 2**squarings
    result = power = np.eye(2**targets, dtype=complex)
    for order in range(1, 22):
        power = power @ small / order
        result = result + power
    for _ in range(squarings):
        result = result @ result
    return result


def _pauliexp_step(params: Sequence[float], targets: int) -> Matrix:
    """Return the product of the exponentials of the terms; the first acts first."""
    time, *rest = params
    terms = len(rest) // (1 + targets)
    result = np.eye(2**targets, dtype=complex)
    for k in range(terms):
        codes = rest[terms + k * targets : terms + (k + 1) * targets]
        result = _pauliexp([time, rest[k], *codes], targets) @ result
    return result
