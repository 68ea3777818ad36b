"""A plain machine that carries programs out: the meaning that readers of OpenQASM are held to.

It follows the specification of OpenQASM 3 and docs/reference/qasm.md, knows no syntax, and has no
code of paultrap. A measurement or a reset splits each branch of the state in two.
"""

import cmath
import math

import numpy as np


class NoValueError(Exception):
    """The arithmetic has no result, and a reader should refuse the program."""


class TooLargeError(Exception):
    """Readers may differ in whether they take numbers of this size."""


class EndError(Exception):
    """The program says that it ends."""


class Machine:
    """Qubits, variables, and bits, each 0, 1 or the outcome of a measurement by its number.

    Attributes:
        env: What declarations made, by a key that no other declaration has.
        registers: The bits of each register in the order of declaration.
    """

    def __init__(self):
        self.env = {}
        self.registers = []
        self.n_qubits = 0
        self.n_measured = 0
        self.is_measured = False
        self.branches = [((), np.ones(1, complex))]

    def add_qubits(self, count):
        first, self.n_qubits = self.n_qubits, self.n_qubits + count
        self.branches = [
            (seen, np.kron(np.eye(2**count)[0], state)) for seen, state in self.branches
        ]
        return list(range(first, self.n_qubits))

    def apply(self, matrix, qubits):
        self.branches = [(seen, applied(matrix, qubits, state)) for seen, state in self.branches]

    def measure(self, qubit):
        self.branches = [
            ((*seen, value), part)
            for seen, state in self.branches
            for value, part in projections(state, qubit)
        ]
        self.n_measured += 1
        return f"m{self.n_measured - 1}"

    def reset(self, qubit):
        flipped = np.arange(2**self.n_qubits) ^ (1 << qubit)
        self.branches = [
            (seen, part[flipped] if value else part)
            for seen, state in self.branches
            for value, part in projections(state, qubit)
        ]

    def distribution(self):
        """Return the probabilities of the registers' bits, or of all qubits where none is read."""
        cells = [cell for register in self.registers for cell in register]
        if not self.is_measured or not cells:
            cells = [self.measure(qubit) for qubit in range(self.n_qubits)]
        found = {}
        for seen, state in self.branches:
            bits = [seen[int(cell[1:])] if isinstance(cell, str) else cell for cell in cells]
            number = sum(bit << place for place, bit in enumerate(bits))
            found[number] = found.get(number, 0.0) + float(np.vdot(state, state).real)
        return found


def projections(state, qubit):
    ones = (np.arange(len(state)) >> qubit & 1) == 1
    for value, part in ((0, np.where(ones, 0, state)), (1, np.where(ones, state, 0))):
        if np.vdot(part, part).real > 1e-15:
            yield value, part


def applied(matrix, qubits, state):
    """Return a matrix, whose lowest bit is the first qubit, applied to these qubits of a state."""
    n = len(state).bit_length() - 1
    axes = [n - 1 - qubit for qubit in reversed(qubits)]
    parts = np.moveaxis(state.reshape((2,) * n), axes, range(len(qubits)))
    shape = parts.shape
    parts = (matrix @ parts.reshape(2 ** len(qubits), -1)).reshape(shape)
    return np.moveaxis(parts, range(len(qubits)), axes).reshape(-1)


def embedded(steps, n_qubits):
    """Return what steps, each a matrix and its qubits, do one after the other."""
    columns = np.eye(2**n_qubits, dtype=complex)
    for matrix, qubits in steps:
        columns = np.array([applied(matrix, qubits, column) for column in columns])
    return columns.T


def controlled(matrix, count=1, *, on=1):
    """Return a matrix under controls, which come first, where all of them are ``on``."""
    size = len(matrix)
    found = np.eye(size << count, dtype=complex)
    places = (np.arange(size) << count) + ((1 << count) - 1 if on else 0)
    found[np.ix_(places, places)] = matrix
    return found


def power(matrix, exponent):
    """Return the principal power of a unitary: phases of its eigenvalues are in (-pi, pi]."""
    if exponent == int(exponent):
        base = matrix if exponent >= 0 else matrix.conj().T
        return np.linalg.matrix_power(base, abs(int(exponent)))
    values, vectors = np.linalg.eig(matrix)
    phases = np.angle(values)
    phases = np.where(phases < -math.pi + 1e-9, math.pi, phases)
    return vectors @ np.diag(np.exp(1j * phases * exponent)) @ np.linalg.inv(vectors)


def phase(angle):
    return np.array([[cmath.exp(1j * angle)]])


def u(theta, phi, lam):
    """Return the built-in gate of OpenQASM 3, its global phase included."""
    turn, c, s = cmath.exp(0.5j * theta), math.cos(theta / 2), math.sin(theta / 2)
    return turn * np.array(
        [
            [c, -cmath.exp(1j * lam) * s],
            [cmath.exp(1j * phi) * s, cmath.exp(1j * (phi + lam)) * c],
        ]
    )


def _p(angle):
    return np.diag([1, cmath.exp(1j * angle)])


def _rotation(pauli):
    return lambda angle: math.cos(angle / 2) * np.eye(2) - 1j * math.sin(angle / 2) * pauli


def _u2(phi, lam):
    return cmath.exp(-0.5j * (phi + lam + math.pi / 2)) * u(math.pi / 2, phi, lam)


def _u3(theta, phi, lam):
    return cmath.exp(-0.5j * (phi + lam + theta)) * u(theta, phi, lam)


def _cu(theta, phi, lam, gamma):
    lone = np.kron(np.eye(2), _p(gamma - theta / 2))
    return controlled(u(theta, phi, lam)) @ lone


_X, _Y, _Z = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])
_H, _SX = np.array([[1, 1], [1, -1]]) / math.sqrt(2), np.array([[1 + 1j, 1 - 1j]] * 2) / 2
_SX = np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2
_SWAP = np.eye(4)[[0, 2, 1, 3]]

_ROTATIONS = {"rx": _rotation(_X), "ry": _rotation(_Y), "rz": _rotation(_Z)}
_FIXED = {
    "x": _X,
    "y": _Y,
    "z": _Z,
    "h": _H,
    "s": _p(math.pi / 2),
    "sdg": _p(-math.pi / 2),
    "t": _p(math.pi / 4),
    "tdg": _p(-math.pi / 4),
    "sx": _SX,
    "id": np.eye(2),
    "cx": controlled(_X),
    "CX": controlled(_X),
    "cy": controlled(_Y),
    "cz": controlled(_Z),
    "ch": controlled(_H),
    "swap": _SWAP,
    "ccx": controlled(_X, 2),
    "cswap": controlled(_SWAP),
}
_TURNED = {
    **_ROTATIONS,
    **{f"c{name}": lambda a, of=of: controlled(of(a)) for name, of in _ROTATIONS.items()},
    "p": _p,
    "phase": _p,
    "u1": _p,
    "cp": lambda angle: controlled(_p(angle)),
    "cphase": lambda angle: controlled(_p(angle)),
}

#: The gates of ``stdgates.inc`` and the built-in one: angles, qubits, and the matrix.
GATES = {
    **{
        name: (0, len(matrix).bit_length() - 1, lambda m=matrix: m)
        for name, matrix in _FIXED.items()
    },
    **{name: (1, 2 if name[0] == "c" else 1, of) for name, of in _TURNED.items()},
    "u2": (2, 1, _u2),
    "u3": (3, 1, _u3),
    "U": (3, 1, u),
    "cu": (4, 2, _cu),
}
