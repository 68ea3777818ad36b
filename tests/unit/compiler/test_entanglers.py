"""No client's compiler takes fewer entanglers. All 200 circuits: PAULTRAP_ORACLE_CIRCUITS=200."""

import os

import numpy as np
import pytest
from harness.circuits import C, program_of
from unit.compiler.compiler_circuits import entanglers, random_circuit
from unit.compiler.compiler_oracles import cirq_entanglers, qiskit_entanglers

from paultrap.compiler import compile_native

N_CIRCUITS = int(os.environ.get("PAULTRAP_ORACLE_CIRCUITS", "8"))
pytestmark = [
    # What the clients' compilers use inside.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.mark.parametrize("entangler", ["ms", "zz"])
@pytest.mark.parametrize("index", range(N_CIRCUITS))
def test_no_client_takes_fewer_entanglers(index, entangler):
    rng = np.random.default_rng([0, index])
    width = int(rng.integers(2, 7))
    gates = random_circuit(rng, width, int(rng.integers(4, 25)))
    count = entanglers(compile_native(program_of([C(width, gates)]), entangler))[0]

    assert count <= cirq_entanglers(gates, width, entangler)
    assert count <= min(qiskit_entanglers(gates, width, entangler, level) for level in (1, 2, 3))
