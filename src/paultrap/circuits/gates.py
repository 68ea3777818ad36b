"""The gate table, which defines the name, arity, angles and unitary of each gate.

Nothing here depends on JSON, storage or how a state vector is laid out in memory. What the kernels need
of a gate is a row of ``src/kernels/program/gates.hpp``; a test checks it against the one here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

Gateset = Literal["qis", "native"]
Matrix = NDArray[Any]  # complex128, or what numpy's stubs make of sums and products of it
Params = tuple[float, ...]

_I2: Matrix = np.eye(2, dtype=np.complex128)
_X: Matrix = np.array([[0, 1], [1, 0]], dtype=np.complex128)
_Y: Matrix = np.array([[0, -1j], [1j, 0]], dtype=np.complex128)
_Z: Matrix = np.diag([1, -1]).astype(np.complex128)
_PAULIS = (_I2, _X, _Y, _Z)
#: What turns are about: matrices whose square is the identity.
_AXES: dict[str, Matrix] = {
    "x": _X,
    "y": _Y,
    "z": _Z,
    "h": (_X + _Z) / np.sqrt(2),
    "xx": np.kron(_X, _X),
    "yy": np.kron(_Y, _Y),
    "zz": np.kron(_Z, _Z),
    "swap": np.eye(4, dtype=np.complex128)[[0, 2, 1, 3]],
}


def _gpi(turns: float) -> Matrix:
    phase = np.exp(2j * np.pi * turns)
    return np.array([[0, np.conj(phase)], [phase, 0]])


def _gpi2(params: Params, _: int) -> Matrix:
    quarter_turn: Matrix = (_I2 - 1j * _gpi(params[0])) / np.sqrt(2)
    return quarter_turn


def _ms(params: Params, _: int) -> Matrix:
    phase0, phase1, angle = params
    return _rotation(np.kron(_gpi(phase1), _gpi(phase0)), 2 * np.pi * angle)


def _rotation(involution: Matrix, theta: float) -> Matrix:
    """Return exp(-i theta/2 A) for an A whose square is the identity."""
    identity = np.eye(len(involution), dtype=np.complex128)
    matrix: Matrix = np.cos(theta / 2) * identity - 1j * np.sin(theta / 2) * involution
    return matrix


def _pauliexp(params: Params, targets: int) -> Matrix:
    hamiltonian: Matrix = np.zeros((2**targets, 2**targets), dtype=np.complex128)
    for coefficient, string in _terms(params, targets):
        hamiltonian = hamiltonian + coefficient * string
    energies, vectors = np.linalg.eigh(hamiltonian)
    matrix: Matrix = (vectors * np.exp(-1j * params[0] * energies)) @ vectors.conj().T
    return matrix


def _pauliexp_step(params: Params, targets: int) -> Matrix:
    matrix: Matrix = np.eye(2**targets, dtype=np.complex128)
    for coefficient, string in _terms(params, targets):
        matrix = _rotation(string, 2 * params[0] * coefficient) @ matrix
    return matrix


def _terms(params: Params, targets: int) -> Iterator[tuple[float, Matrix]]:
    """Yield the coefficient and the string of each term of a ``pauliexp``, in their order."""
    rest = params[1:]
    n_terms = len(rest) // (1 + targets)
    codes = np.array(rest[n_terms:], dtype=np.int64).reshape(n_terms, targets)
    for coefficient, row in zip(rest[:n_terms], codes, strict=True):
        string: Matrix = np.eye(1, dtype=np.complex128)
        for code in row:
            string = np.kron(_PAULIS[code], string)
        yield coefficient, string


def _native_zz(params: Params, _: int) -> Matrix:
    return _rotation(_AXES["zz"], 2 * np.pi * params[0])


def _permuted(*rows: int) -> Callable[[Params, int], Matrix]:
    """Return the unitary of a gate that permutes basis states."""
    matrix = np.eye(len(rows), dtype=np.complex128)[list(rows)]
    return lambda _params, _targets: matrix.copy()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a gate, whatever it is called: a row of the table.

    Attributes:
        name: The wire name, lower case; "" where it has none.
        targets: How many targets it takes; 0 means one or more.
        params: The wire fields of its angles, in the order of ``Program.params``
            (``rotation`` in radians; ``phase``, ``phases`` and ``angle`` in turns).
        axis: A, where it is exp(-i theta/2 A).
        half_turns: theta / pi; None where theta is its angle.
        has_phase: Whether exp(i theta/2) comes on top: then it is a power of A.
        matrix: Its unitary by parameters and number of targets, where it has no axis.
        gateset: None for what no client can ask for; compiled circuits may have it.
        rotated: The name of the opcode that it becomes with an optional ``rotation``.
        is_noisy: Whether it takes time on a machine, and noise follows it.
    """

    name: str
    targets: int
    params: tuple[str, ...] = ()
    axis: str = ""
    half_turns: Fraction | None = None
    has_phase: bool = False
    matrix: Callable[[Params, int], Matrix] | None = None
    gateset: Gateset | None = "qis"
    rotated: str = ""
    is_noisy: bool = True

    @property
    def n_params(self) -> int:
        """How many values ``Program.params`` has of it; -1 where these depend on its terms."""
        return -1 if "terms" in self.params else sum(1 + (f == "phases") for f in self.params)


def _root(name: str, axis: str, numerator: int, denominator: int = 1, rotated: str = "") -> Facts:
    targets = 2 if axis == "swap" else 1
    turns = Fraction(numerator, denominator)
    return Facts(name, targets, (), axis, turns, has_phase=True, rotated=rotated)


def _turn(name: str, axis: str, *, has_phase: bool = False) -> Facts:
    return Facts(name, len(axis), ("rotation",), axis, has_phase=has_phase)


def _native(
    name: str,
    targets: int,
    params: tuple[str, ...],
    matrix: Callable[[Params, int], Matrix],
    *,
    is_noisy: bool = True,
) -> Facts:
    return Facts(name, targets, params, matrix=matrix, gateset="native", is_noisy=is_noisy)


_NO_FACTS = Facts("", 0)


class Opcode(IntEnum):
    """What a gate does; the number is stored in programs, so a value is never reused."""

    facts: Facts

    def __new__(cls, number: int, facts: Facts = _NO_FACTS) -> Self:
        """Make a member; a call with its number alone looks it up."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.facts = facts
        return member

    @property
    def is_native(self) -> bool:
        """Whether it is a gate of machines, whose angles are in turns."""
        return self.facts.gateset == "native"

    # With a rotation, x, y and z are powers of themselves: z becomes the phase gate that
    # qiskit's p, cp and mcp are sent as.
    X = 0, _root("x", "x", 1, rotated="XPOW")
    Y = 1, _root("y", "y", 1, rotated="YPOW")
    Z = 2, _root("z", "z", 1, rotated="ZPOW")
    H = 3, _root("h", "h", 1)
    S = 4, _root("s", "z", 1, 2)
    SI = 5, _root("si", "z", -1, 2)
    T = 6, _root("t", "z", 1, 4)
    TI = 7, _root("ti", "z", -1, 4)
    V = 8, _root("v", "x", 1, 2)
    VI = 9, _root("vi", "x", -1, 2)
    RX = 10, _turn("rx", "x")
    RY = 11, _turn("ry", "y")
    RZ = 12, _turn("rz", "z")
    XPOW = 13, _turn("", "x", has_phase=True)
    YPOW = 14, _turn("", "y", has_phase=True)
    ZPOW = 15, _turn("", "z", has_phase=True)
    SWAP = 16, _root("swap", "swap", 1)
    XX = 17, _turn("xx", "xx")
    YY = 18, _turn("yy", "yy")
    ZZ = 19, _turn("zz", "zz")
    PAULIEXP = 20, Facts("pauliexp", 0, ("time", "coefficients", "terms"), matrix=_pauliexp)
    GPI = 21, _native("gpi", 1, ("phase",), lambda params, _: _gpi(params[0]))
    GPI2 = 22, _native("gpi2", 1, ("phase",), _gpi2)
    MS = 23, _native("ms", 2, ("phases", "angle"), _ms)
    NATIVE_ZZ = 24, _native("zz", 2, ("angle",), _native_zz)
    NOP = 25, _native("nop", 0, (), lambda _, targets: np.eye(2**targets), is_noisy=False)
    # No gate of a client: a bit of a measurement within a circuit, from the first target to the
    # second, which is |0>. Compilers leave it where it is, and no noise follows it.
    COPY = 26, Facts("", 2, matrix=_permuted(0, 3, 2, 1), gateset=None, is_noisy=False)
    # A pauliexp as one step of a product formula, which clients ask for by a field of their job.
    PAULIEXP_STEP = 27, Facts("", 0, ("time", "coefficients", "terms"), matrix=_pauliexp_step)


@dataclass(frozen=True, slots=True)
class Gate:
    """One spelling of a gate on the wire.

    Attributes:
        name: The wire name, lower case.
        opcode: What the gate does.
        gateset: The gateset that it belongs to.
        targets: How many targets it takes; 0 means one or more.
        params: The wire fields of its angles; see `Facts`.
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


def _spelled(opcode: Opcode, gateset: Gateset) -> Gate:
    facts = opcode.facts
    return Gate(
        facts.name,
        opcode,
        gateset,
        facts.targets,
        facts.params,
        controllable=gateset == "qis",
        rotated=Opcode[facts.rotated] if facts.rotated else None,
    )


_SPELLINGS = [
    _spelled(opcode, opcode.facts.gateset)
    for opcode in Opcode
    if opcode.facts.name and opcode.facts.gateset
]
# Behind x, y and z, as refusals have listed them.
_SPELLINGS.insert(3, Gate("cnot", Opcode.X, "qis", 1, min_controls=1))

GATES: dict[tuple[Gateset, str], Gate] = {(gate.gateset, gate.name): gate for gate in _SPELLINGS}

#: The gates without angles, by their axis and half turns about it, of at least 0 and less than 2.
ROOTS: dict[tuple[str, Fraction], Opcode] = {
    (opcode.facts.axis, opcode.facts.half_turns % 2): opcode
    for opcode in Opcode
    if opcode.facts.half_turns is not None
}

# Other names of qis gates; each takes what the gate on its right takes.
ALIASES: dict[str, str] = {"not": "x", "sdg": "si", "tdg": "ti", "sx": "v", "sxdg": "vi"}


# What OpenQASM calls gates that have other names here, or none: what they are, under how many
# controls. Controls come first there.
ELSEWHERE: dict[str, tuple[Opcode, int]] = {
    "c3sqrtx": (Opcode.V, 3),
    "c3x": (Opcode.X, 3),
    "c4x": (Opcode.X, 4),
    "ccx": (Opcode.X, 2),
    "ch": (Opcode.H, 1),
    "cp": (Opcode.ZPOW, 1),
    "cphase": (Opcode.ZPOW, 1),
    "crx": (Opcode.RX, 1),
    "cry": (Opcode.RY, 1),
    "crz": (Opcode.RZ, 1),
    "csx": (Opcode.V, 1),
    "cswap": (Opcode.SWAP, 1),
    "cu1": (Opcode.ZPOW, 1),
    "cx": (Opcode.X, 1),
    "cy": (Opcode.Y, 1),
    "cz": (Opcode.Z, 1),
    "p": (Opcode.ZPOW, 0),
    "phase": (Opcode.ZPOW, 0),
    "rxx": (Opcode.XX, 0),
    "ryy": (Opcode.YY, 0),
    "rzz": (Opcode.ZZ, 0),
    "u1": (Opcode.ZPOW, 0),
}


def lookup(name: str, gateset: Gateset) -> Gate | None:
    """Return the gate called ``name`` (an alias counts) in ``gateset``, or None."""
    if gateset == "qis":
        name = ALIASES.get(name, name)
    return GATES.get((gateset, name))


def unitary(opcode: Opcode, params: Params = (), targets: int = 1) -> Matrix:
    """Return the matrix of a gate without its controls.

    Bit ``j`` of a row or column index is the state of ``targets[j]``.

    Args:
        opcode: The opcode of the gate.
        params: Its angles as stored in ``Program.params``: radians for qis, turns for native.
            ``pauliexp`` and its step have ``time``, then k coefficients, then k rows of one Pauli
            code (0 to 3 for I, X, Y, Z) per target.
        targets: The number of targets, which matters for these and ``nop`` only.

    Returns:
        A complex128 array of shape (2**t, 2**t).
    """
    facts = opcode.facts
    if facts.matrix is not None:
        return facts.matrix(params, targets)
    theta = params[0] if facts.half_turns is None else float(facts.half_turns) * np.pi
    matrix = _rotation(_AXES[facts.axis], theta)
    return matrix * np.exp(0.5j * theta) if facts.has_phase else matrix
