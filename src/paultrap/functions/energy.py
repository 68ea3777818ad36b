"""The energy of a Hamiltonian in the state that an ansatz prepares: `hamiltonian-energy`.

A job keeps the circuits that measure it, and what was sent. The value is made of both whenever
somebody asks, so there is nothing to lose between the last circuit's end and an answer.
"""

import math
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Program
from paultrap.formats import (
    ANSATZ_PATH,
    CircuitBatch,
    CircuitError,
    CircuitLimits,
    Counting,
    read_ansatz,
    shorten,
)
from paultrap.functions.constraints import LinearConstraint, QuadraticConstraint, bits_of
from paultrap.functions.function import Answers, Function, Request, Schema, Step, decoded
from paultrap.functions.magnitudes import check_magnitude
from paultrap.functions.moments import Estimate, Floats, lowest, moments
from paultrap.functions.paulis import (
    DiagonalSum,
    PauliError,
    PauliGroup,
    PauliString,
    groups_of,
)
from paultrap.functions.schemas import NUMBER, NUMBERS, STRING, object_of, or_null
from paultrap.languages import Reading
from paultrap.notices import Notices

HAMILTONIAN_ENERGY = "hamiltonian-energy"
_PATH = "input.data.data"
_MOST_TERMS = 100_000
_MOST_QUBITS = 64  # of strings, whose qubits are the bits of a word
# The lowest outcomes are found by sorting all, which an exact answer may have 2**width of.
_MOST_SORTED_QUBITS = 24


class _Term(Counting, frozen=True):
    pauli_string: str
    coefficient: float


class _Ansatz(Counting, frozen=True):
    data: str


class _Data(Counting, frozen=True):
    hamiltonian: list[_Term]
    ansatz: _Ansatz
    linear_constraints: list[LinearConstraint] | None = None
    quadratic_constraints: list[QuadraticConstraint] | None = None
    penalty: float | None = None
    cvar_alpha: float | None = None


class _Typed(Counting, frozen=True):
    type: str | None = None
    data: msgspec.Raw = msgspec.Raw()
    params: list[float] | None = None


class EnergyFunction(Function):
    """A Hamiltonian, an ansatz, and what else counts."""

    type = "quantum-function"
    title = "The energy of a Hamiltonian"
    has_ansatz = True

    def __init__(self, source: bytes, notices: Notices | None = None) -> None:
        super().__init__(source)
        notices = notices or Notices()
        outer = decoded(source, _Typed, "input", notices)
        inner = outer
        if outer.type is None or outer.type == self.type:
            inner = decoded(outer.data or b"null", _Typed, "input.data", notices)
        if inner.type != HAMILTONIAN_ENERGY:
            raise CircuitError(
                f"input.data.type: there is no function {shorten(inner.type)}; "
                f'there is "{HAMILTONIAN_ENERGY}"',
                path="input.data.type",
                field="type",
            )
        self._data = decoded(inner.data or b"null", _Data, _PATH, notices)
        self._params = outer.params or inner.params or []

    def ansatz(self, limits: CircuitLimits, reading: Reading) -> Program:
        """Return the circuit that prepares the state."""
        return read_ansatz(self._data.ansatz.data, self._params, limits, reading)

    def circuits(self, request: Request) -> CircuitBatch:
        """Return the circuits whose answers `estimate` takes, completely checked."""
        ansatz, limits = request.ansatz, request.limits
        if ansatz is None:
            raise TypeError("an energy needs its ansatz")
        width = int(ansatz.widths[0])
        if width > _MOST_QUBITS:
            raise CircuitError(
                f"{ANSATZ_PATH}: the ansatz has {width} qubits; a Hamiltonian acts on "
                f"{_MOST_QUBITS} at most",
                path=ANSATZ_PATH,
                field="data",
            )
        strings = self._strings(width)
        self._check_constraints(width)
        self._check_magnitudes()
        self._check_tail(strings, width, exact=request.exact)
        groups = self._groups(strings, width, limits.circuits)
        limits.check_circuits(len(groups), f"{_PATH}.hamiltonian")
        changes = [group.basis_change() for group in groups]
        limits.check_gates(len(groups) * ansatz.n_gates + sum(map(len, changes)), _PATH)
        program = Program.concatenate(
            [Program.compose([ansatz, Program.build([change], [width])]) for change in changes]
        )
        return CircuitBatch(
            program=program,
            names=[None] * len(groups),
            gatesets=["qis"] * len(groups),
            registers=[None] * len(groups),
            is_multicircuit=False,
            qubits=width,
        )

    def estimate(self, answers: Iterable[tuple[int, Distributions]], width: int) -> Estimate:
        """Return the value and its variance.

        Args:
            answers: The answers of the circuits in their order, each with its index; an answer may come in
                several parts, one after the other.
            width: The number of qubits of the circuits.
        """
        strings = self._strings(width)
        groups = self._groups(strings, width)
        found = []
        alpha = self._data.cvar_alpha
        for index, parts in groupby(answers, itemgetter(0)):
            value_of = self._values(groups[index], strings, width)
            values = ((value_of(part.states), part.probabilities) for _, part in parts)
            found.append(moments(values) if alpha is None else lowest(values, alpha))
        return Estimate(sum(each.value for each in found), sum(each.variance for each in found))

    def result(self, answers: Answers) -> dict[str, Any] | None:
        """Return the value and its variance."""
        # An earlier release took numbers that are refused now: there is no answer then.
        with np.errstate(over="ignore", invalid="ignore"):
            estimate = self.estimate(answers.distributions(), answers.width)
        return estimate._asdict() if all(map(math.isfinite, estimate)) else None

    def steps(self, answers: Answers) -> list[Step]:
        """Return the value for the parameters that were sent."""
        result = self.result(answers) if answers.complete else None
        return [Step(None if result is None else result["value"], self._params, 1)]

    @classmethod
    def output(cls, result: dict[str, Any]) -> dict[str, Any]:
        """Return the result, and the value once more by the name that some clients read."""
        return result | {"energy": result["value"]}

    @classmethod
    def input_schema(cls) -> Schema:
        """Return the schema of a Hamiltonian, an ansatz and its parameters."""
        term = object_of(
            "pauli_string",
            "coefficient",
            pauli_string=STRING
            | {"description": "A letter for each qubit, the last for qubit 0; or such as `Z0 X3`."},
            coefficient=NUMBER,
        )
        linear = object_of("coeffs", "rhs", coeffs=NUMBERS, rhs=NUMBER)
        quadratic = object_of(
            "quadratic_coeff",
            "linear_coeff",
            "rhs",
            quadratic_coeff={"type": "array", "items": NUMBERS},
            linear_coeff=NUMBERS,
            rhs=NUMBER,
        )
        data = object_of(
            "hamiltonian",
            "ansatz",
            hamiltonian={"type": "array", "items": term, "minItems": 1},
            ansatz=object_of("data", data=STRING | {"description": "OpenQASM with parameters."}),
            linear_constraints=or_null({"type": "array", "items": linear}),
            quadratic_constraints=or_null({"type": "array", "items": quadratic}),
            penalty=or_null(NUMBER),
            cvar_alpha=or_null(NUMBER),
        )
        return object_of(
            "data",
            data=object_of("type", "data", type={"const": HAMILTONIAN_ENERGY}, data=data),
            params=NUMBERS | {"description": "In the order in which the ansatz declares them."},
        )

    @classmethod
    def result_schema(cls) -> Schema:
        """Return the schema of a value and its variance."""
        return object_of("value", "variance", value=NUMBER, variance=NUMBER)

    @property
    def _is_penalised(self) -> bool:
        return bool(self._data.penalty) and bool(self._constraints)

    @cached_property
    def _constraints(self) -> list[LinearConstraint | QuadraticConstraint]:
        return [
            *(self._data.linear_constraints or ()),
            *(self._data.quadratic_constraints or ()),
        ]

    def _strings(self, width: int) -> list[PauliString]:
        terms = self._data.hamiltonian
        if not 1 <= len(terms) <= _MOST_TERMS:
            path = f"{_PATH}.hamiltonian"
            raise CircuitError(
                f"{path}: it has {len(terms):,} terms, and 1 to {_MOST_TERMS:,} can be taken",
                path=path,
                field="hamiltonian",
            )
        found = []
        for place, term in enumerate(terms):
            try:
                found.append(PauliString.read(term.pauli_string, width))
            except PauliError as error:
                path = f"{_PATH}.hamiltonian[{place}].pauli_string"
                raise CircuitError(
                    f"{path}: {error}, not {shorten(term.pauli_string)}",
                    path=path,
                    field="pauli_string",
                ) from None
        return found

    def _groups(
        self, strings: list[PauliString], width: int, most: int | None = None
    ) -> list[PauliGroup]:
        return groups_of(strings, diagonal_of=width if self._is_penalised else 0, most=most)

    def _values(
        self, group: PauliGroup, strings: list[PauliString], width: int
    ) -> Callable[[NDArray[np.uint64]], Floats]:
        """Return what computes the group's terms for states, and with the first group the penalty."""
        terms = DiagonalSum(
            [strings[member].support for member in group.members],
            [self._data.hamiltonian[member].coefficient for member in group.members],
            width,
        )
        if not self._is_penalised or group.x:
            return terms.of
        penalty = self._data.penalty or 0.0

        def penalised(states: NDArray[np.uint64]) -> Floats:
            bits = bits_of(states, width)
            violation = sum(each.violation(bits) for each in self._constraints)
            return terms.of(states) + penalty * violation

        return penalised

    def _check_constraints(self, width: int) -> None:
        for name in ("linear_constraints", "quadratic_constraints"):
            for place, constraint in enumerate(getattr(self._data, name) or ()):
                problem = constraint.problem(width)
                if problem is not None:
                    path = f"{_PATH}.{name}[{place}]"
                    raise CircuitError(f"{path}: {problem}", path=path, field=name)

    def _check_magnitudes(self) -> None:
        """Refuse what could make a value, or a variance, that is no number."""
        energy = sum(abs(term.coefficient) for term in self._data.hamiltonian)
        check_magnitude(energy, "the sum of the |coefficients|", f"{_PATH}.hamiltonian")
        if not self._is_penalised:
            return
        violation = 0.0
        for name in ("linear_constraints", "quadratic_constraints"):
            for place, constraint in enumerate(getattr(self._data, name) or ()):
                what = "the sum of the magnitudes of its coefficients and of rhs"
                check_magnitude(constraint.largest, what, f"{_PATH}.{name}[{place}]")
                violation += constraint.largest
        check_magnitude(
            energy + abs(self._data.penalty or 0.0) * violation,
            "what states can cost, the violation of all constraints times the penalty included,",
            f"{_PATH}.penalty",
        )

    def _check_tail(self, strings: list[PauliString], width: int, *, exact: bool) -> None:
        alpha = self._data.cvar_alpha
        if alpha is None:
            return
        problem = None
        if not 0 < alpha <= 1:
            problem = f"expected a number above 0 and up to 1, not {alpha:.10g}"
        elif any(string.x for string in strings):
            problem = "it takes a Hamiltonian of I and Z alone, whose energy each shot gives"
        elif exact and width > _MOST_SORTED_QUBITS:
            problem = (
                f"without noise it takes at most {_MOST_SORTED_QUBITS} qubits, "
                f"and the ansatz has {width}"
            )
        if problem is not None:
            path = f"{_PATH}.cvar_alpha"
            raise CircuitError(f"{path}: {problem}", path=path, field="cvar_alpha")
