"""Back ends of a laboratory's own: a simulator or a machine behind paultrap's API.

A package offers one under the entry point group ``paultrap.backends``::

    [project.entry-points."paultrap.backends"]
    our-trap = "our_package:TRAP"

where ``TRAP`` is an object such as `OwnBackend` describes. Installed beside paultrap, it takes jobs under
its name like any other back end; ``examples/own_backend`` is a whole such package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from itertools import pairwise
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from paultrap.circuits import GATES, Distributions, Gate, Opcode, Program
from paultrap.errors import Error

__all__ = ["BackendError", "Chunk", "OwnBackend", "own_backends", "run_chunk"]

GROUP = "paultrap.backends"

_PAULIS = "IXYZ"


class BackendError(Error, RuntimeError):
    """A back end of one's own cannot be used, or has given an answer that is none."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Circuits of one job that are to be run together.

    Attributes:
        program: The circuits as flat arrays, in the gateset that the back end asked for.
        shots: How often each is to be run.
        seed: The job's; what is run twice should give the same answer if it can.
        first_index: The index in the job of the first circuit.
    """

    program: Program
    shots: int
    seed: int
    first_index: int

    def circuits(self) -> list[list[dict[str, Any]]]:
        """Return every circuit as a list of gates spelled as in requests."""
        return [wire_gates(self.program, index) for index in range(self.program.n_circuits)]

    def widths(self) -> list[int]:
        """Return every circuit's number of qubits."""
        widths: list[int] = self.program.widths.tolist()
        return widths


@runtime_checkable
class OwnBackend(Protocol):
    """What the object behind an entry point has.

    Attributes:
        name: What jobs call it; ``qpu.`` at its beginning makes clients treat it as a machine.
        qubits: How many it has.
        gateset: "qis" for circuits as clients write them, "native" for compiled ones.
        entangler: The native gate on two qubits to compile to, "ms" or "zz".
    """

    name: str
    qubits: int
    gateset: Literal["qis", "native"]
    entangler: Literal["ms", "zz"]

    def run(self, chunk: Chunk) -> Sequence[Mapping[int, int]]:
        """Return for each circuit how often each state was seen, qubit 0 the lowest bit.

        It is called in a worker process, which may be killed and whose chunk is then run again by
        another. Whatever it raises fails the job with the exception's message.
        """


@cache
def own_backends() -> Mapping[str, OwnBackend]:
    """Return the installed back ends by name.

    Raises:
        BackendError: One cannot be loaded, lacks something, or has a name that is taken.
    """
    found: dict[str, OwnBackend] = {}
    for entry in entry_points(group=GROUP):
        try:
            backend = entry.load()
        except Exception as error:
            raise BackendError(f"back end {entry.value}: {error}") from error
        if not isinstance(backend, OwnBackend):
            raise BackendError(
                f"back end {entry.value}: it needs name, qubits, gateset, entangler and run(chunk)"
            )
        if backend.name in found:
            raise BackendError(f'back end {entry.value}: "{backend.name}" is taken')
        found[backend.name] = backend
    return found


def run_chunk(backend: OwnBackend, chunk: Chunk) -> Distributions:
    """Return what ``backend`` makes of a chunk, checked, with counts over shots as probabilities.

    Raises:
        BackendError: The answer is not one histogram of the job's shots for each circuit.
    """
    try:
        histograms = backend.run(chunk)
    except Exception as error:  # It is not our code: whatever it raises is its answer.
        raise BackendError(f"{backend.name}: {type(error).__name__}: {error}") from error
    if len(histograms) != chunk.program.n_circuits:
        raise BackendError(
            f"{backend.name} gave {len(histograms)} histograms for {chunk.program.n_circuits} circuits"
        )
    for number, (counts, width) in enumerate(zip(histograms, chunk.widths(), strict=True)):
        _check(counts, width, chunk.shots, f"{backend.name}, circuit {chunk.first_index + number}")
    ordered = [sorted(counts.items()) for counts in histograms]
    return Distributions(
        offsets=np.cumsum([0, *map(len, ordered)]),
        states=np.array([state for own in ordered for state, _ in own], np.uint64),
        probabilities=np.array([count for own in ordered for _, count in own]) / chunk.shots,
    )


def _check(counts: Mapping[int, int], width: int, shots: int, where: str) -> None:
    for state, count in counts.items():
        if not 0 <= state < 2**width:
            raise BackendError(f"{where}: state {state} does not fit {width} qubits")
        if count < 1:
            raise BackendError(f"{where}: state {state} has the count {count}")
    if sum(counts.values()) != shots:
        raise BackendError(f"{where}: {sum(counts.values())} counts for {shots} shots")


def wire_gates(program: Program, index: int) -> list[dict[str, Any]]:
    """Return one circuit's gates spelled as in requests."""
    first, last = program.gate_offsets[index : index + 2].tolist()
    qubit_cuts = program.qubit_offsets[first : last + 1].tolist()
    param_cuts = program.param_offsets[first : last + 1].tolist()
    controls = program.control_counts[first:last].tolist()
    return [
        _wire_gate(
            Opcode(opcode), program.qubits[a:b].tolist(), n_controls, program.params[c:d].tolist()
        )
        for opcode, (a, b), n_controls, (c, d) in zip(
            program.opcodes[first:last].tolist(),
            pairwise(qubit_cuts),
            controls,
            pairwise(param_cuts),
            strict=True,
        )
    ]


def _wire_gate(
    opcode: Opcode, qubits: list[int], n_controls: int, params: list[float]
) -> dict[str, Any]:
    gate = _by_opcode()[opcode]
    n_targets = len(qubits) - n_controls
    found: dict[str, Any] = {"gate": gate.name, "targets": qubits[:n_targets]}
    if n_controls:
        found["controls"] = qubits[n_targets:]
    if opcode == Opcode.PAULIEXP:
        return found | _pauliexp(params, n_targets)
    if gate.rotated == opcode:
        return found | {"rotation": params[0]}
    if opcode == Opcode.MS:
        return found | {"phases": params[:2], "angle": params[2]}
    return found | dict(zip(gate.params, params, strict=True))


def _pauliexp(params: list[float], n_targets: int) -> dict[str, Any]:
    """Return the fields; a term's rightmost letter acts on the first target."""
    n_terms = (len(params) - 1) // (1 + n_targets)
    codes = params[1 + n_terms :]
    rows = [codes[k * n_targets : (k + 1) * n_targets] for k in range(n_terms)]
    terms = ["".join(_PAULIS[int(code)] for code in reversed(row)) for row in rows]
    return {"time": params[0], "coefficients": params[1 : 1 + n_terms], "terms": terms}


@cache
def _by_opcode() -> dict[Opcode, Gate]:
    """Return how each opcode is spelled; ``x`` goes before ``cnot``, which is x with controls."""
    found: dict[Opcode, Gate] = {}
    for gate in GATES.values():
        found.setdefault(gate.opcode, gate)
        if gate.rotated is not None:
            found.setdefault(gate.rotated, gate)
    return found
