"""On an emulated QPU gates are counted, priced and timed as its compiler makes them."""

import msgspec
import numpy as np
import pytest

from paultrap.admission import Limits, admit
from paultrap.compiler import compile_native
from paultrap.machines import Machines
from paultrap.submissions import read_v03

MACHINES = Machines.shipped()
SHOTS = 600
X_OF = {"gate": "x", "target": 0}
TERMS = {"terms": ["XY", "YX", "ZZ"], "coefficients": [0.3, 0.2, 0.5], "time": 0.4}
GATES = {
    **{f"{k} controls": {**X_OF, "controls": list(range(1, k + 1))} for k in range(1, 13)},
    "one gate": X_OF,
    "rz": {"gate": "rz", "target": 1, "rotation": 0.3},
    "rx with controls": {"gate": "rx", "target": 0, "rotation": 0.3, "controls": [3, 4, 5]},
    "swap": {"gate": "swap", "targets": [0, 3]},
    "swap with a control": {"gate": "swap", "targets": [0, 3], "control": 2},
    "xx": {"gate": "xx", "targets": [0, 3], "rotation": 0.2},
    "zz with controls": {"gate": "zz", "targets": [0, 3], "rotation": 0.2, "controls": [1, 2]},
    "pauliexp": {"gate": "pauliexp", "targets": [0, 1], **TERMS},
    "pauliexp with controls": {"gate": "pauliexp", "targets": [0, 1], "controls": [2, 3], **TERMS},
}
NATIVE = {
    "gpi": {"gate": "gpi", "target": 0, "phase": 0.1},
    "ms": {"gate": "ms", "targets": [0, 1], "phases": [0.1, 0.2], "angle": 0.2},
}


def admitted(backend: str, circuit: list, gateset: str = "qis"):
    content = {"qubits": 14, "gateset": gateset, "circuit": circuit}
    body = {"target": backend, "shots": SHOTS, "input": content}
    return admit(read_v03(msgspec.json.encode(body)), Limits(), MACHINES)


@pytest.mark.parametrize("backend", ["qpu.aria-1", "qpu.forte-1"])
@pytest.mark.parametrize("name", GATES)
def test_gates_are_those_that_the_compiler_makes(backend, name):
    behind = [{"gate": "h", "target": 0}, {"gate": "h", "target": 3}, GATES[name]]

    job = admitted(backend, behind)

    entangler = MACHINES.resolve(backend).entangler
    made = compile_native(job.batch.program, entangler).gate_counts()
    assert np.array_equal(job.batch.gate_counts, made)
    assert_billed(job, backend, made)


@pytest.mark.parametrize("name", NATIVE)
def test_native_gates_are_those_that_are_sent(name):
    job = admitted("qpu.aria-1", [NATIVE[name]] * 3, "native")

    expected = [[3, 0]] if name == "gpi" else [[0, 3]]
    assert job.batch.gate_counts.tolist() == expected
    assert_billed(job, "qpu.aria-1", np.array(expected))


def assert_billed(job, backend: str, counts) -> None:
    """Check the bill by the machine's own numbers."""
    machine = MACHINES.resolve(backend)
    one, two = counts[0].tolist()
    timing, prices = machine.timing, machine.prices
    busy_s = one * timing.one_qubit + two * timing.two_qubit + timing.readout + timing.reset
    assert job.bill.machine_us == pytest.approx(1e6 * SHOTS * busy_s, abs=1001)
    if prices is not None:
        priced = SHOTS * (one * prices.one_qubit + two * prices.two_qubit)
        assert job.bill.price_usd == pytest.approx(max(priced, prices.minimum))
