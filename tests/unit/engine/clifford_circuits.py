"""Random Clifford circuits."""

import numpy as np
from harness.circuits import C, G, random_circuit

from paultrap.circuits import Opcode

FIXED = [
    Opcode.X, Opcode.Y, Opcode.Z, Opcode.H, Opcode.S, Opcode.SI, Opcode.V, Opcode.VI,
    Opcode.SWAP, Opcode.NOP, Opcode.COPY,
]  # fmt: skip
QUARTERS = {  # angles that are Clifford, by opcode
    Opcode.RX: np.pi / 2,
    Opcode.RY: np.pi / 2,
    Opcode.RZ: np.pi / 2,
    Opcode.XPOW: np.pi / 2,
    Opcode.YPOW: np.pi / 2,
    Opcode.ZPOW: np.pi / 2,
    Opcode.XX: np.pi / 2,
    Opcode.YY: np.pi / 2,
    Opcode.ZZ: np.pi / 2,
    Opcode.GPI: 0.125,
    Opcode.GPI2: 0.25,
    Opcode.MS: 0.25,
    Opcode.NATIVE_ZZ: 0.25,
}
CONTROLLED = [Opcode.X, Opcode.Y, Opcode.Z, Opcode.XPOW, Opcode.YPOW, Opcode.ZPOW]


def clifford(seed: int, width: int, n_gates: int) -> C:
    """Return a random circuit over every Clifford gate there is."""
    rng = np.random.default_rng(seed)
    gates: list[G] = []
    while len(gates) < n_gates:
        opcode = [*FIXED, *QUARTERS][int(rng.integers(len(FIXED) + len(QUARTERS)))]
        (gate,) = random_circuit(rng, width, 1, [opcode, Opcode.NOP], 0).gates
        unit = QUARTERS.get(gate.opcode, 0.0)
        params = tuple(float(unit * rng.integers(-9, 9)) for _ in gate.params)
        controls: tuple[int, ...] = ()
        if gate.opcode in CONTROLLED and width > 1 and rng.random() < 0.7:
            controls = (int((gate.targets[0] + rng.integers(1, width)) % width),)
            params = tuple(float(np.pi * rng.integers(-3, 3)) for _ in params)
        gates.append(G(gate.opcode, gate.targets, controls, params))
    return C(width, tuple(gates))
