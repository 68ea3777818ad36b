"""The gates of ``stdgates.inc``, those of OpenQASM 2's ``qelib1.inc``, and the built-in ``U``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from paultrap.circuits import Opcode
from paultrap.languages.templates import Piece, controlled
from paultrap.languages.unitaries import euler

__all__ = ["BUILT_IN", "LIBRARIES", "StandardGate"]

Base = Callable[..., list[Piece]]


class StandardGate(NamedTuple):
    """A gate that need not be defined.

    Attributes:
        params: How many angles it takes.
        qubits: How many qubits, controls among them.
        controls: How many of them, the first ones, are controls.
        base: What it does to the others.
    """

    params: int
    qubits: int
    controls: int
    base: Base

    def template(self, params: tuple[float, ...]) -> list[Piece]:
        """Return what it does."""
        return controlled(self.base(*params), self.controls)


def _plain(opcode: Opcode, targets: int = 1) -> Base:
    return lambda *params: [
        Piece(targets=tuple(range(targets)), opcode=opcode, params=params),
    ]


def _nothing(*_: float) -> list[Piece]:
    return []


def _u(theta: float, phi: float, lam: float) -> list[Piece]:
    return [Piece(targets=(0,), unitary=euler(theta, phi, lam, (theta, phi, lam)))]


def _u3(theta: float, phi: float, lam: float) -> list[Piece]:
    return [Piece(targets=(0,), unitary=euler(theta, phi, lam))]


def _u2(phi: float, lam: float) -> list[Piece]:
    return _u3(math.pi / 2, phi, lam)


def _under_cu(theta: float, phi: float, lam: float, gamma: float) -> list[Piece]:
    return [Piece(targets=(0,), unitary=euler(theta, phi, lam, (gamma, gamma, phi, lam)))]


def _under_cu3(theta: float, phi: float, lam: float) -> list[Piece]:
    return [Piece(targets=(0,), unitary=euler(theta, phi, lam, (phi, lam)))]


def _relative(qubits: int, steps: str) -> Base:
    """Return a gate on its last qubit: of each step a gate's name, or the control of an x."""

    def base() -> list[Piece]:
        target = (qubits - 1,)
        return [
            Piece(targets=target, controls=(int(step),), opcode=Opcode.X)
            if step.isdigit()
            else Piece(targets=target, opcode=Opcode[step])
            for step in steps.split()
        ]

    return base


_P = _plain(Opcode.ZPOW)
_X = _plain(Opcode.X)
_SX = _plain(Opcode.V)

BUILT_IN = {"U": StandardGate(3, 1, 0, _u)}

_STDGATES = {
    "p": StandardGate(1, 1, 0, _P),
    "x": StandardGate(0, 1, 0, _X),
    "y": StandardGate(0, 1, 0, _plain(Opcode.Y)),
    "z": StandardGate(0, 1, 0, _plain(Opcode.Z)),
    "h": StandardGate(0, 1, 0, _plain(Opcode.H)),
    "s": StandardGate(0, 1, 0, _plain(Opcode.S)),
    "sdg": StandardGate(0, 1, 0, _plain(Opcode.SI)),
    "t": StandardGate(0, 1, 0, _plain(Opcode.T)),
    "tdg": StandardGate(0, 1, 0, _plain(Opcode.TI)),
    "sx": StandardGate(0, 1, 0, _SX),
    "rx": StandardGate(1, 1, 0, _plain(Opcode.RX)),
    "ry": StandardGate(1, 1, 0, _plain(Opcode.RY)),
    "rz": StandardGate(1, 1, 0, _plain(Opcode.RZ)),
    "cx": StandardGate(0, 2, 1, _X),
    "cy": StandardGate(0, 2, 1, _plain(Opcode.Y)),
    "cz": StandardGate(0, 2, 1, _plain(Opcode.Z)),
    "cp": StandardGate(1, 2, 1, _P),
    "crx": StandardGate(1, 2, 1, _plain(Opcode.RX)),
    "cry": StandardGate(1, 2, 1, _plain(Opcode.RY)),
    "crz": StandardGate(1, 2, 1, _plain(Opcode.RZ)),
    "ch": StandardGate(0, 2, 1, _plain(Opcode.H)),
    "swap": StandardGate(0, 2, 0, _plain(Opcode.SWAP, 2)),
    "ccx": StandardGate(0, 3, 2, _X),
    "cswap": StandardGate(0, 3, 1, _plain(Opcode.SWAP, 2)),
    "cu": StandardGate(4, 2, 1, _under_cu),
    "CX": StandardGate(0, 2, 1, _X),
    "phase": StandardGate(1, 1, 0, _P),
    "cphase": StandardGate(1, 2, 1, _P),
    "id": StandardGate(0, 1, 0, _nothing),
    "u1": StandardGate(1, 1, 0, _P),
    "u2": StandardGate(2, 1, 0, _u2),
    "u3": StandardGate(3, 1, 0, _u3),
}
_QELIB1 = {
    "u": StandardGate(3, 1, 0, _u3),
    "cu1": StandardGate(1, 2, 1, _P),
    "cu3": StandardGate(3, 2, 1, _under_cu3),
    "sxdg": StandardGate(0, 1, 0, _plain(Opcode.VI)),
    "csx": StandardGate(0, 2, 1, _SX),
    "rxx": StandardGate(1, 2, 0, _plain(Opcode.XX, 2)),
    "ryy": StandardGate(1, 2, 0, _plain(Opcode.YY, 2)),
    "rzz": StandardGate(1, 2, 0, _plain(Opcode.ZZ, 2)),
    "c3x": StandardGate(0, 4, 3, _X),
    "c3sqrtx": StandardGate(0, 4, 3, _SX),
    "rccx": StandardGate(0, 3, 0, _relative(3, "H T 1 TI 0 T 1 TI H")),
    "rc3x": StandardGate(0, 4, 0, _relative(4, "H T 2 TI H 0 T 1 TI 0 T 1 TI H T 2 TI H")),
    "c4x": StandardGate(0, 5, 4, _X),
}

#: By the name of the file that a program includes.
LIBRARIES = {"stdgates.inc": _STDGATES, "qelib1.inc": _STDGATES | _QELIB1}
