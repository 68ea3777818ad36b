"""Where noise acts: the sites of a program under a noise model, array-wise over all gates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import ALIASES, GATES, Evolution, Opcode, Program, evolved
from paultrap.engine.noise import NoiseModel

NO_QUBIT = 65535


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """The places where a channel acts, S of them, in the order of the gates.

    Attributes:
        offsets: int64, shape (N + 1,): where each circuit's sites start.
        gates: int64, shape (S,): the gate that the error follows, counted within its circuit.
        first: uint16, shape (S,): a qubit.
        second: uint16, shape (S,): the other qubit, `NO_QUBIT` where the channel is on one.
        strengths: float64, shape (S,): depolarizing parameters, above 0.
    """

    offsets: NDArray[np.int64]
    gates: NDArray[np.int64]
    first: NDArray[np.uint16]
    second: NDArray[np.uint16]
    strengths: NDArray[np.float64]

    def arrays(self) -> _kernels.SiteArrays:
        """Return them as the kernels take them."""
        return _kernels.SiteArrays(
            self.offsets, self.gates, self.first, self.second, self.strengths
        )


def no_sites(n_circuits: int) -> Sites:
    """Return the sites of circuits without noise."""
    none = np.zeros(0, np.uint16)
    return Sites(np.zeros(n_circuits + 1, np.int64), np.zeros(0, np.int64), none, none, np.zeros(0))


def sites_of(
    program: Program,
    model: NoiseModel,
    qubit_maps: NDArray[np.uint16] | None = None,
    silent: NDArray[np.bool_] | None = None,
) -> Sites:
    """Return where the model's noise acts on a program's gates as they are.

    A gate on one qubit has one site, a gate on two qubits one on both, and a gate on k > 2 qubits
    one on each two neighbours of its list of controls and targets: k - 1 sites, about what it costs
    at least on a machine. ``nop`` has none, nor has a copy of a measured bit.

    Args:
        program: N circuits.
        model: The noise model.
        qubit_maps: Shape (N, at least the widest circuit's qubits): the machine's qubit for each of
            a circuit's; None where they are the same.
        silent: Shape (G,): whether no noise follows a gate, whatever it is.
    """
    n_qubits = program.qubits_per_gate()
    is_free = np.isin(program.opcodes, [op for op in Opcode if not op.facts.is_noisy])
    if silent is not None:
        is_free |= silent
    n_sites = np.where(is_free, 0, np.maximum(n_qubits - 1, 1))
    owners = np.repeat(np.arange(program.n_gates), n_sites)
    starts = np.cumsum(n_sites) - n_sites
    place = np.arange(len(owners)) - starts[owners]
    first = program.qubits_at(owners, place)
    is_pair = n_qubits[owners] > 1
    second = np.full(len(owners), NO_QUBIT, np.uint16)
    second[is_pair] = program.qubits_at(owners[is_pair], place[is_pair] + 1)
    strengths = np.where(is_pair, model.two_qubit, model.one_qubit)
    _set_gates(strengths, program, owners, model)
    circuits = program.circuit_of_each_gate()[owners]
    if qubit_maps is None:
        _set_pairs(strengths, first, second, model)
    else:
        mapped = qubit_maps[circuits, first], qubit_maps[circuits, np.where(is_pair, second, first)]
        _set_pairs(strengths, mapped[0], np.where(is_pair, mapped[1], NO_QUBIT), model)
    kept = strengths > 0
    return Sites(
        offsets=np.searchsorted(circuits[kept], np.arange(program.n_circuits + 1)),
        gates=owners[kept] - program.first_gates()[circuits[kept]],
        first=first[kept],
        second=second[kept],
        strengths=strengths[kept],
    )


def _set_gates(
    strengths: NDArray[np.float64], program: Program, owners: NDArray[np.int64], model: NoiseModel
) -> None:
    """Set the strengths that the model gives by gate; they take precedence over the general ones.

    ``x`` with controls is also called ``cnot``: that name takes precedence over ``x``.
    """
    # Models name gates as clients do.
    opcodes = evolved(program, Evolution.EXACT).opcodes[owners]
    controlled = program.has_controls()[owners]
    for name in sorted(model.gates, key=lambda name: name == "cnot"):
        for gateset in ("qis", "native"):
            gate = GATES.get((gateset, ALIASES.get(name, name)))
            if gate is None:
                continue
            meant = {gate.opcode} if gate.rotated is None else {gate.opcode, gate.rotated}
            is_meant = np.isin(opcodes, list(meant))
            if gate.min_controls:
                is_meant &= controlled
            strengths[is_meant] = model.gates[name]


def _set_pairs(
    strengths: NDArray[np.float64],
    first: NDArray[np.uint16],
    second: NDArray[np.uint16],
    model: NoiseModel,
) -> None:
    """Set the strengths that the model gives by pair of qubits; they take precedence over all."""
    found = model.pair_strengths
    if not found:
        return
    # One look-up a site, however many pairs the model has; NaN where it gives none.
    width = 1 + max(int(first.max(initial=0)), *(high for _, high in found))
    table = np.full((width + 1, width + 1), np.nan)
    for (low, high), strength in found.items():
        table[low, high] = table[high, low] = strength
    wanted = table[first, np.minimum(second, width)]
    is_told = ~np.isnan(wanted)
    strengths[is_told] = wanted[is_told]


def placed_readout(readout: NDArray[np.float64], qubits: NDArray[np.uint16]) -> NDArray[np.float64]:
    """Return for each of some of the machine's qubits how it is misread.

    Args:
        readout: Shape (qubits with an entry, 2); the machine's others have no readout errors.
        qubits: Shape (...), numbers of the machine's qubits.

    Returns:
        Shape (..., 2).
    """
    padded = np.zeros((max(len(readout), 1 + int(qubits.max(initial=0))), 2))
    padded[: len(readout)] = readout
    return padded[qubits]
