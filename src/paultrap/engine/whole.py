"""Where noise acts in circuits of which gates with many controls have stayed whole.

Behind such a gate come the errors of all native gates that it stands for. They are Pauli channels,
which commute, and those on the same qubits are one depolarizing channel: its parameter is one minus
the product of one minus each of theirs.
"""

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Program
from paultrap.compiler import compile_native, gates_alone, virtual_gates, whole_gates
from paultrap.engine.noise import NoiseModel
from paultrap.engine.sites import Sites, sites_of


def sites_around_whole(
    program: Program, model: NoiseModel, qubit_maps: NDArray[np.uint16] | None = None
) -> Sites:
    """Return where the model's noise acts on circuits of `paultrap.compiler.compile_compact`.

    Args:
        program: N circuits, of native gates and of gates that have stayed whole.
        model: The noise model, whose noise follows native gates.
        qubit_maps: As for `sites_of`.
    """
    whole = whole_gates(program)
    if not whole.any():
        return sites_of(program, model, qubit_maps)
    owners = program.circuit_of_each_gate()[whole]
    native = compile_native(gates_alone(program, whole), model.entangler)
    maps = None if qubit_maps is None else qubit_maps[owners]
    behind = _together(sites_of(native, model, maps))
    # Rotations about z are only virtual where such gates are left, and else are not there.
    has_whole = np.zeros(program.n_circuits, np.bool_)
    has_whole[owners] = True
    virtual = virtual_gates(program) & has_whole[program.circuit_of_each_gate()]
    plain = sites_of(program, model, qubit_maps, silent=whole | virtual)
    places = np.flatnonzero(whole) - program.first_gates()[owners]
    each = np.repeat(np.arange(len(owners)), np.diff(behind.offsets))
    return _merged(
        plain,
        Sites(behind.offsets, places[each], behind.first, behind.second, behind.strengths),
        owners[each],
    )


def _together(sites: Sites) -> Sites:
    """Return one channel for all of a circuit that act on the same qubits; their gates count no more."""
    circuits = np.repeat(np.arange(len(sites.offsets) - 1), np.diff(sites.offsets))
    low = np.minimum(sites.first, sites.second).astype(np.int64)
    high = np.maximum(sites.first, sites.second).astype(np.int64)
    keys, places = np.unique((circuits << 32) | (low << 16) | high, return_inverse=True)
    with np.errstate(divide="ignore"):
        kept = np.bincount(places.reshape(-1), np.log1p(-sites.strengths), len(keys))
    return Sites(
        offsets=np.searchsorted(keys >> 32, np.arange(len(sites.offsets))),
        gates=np.zeros(len(keys), np.int64),
        first=((keys >> 16) & 0xFFFF).astype(np.uint16),
        second=(keys & 0xFFFF).astype(np.uint16),
        strengths=-np.expm1(kept),
    )


def _merged(one: Sites, other: Sites, owners: NDArray[np.int64]) -> Sites:
    """Return the sites of both in the order of the gates; ``owners``: the circuit of each of other's."""
    own = np.repeat(np.arange(len(one.offsets) - 1), np.diff(one.offsets))
    circuits = np.concatenate([own, owners])
    gates = np.concatenate([one.gates, other.gates])
    order = np.lexsort((gates, circuits))
    return Sites(
        offsets=np.searchsorted(circuits[order], np.arange(len(one.offsets))),
        gates=gates[order],
        first=np.concatenate([one.first, other.first])[order],
        second=np.concatenate([one.second, other.second])[order],
        strengths=np.concatenate([one.strengths, other.strengths])[order],
    )
