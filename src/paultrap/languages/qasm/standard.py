"""The gates of ``stdgates.inc``, those of OpenQASM 2's ``qelib1.inc``, and the built-in ones."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from paultrap.circuits import ELSEWHERE, Opcode, lookup
from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError
from paultrap.languages.templates import Piece, controlled
from paultrap.languages.unitaries import euler

Base = Callable[..., list[Piece]]
QUARTER_TURN = -1


class StandardGate(NamedTuple):
    """A gate that need not be defined.

    Attributes:
        params: How many angles it takes.
        qubits: How many qubits, controls among them.
        controls: How many of them, the first ones, are controls.
        base: What it does to the others.
        defaults: Its last angles where they are left out.
    """

    params: int
    qubits: int
    controls: int
    base: Base
    defaults: tuple[float, ...] = ()

    def template(self, params: tuple[float, ...]) -> list[Piece]:
        """Return what it does."""
        return controlled(self.base(*params), self.controls)

    def completed(self, name: str, params: tuple[float | complex, ...]) -> tuple[float, ...]:
        """Return the angles of a gate of this ``name`` with those that are left out.

        Raises:
            ProgramError: There are more or fewer than it takes, or one of them is complex.
        """
        angles = tuple(each for each in params if not isinstance(each, complex))
        if len(angles) < len(params):
            raise ProgramError(f'the gate "{name}" has real angles', FailureCode.UNSUPPORTED)
        missing = self.params - len(angles)
        if 0 < missing <= len(self.defaults):
            angles = (*angles, *self.defaults[-missing:])
        check_params(name, len(angles), self.params)
        return angles


def check_params(name: str, found: int, wanted: int) -> None:
    """Raise a `ProgramError` where a gate has more or fewer angles than it takes."""
    if found != wanted:
        raise ProgramError(f'the gate "{name}" takes {wanted} angles, not {found}')


def _known(opcode: Opcode, controls: int = 0) -> StandardGate:
    """Return a gate of the table under controls."""
    facts = opcode.facts

    def base(*params: float) -> list[Piece]:
        return [Piece(targets=tuple(range(facts.targets)), opcode=opcode, params=params)]

    return StandardGate(facts.n_params, facts.targets + controls, controls, base)


def _called(*names: str) -> dict[str, StandardGate]:
    """Return gates of the table by their names here."""
    found: dict[str, StandardGate] = {}
    for name in names:
        gate = lookup(name, "qis")
        found[name] = _known(*ELSEWHERE[name]) if gate is None else _known(gate.opcode)
    return found


def _nothing(*_: float) -> list[Piece]:
    return []


@dataclass(frozen=True, slots=True)
class EulerGate:
    """A gate by its Euler angles: Rz(phi) Ry(theta) Rz(lam) and a phase.

    Attributes:
        angles: Which of its angles theta, phi and lam are; `QUARTER_TURN` is pi / 2.
        half_of: Which of its angles' sum the phase is half of. Without controls nobody sees it.
    """

    angles: tuple[int, int, int]
    half_of: tuple[int, ...] = ()

    def __call__(self, *params: float) -> list[Piece]:
        """Return what it does with angles in radians."""
        theta, phi, lam = (
            math.pi / 2 if place == QUARTER_TURN else params[place] for place in self.angles
        )
        half_of = tuple(params[place] for place in self.half_of)
        return [Piece(targets=(0,), unitary=euler(theta, phi, lam, half_of))]


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


NO_GATES: Mapping[str, StandardGate] = {}
_U = {"U": StandardGate(3, 1, 0, EulerGate((0, 1, 2), half_of=(0, 1, 2)))}

#: The native gates of the machines, whose angles are in turns. IonQ's service has them in version 3
#: without an include, and ``ms`` with a quarter of a turn where its last angle is left out.
_NATIVE = {
    "gpi": _known(Opcode.GPI),
    "gpi2": _known(Opcode.GPI2),
    "ms": _known(Opcode.MS)._replace(defaults=(0.25,)),
    "zz": _known(Opcode.NATIVE_ZZ),
}

#: The gates of version 3 that need no include.
BUILT_IN = {**_U, **_NATIVE}

#: The gates of ``stdgates.inc``, which programs of version 3 include.
STDGATES = {
    # Not in that file, and cirq writes programs as if it was.
    "sxdg": _known(Opcode.VI),
    **_called("p", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "rx", "ry", "rz", "swap"),
    **_called("cx", "cy", "cz", "cp", "crx", "cry", "crz", "ch", "ccx", "cswap"),
    **_called("phase", "cphase", "u1"),
    "cu": StandardGate(4, 2, 1, EulerGate((0, 1, 2), half_of=(3, 3, 1, 2))),
    "CX": _known(Opcode.X, 1),
    "id": StandardGate(0, 1, 0, _nothing),
    "u2": StandardGate(2, 1, 0, EulerGate((QUARTER_TURN, 0, 1))),
    "u3": StandardGate(3, 1, 0, EulerGate((0, 1, 2))),
}
#: The built-in gates of version 2.
BUILT_IN_2 = {**_U, "CX": STDGATES["CX"]}

#: The gates of ``qelib1.inc``, which programs of version 2 include.
QELIB1 = {
    **STDGATES,
    **_called("cu1", "sxdg", "csx", "rxx", "ryy", "rzz", "c3x", "c3sqrtx", "c4x"),
    "u": StandardGate(3, 1, 0, EulerGate((0, 1, 2))),
    "u0": StandardGate(1, 1, 0, _nothing),  # waits; its angle is a number of units of time
    "cu3": StandardGate(3, 2, 1, EulerGate((0, 1, 2), half_of=(1, 2))),
    "rccx": StandardGate(0, 3, 0, _relative(3, "H T 1 TI 0 T 1 TI H")),
    "rc3x": StandardGate(0, 4, 0, _relative(4, "H T 2 TI H 0 T 1 TI 0 T 1 TI H T 2 TI H")),
}
