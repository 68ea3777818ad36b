"""The gate table: the one place that knows a gate's name, arity, angles and unitary.

Nothing here knows JSON, storage or how a state vector is laid out in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALIASES", "GATES", "Gate", "Gateset", "Opcode", "lookup", "unitary"]

Gateset = Literal["qis", "native"]
Matrix = NDArray[Any]  # complex128, or what numpy's stubs make of sums and products of it


class Opcode(IntEnum):
    """What a gate does; the number is stored in programs, so a value is never reused."""

    X = 0
    Y = 1
    Z = 2
    H = 3
    S = 4
    SI = 5
    T = 6
    TI = 7
    V = 8
    VI = 9
    RX = 10
    RY = 11
    RZ = 12
    XPOW = 13
    YPOW = 14
    ZPOW = 15
    SWAP = 16
    XX = 17
    YY = 18
    ZZ = 19
    PAULIEXP = 20
    GPI = 21
    GPI2 = 22
    MS = 23
    NATIVE_ZZ = 24
    NOP = 25
    # No gate of a client: a bit of a measurement within a circuit, from the first target to the
    # second, which is |0>. Compilers leave it where it is, and no noise follows it.
    COPY = 26


@dataclass(frozen=True, slots=True)
class Gate:
    """One spelling of a gate on the wire.

    Attributes:
        name: The wire name, lower case.
        opcode: What it does.
        gateset: The gateset that it belongs to.
        targets: How many targets it takes; 0 means one or more.
        params: The wire fields of its angles, in the order of ``Program.params``
            (``rotation`` in radians; ``phase``, ``phases`` and ``angle`` in turns).
        min_controls: How many controls it needs at least.
        controllable: Whether ``control`` or ``controls`` may be given.
        rotated: The opcode it becomes when an optional ``rotation`` is given, if any.
    """

    name: str
    opcode: Opcode
    gateset: Gateset
    targets: int
    params: tuple[str, ...] = ()
    min_controls: int = 0
    controllable: bool = True
    rotated: Opcode | None = None


def _qis(name: str, opcode: Opcode, targets: int = 1, *params: str) -> Gate:
    return Gate(name, opcode, "qis", targets, params)


def _native(name: str, opcode: Opcode, targets: int, *params: str) -> Gate:
    return Gate(name, opcode, "native", targets, params, controllable=False)


_TABLE = (
    # With a rotation, x, y and z are powers of themselves: z becomes the phase gate that
    # qiskit's p, cp and mcp are sent as.
    Gate("x", Opcode.X, "qis", 1, rotated=Opcode.XPOW),
    Gate("y", Opcode.Y, "qis", 1, rotated=Opcode.YPOW),
    Gate("z", Opcode.Z, "qis", 1, rotated=Opcode.ZPOW),
    Gate("cnot", Opcode.X, "qis", 1, min_controls=1),
    _qis("h", Opcode.H),
    _qis("s", Opcode.S),
    _qis("si", Opcode.SI),
    _qis("t", Opcode.T),
    _qis("ti", Opcode.TI),
    _qis("v", Opcode.V),
    _qis("vi", Opcode.VI),
    _qis("rx", Opcode.RX, 1, "rotation"),
    _qis("ry", Opcode.RY, 1, "rotation"),
    _qis("rz", Opcode.RZ, 1, "rotation"),
    _qis("swap", Opcode.SWAP, 2),
    _qis("xx", Opcode.XX, 2, "rotation"),
    _qis("yy", Opcode.YY, 2, "rotation"),
    _qis("zz", Opcode.ZZ, 2, "rotation"),
    _qis("pauliexp", Opcode.PAULIEXP, 0, "time", "coefficients", "terms"),
    _native("gpi", Opcode.GPI, 1, "phase"),
    _native("gpi2", Opcode.GPI2, 1, "phase"),
    _native("ms", Opcode.MS, 2, "phases", "angle"),
    _native("zz", Opcode.NATIVE_ZZ, 2, "angle"),
    _native("nop", Opcode.NOP, 0),
)

GATES: dict[tuple[Gateset, str], Gate] = {(gate.gateset, gate.name): gate for gate in _TABLE}

# Other names of qis gates; each takes what the gate on its right takes.
ALIASES: dict[str, str] = {"not": "x", "sdg": "si", "tdg": "ti", "sx": "v", "sxdg": "vi"}


def lookup(name: str, gateset: Gateset) -> Gate | None:
    """Return the gate called ``name`` (an alias counts) in ``gateset``, or None."""
    if gateset == "qis":
        name = ALIASES.get(name, name)
    return GATES.get((gateset, name))


_I2: Matrix = np.eye(2, dtype=np.complex128)
_X: Matrix = np.array([[0, 1], [1, 0]], dtype=np.complex128)
_Y: Matrix = np.array([[0, -1j], [1j, 0]], dtype=np.complex128)
_Z: Matrix = np.diag([1, -1]).astype(np.complex128)
_PAULIS = (_I2, _X, _Y, _Z)

_FIXED: dict[Opcode, Matrix] = {
    Opcode.X: _X,
    Opcode.Y: _Y,
    Opcode.Z: _Z,
    Opcode.H: (_X + _Z) / np.sqrt(2),
    Opcode.S: np.diag([1, 1j]),
    Opcode.SI: np.diag([1, -1j]),
    Opcode.T: np.diag([1, np.exp(0.25j * np.pi)]),
    Opcode.TI: np.diag([1, np.exp(-0.25j * np.pi)]),
    Opcode.V: np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2,
    Opcode.VI: np.array([[1 - 1j, 1 + 1j], [1 + 1j, 1 - 1j]]) / 2,
    Opcode.SWAP: np.eye(4, dtype=np.complex128)[[0, 2, 1, 3]],
    Opcode.COPY: np.eye(4, dtype=np.complex128)[[0, 3, 2, 1]],
}
_AXES: dict[Opcode, Matrix] = {
    Opcode.RX: _X,
    Opcode.RY: _Y,
    Opcode.RZ: _Z,
    Opcode.XPOW: _X,
    Opcode.YPOW: _Y,
    Opcode.ZPOW: _Z,
    Opcode.XX: np.kron(_X, _X),
    Opcode.YY: np.kron(_Y, _Y),
    Opcode.ZZ: np.kron(_Z, _Z),
    Opcode.NATIVE_ZZ: np.kron(_Z, _Z),
}
_POWERS = (Opcode.XPOW, Opcode.YPOW, Opcode.ZPOW)


def unitary(opcode: Opcode, params: tuple[float, ...] = (), targets: int = 1) -> Matrix:
    """Return the matrix of a gate without its controls.

    Bit ``j`` of a row or column index is the state of ``targets[j]``.

    Args:
        opcode: The gate.
        params: Its angles as stored in ``Program.params``: radians for qis, turns for native.
            ``pauliexp`` has ``time``, then k coefficients, then k rows of one Pauli code
            (0 to 3 for I, X, Y, Z) per target.
        targets: The number of targets, which matters for ``pauliexp`` and ``nop`` only.

    Returns:
        A complex128 array of shape (2**t, 2**t).
    """
    if opcode in _FIXED:
        fixed: Matrix = _FIXED[opcode].copy()
        return fixed
    if opcode == Opcode.NOP:
        return np.eye(2**targets, dtype=np.complex128)
    if opcode == Opcode.GPI:
        return _gpi(params[0])
    if opcode == Opcode.GPI2:
        quarter_turn: Matrix = (_I2 - 1j * _gpi(params[0])) / np.sqrt(2)
        return quarter_turn
    if opcode == Opcode.MS:
        phase0, phase1, angle = params
        return _rotation(np.kron(_gpi(phase1), _gpi(phase0)), 2 * np.pi * angle)
    if opcode == Opcode.PAULIEXP:
        return _pauliexp(params, targets)
    theta = 2 * np.pi * params[0] if opcode == Opcode.NATIVE_ZZ else params[0]
    matrix: Matrix = _rotation(_AXES[opcode], theta)
    return matrix * np.exp(0.5j * theta) if opcode in _POWERS else matrix


def _gpi(turns: float) -> Matrix:
    phase = np.exp(2j * np.pi * turns)
    return np.array([[0, np.conj(phase)], [phase, 0]])


def _rotation(involution: Matrix, theta: float) -> Matrix:
    """Return exp(-i theta/2 A) for an A whose square is the identity."""
    identity = np.eye(len(involution), dtype=np.complex128)
    matrix: Matrix = np.cos(theta / 2) * identity - 1j * np.sin(theta / 2) * involution
    return matrix


def _pauliexp(params: tuple[float, ...], targets: int) -> Matrix:
    time, rest = params[0], params[1:]
    n_terms = len(rest) // (1 + targets)
    codes = np.array(rest[n_terms:], dtype=np.int64).reshape(n_terms, targets)
    hamiltonian: Matrix = np.zeros((2**targets, 2**targets), dtype=np.complex128)
    for coefficient, row in zip(rest[:n_terms], codes, strict=True):
        term: Matrix = np.eye(1, dtype=np.complex128)
        for code in row:
            term = np.kron(_PAULIS[code], term)
        hamiltonian = hamiltonian + coefficient * term
    energies, vectors = np.linalg.eigh(hamiltonian)
    matrix: Matrix = (vectors * np.exp(-1j * time * energies)) @ vectors.conj().T
    return matrix
