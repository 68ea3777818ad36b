"""Unitaries on one qubit: their powers, and the gates of the table that make them up."""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Opcode

__all__ = ["Matrix", "Turn", "about_an_axis", "between_frames", "power", "rotations", "u"]

Matrix = NDArray[Any]  # complex128, or what numpy's stubs make of sums and products of it

_TINY = 1e-12
_TURNS = (Opcode.XPOW, Opcode.YPOW, Opcode.ZPOW)
_PAULIS = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]], np.complex128)


def u(theta: float, phi: float, lam: float, phase: float = 0.0) -> Matrix:
    """Return e^(i phase) times the gate ``U`` of OpenQASM 3."""
    half = theta / 2
    # The language's own U is this one, whose determinant is e^(i (theta + phi + lambda)).
    around = cmath.exp(1j * (phase + half))
    return around * np.array(
        [
            [math.cos(half), -cmath.exp(1j * lam) * math.sin(half)],
            [cmath.exp(1j * phi) * math.sin(half), cmath.exp(1j * (phi + lam)) * math.cos(half)],
        ],
        np.complex128,
    )


class Turn:
    """A unitary as e^(i phase) exp(-i angle/2 n.sigma), with an angle from 0 to pi.

    Attributes:
        phase: Radians.
        angle: Radians.
        axis: n, shape (3,), of unit length.
    """

    def __init__(self, matrix: Matrix) -> None:
        determinant = complex(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0])
        self.phase = cmath.phase(determinant) / 2
        special = matrix * cmath.exp(-1j * self.phase)
        cosine = float(np.trace(special).real) / 2
        if cosine < 0:  # the other root of the determinant
            self.phase += math.pi
            special, cosine = -special, -cosine
        sines = np.array([-np.trace(pauli @ special).imag / 2 for pauli in _PAULIS])
        sine = float(np.linalg.norm(sines))
        self.angle = 2 * math.atan2(sine, cosine)
        self.axis = sines / sine if sine > _TINY else np.array([0.0, 0.0, 1.0])


def about_an_axis(matrix: Matrix) -> tuple[float, list[tuple[Opcode, float]]] | None:
    """Return a unitary as a phase and at most one turn about x, y or z, or None."""
    turn = Turn(matrix)
    if turn.angle < _TINY:
        return turn.phase, []
    for opcode, component in zip(_TURNS, turn.axis, strict=True):
        if abs(abs(component) - 1) < _TINY:
            angle = math.copysign(turn.angle, component)
            return turn.phase - angle / 2, [(opcode, angle)]
    return None


def between_frames(matrix: Matrix) -> tuple[float, float, list[tuple[Opcode, float]]]:
    """Return a unitary as a global phase, an angle, and the rotations that lead to a frame.

    It is the phase gate by this angle after the rotations' inverse and before the rotations: under
    controls only the phases need these.
    """
    turn = Turn(matrix)
    # n = Rz(azimuth) Ry(polar) z
    polar = math.atan2(math.hypot(turn.axis[0], turn.axis[1]), turn.axis[2])
    azimuth = math.atan2(turn.axis[1], turn.axis[0])
    frame = [(Opcode.RY, polar), (Opcode.RZ, azimuth)]
    return turn.phase - turn.angle / 2, turn.angle, frame


def rotations(matrix: Matrix) -> list[tuple[Opcode, float]]:
    """Return Rz, Ry and Rz that make up a unitary, up to a phase."""
    theta = 2 * math.atan2(abs(matrix[1, 0]), abs(matrix[0, 0]))
    total = cmath.phase(matrix[1, 1] * matrix[0, 0].conjugate())
    difference = cmath.phase(-matrix[1, 0] * matrix[0, 1].conjugate())
    if abs(matrix[0, 0]) < _TINY:
        total = 0.0
    phi, lam = (total + difference) / 2, (total - difference) / 2
    # Half sums are right up to a turn of both, which would turn theta around.
    direction = matrix[1, 0] * matrix[0, 0].conjugate() * cmath.exp(-1j * phi)
    if direction.real < 0:
        lam += 2 * math.pi
        theta = -theta
    found = [(Opcode.RZ, lam), (Opcode.RY, theta), (Opcode.RZ, phi)]
    return [(opcode, angle) for opcode, angle in found if abs(angle) > _TINY]


def power(matrix: Matrix, exponent: float) -> Matrix:
    """Return the principal power of a unitary: its eigenvalues have phases above -pi, up to pi."""
    turn = Turn(matrix)
    along = np.tensordot(turn.axis, _PAULIS, 1)
    found = np.zeros((2, 2), np.complex128)
    for sign in (1, -1):
        phase = turn.phase - sign * turn.angle / 2
        principal = math.remainder(phase, 2 * math.pi)
        if principal < -math.pi + _TINY:
            principal += 2 * math.pi
        found += cmath.exp(1j * exponent * principal) * (np.eye(2) + sign * along) / 2
    return found
