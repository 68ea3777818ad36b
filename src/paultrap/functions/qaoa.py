"""Maximum cut by QAOA: a search over angles whose iterations are the children of one job.

The first iteration's angles are linear ramps, as of a slow change from the mixer to the cost. Those of
a later one follow from what the circuits of all before it have measured, and from nothing else.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Self

import msgspec
import numpy as np

from paultrap.circuits import Distributions, Opcode, PlacedGate, Program
from paultrap.formats import CircuitBatch, CircuitError, Counting, decode_known, shorten
from paultrap.functions import graphs
from paultrap.functions.descent import next_points, points_per_iteration
from paultrap.functions.function import Answers, Function, Request, Schema, Step, decoded
from paultrap.functions.magnitudes import check_magnitude, exponent_of
from paultrap.functions.maxcut import Findings, MaxCut
from paultrap.functions.moments import Floats
from paultrap.functions.schemas import STRING, object_of
from paultrap.notices import Notices

_PATH = "input.problem"
_CREDENTIALS = "external_settings.api_credentials"
_LAYERS = 3
_STRENGTH = 0.8
ITERATIONS = 6
#: Of each iteration.
CIRCUITS = points_per_iteration(2 * _LAYERS)


class _Input(Counting, frozen=True):
    problem_type: str
    problem: graphs.Graph


class _Credentials(msgspec.Struct, forbid_unknown_fields=True):
    api_credentials: str
    external_organization: Any = None  # of the service that paultrap does not call


class Qaoa(Function):
    """A search for the best cut of a graph."""

    type = "qctrl.qaoa.v1"
    child_type = "qctrl.qaoa-circuit.v1"
    title = "A maximum cut, by QAOA"
    stages = ITERATIONS
    shows_progress = True

    def __init__(self, source: bytes, notices: Notices | None = None) -> None:
        super().__init__(source)
        found = decoded(source, _Input, "input", notices or Notices())
        if found.problem_type != "maxcut":
            raise CircuitError(
                f'input.problem_type must be "maxcut", not {shorten(found.problem_type)}',
                path="input.problem_type",
                field="problem_type",
            )
        self._width = len(found.problem.nodes)
        self._edges = graphs.edges_of(found.problem)
        self._exponent = exponent_of(edge.weight for edge in self._edges)
        self.problem = MaxCut(self._width, self._edges)

    @classmethod
    def read(cls, body: Mapping[str, bytes], notices: Notices) -> Self:
        """Return the search that a submission asks for.

        The credentials that it has to come with are looked at and forgotten: the search is our own.
        """
        try:
            settings = body.get("external_settings", b"null")
            sent = decode_known(settings, _Credentials, notices, path="external_settings")
        except msgspec.ValidationError:
            sent = None
        if sent is None or not sent.api_credentials:
            raise CircuitError(
                f"{_CREDENTIALS}: missing; any text will do.",
                path=_CREDENTIALS,
                field="api_credentials",
            )
        return super().read(body, notices)

    def circuits(self, request: Request) -> CircuitBatch:
        """Return the circuits of all iterations, all with the angles of the first.

        Raises:
            CircuitError: The graph is too large, or its weights are.
        """
        limits = request.limits
        weights = sum(abs(edge.weight) for edge in self._edges)
        check_magnitude(weights, "the sum of the |weights|", f"{_PATH}.adjacency")
        n_circuits = ITERATIONS * CIRCUITS
        limits.check_qubits(self._width, _PATH)
        limits.check_circuits(n_circuits, _PATH)
        gates = self._width + _LAYERS * (len(self._edges) + self._width)
        limits.check_gates(n_circuits * gates, _PATH)
        return CircuitBatch(
            program=Program.concatenate([self.iteration([])] * ITERATIONS),
            names=[
                f"iteration {number}, circuit {place}"
                for number in range(1, ITERATIONS + 1)
                for place in range(1, CIRCUITS + 1)
            ],
            gatesets=["qis"] * n_circuits,
            registers=[None] * n_circuits,
            is_multicircuit=True,
            qubits=self._width,
        )

    def iteration(self, earlier: Sequence[Findings]) -> Program:
        """Return the circuits of an iteration.

        Args:
            earlier: What the circuits of all iterations before it have shown, in their order.
        """
        return Program.concatenate([self._circuit(angles) for angles in self.angles(earlier)])

    def next_stage(self, earlier: Sequence[bytes]) -> Program:
        """Return the circuits of the iteration that follows."""
        return self.iteration([unpacked(each) for each in earlier])

    def findings(self, answers: Distributions, shots: int | None, *, exact: bool) -> bytes:
        """Return the packed `Findings` of some circuits."""
        found = self.problem.observed(answers, self.least(shots, exact=exact))
        return msgspec.msgpack.encode(found)

    def result(self, answers: Answers) -> dict[str, Any] | None:
        """Return the best cut so far."""
        cut = self.problem.best(self._found(answers))
        if cut is None:
            return None
        return {
            "qaoa_results": {
                "optimal_cost": cut.cost,
                "optimal_bitstring": cut.bitstring,
                "processing_status": "complete" if answers.complete else "running",
            }
        }

    def steps(self, answers: Answers) -> list[Step]:
        """Return the expected cost of each circuit of all iterations, and the angles that it has.

        Angles are of the layers' costs, then of their mixers, in radians.
        """
        means = [mean for each in self._found(answers) for mean in each.means]
        complete = len(means) // CIRCUITS
        steps = []
        for iteration in range(ITERATIONS):
            first = iteration * CIRCUITS
            is_known = iteration <= complete
            points = self._points(means[:first]).tolist() if is_known else [None] * CIRCUITS
            values = means[first : first + CIRCUITS] if iteration < complete else [None] * CIRCUITS
            steps += [
                Step(value, params, iteration + 1)
                for value, params in zip(values, points, strict=True)
            ]
        return steps

    def _found(self, answers: Answers) -> list[Findings]:
        found = [unpacked(each) for each in answers.findings()]
        if sum(len(each.means) for each in found) >= answers.done:
            return found
        # Earlier releases kept the answers alone.
        least = self.least(answers.shots, exact=answers.exact)
        return [self.problem.observed(answer, least) for _, answer in answers.distributions()]

    @classmethod
    def input_schema(cls) -> Schema:
        """Return the schema of a graph and of what is asked of it."""
        return object_of(
            "problem_type", "problem", problem_type={"const": "maxcut"}, problem=graphs.SCHEMA
        )

    @classmethod
    def body_schema(cls) -> dict[str, Schema]:
        """Return the schema of the credentials."""
        text = "Any text: the search is the server's own."
        return {
            "external_settings": object_of(
                "api_credentials",
                api_credentials=STRING | {"minLength": 1, "description": text},
                external_organization=STRING,
            )
        }

    @classmethod
    def result_schema(cls) -> Schema:
        """Return the schema of a cut."""
        cut = object_of(
            "optimal_cost",
            "optimal_bitstring",
            "processing_status",
            optimal_cost={"type": "number"},
            optimal_bitstring=STRING,
            processing_status={"enum": ["running", "complete"]},
        )
        return object_of("qaoa_results", qaoa_results=cut)

    def angles(self, earlier: Sequence[Findings]) -> Floats:
        """Return the angles of an iteration's circuits, shape (C, 2P): of P costs, then of P mixers.

        Args:
            earlier: The findings of earlier iterations, as for `iteration`.
        """
        return self._points([mean for findings in earlier for mean in findings.means])

    def _points(self, costs: Sequence[float]) -> Floats:
        """Return the angles of the iteration after those whose circuits have these costs."""
        done = (np.arange(_LAYERS) + 0.5) / _LAYERS
        start = _STRENGTH * np.concatenate([done, 1.0 - done])
        means = np.array(costs)
        # The search does not depend on the unit of the weights, but squares would.
        means = np.ldexp(means, -self._exponent)
        return next_points(start, list(means.reshape(-1, CIRCUITS)))

    @staticmethod
    def least(shots: int | None, *, exact: bool) -> float:
        """Return the least probability of a state that counts as seen.

        Without shots it is that of a state that is expected at least once in them.
        """
        return 1.0 / (shots or 1) if exact else 0.0

    def _circuit(self, angles: Floats) -> Program:
        scale = self._scale()
        qubits = range(self._width)
        gates = [PlacedGate(Opcode.H, (qubit,)) for qubit in qubits]
        for cost, mixing in zip(*np.split(angles, 2), strict=True):
            gates += [
                PlacedGate(Opcode.ZZ, (one, other), 0, (cost * self._scaled(weight) * scale,))
                for one, other, weight in self._edges
            ]
            gates += [PlacedGate(Opcode.RX, (qubit,), 0, (-2.0 * mixing,)) for qubit in qubits]
        return Program.build([gates], [self._width])

    def _scale(self) -> float:
        """Return what makes the angles of graphs with other weights and degrees alike."""
        weights = [self._scaled(edge.weight) for edge in self._edges]
        squares = sum(weight * weight for weight in weights)
        return 2.0 / math.sqrt(2 * squares / self._width) if squares else 1.0

    def _scaled(self, weight: float) -> float:
        """Return a weight in a unit in which the largest is near 1: no square of it vanishes."""
        return math.ldexp(weight, -self._exponent)


def unpacked(findings: bytes) -> Findings:
    """Return what `Qaoa.findings` has packed."""
    return msgspec.msgpack.decode(findings, type=Findings)
