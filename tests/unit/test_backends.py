"""Back ends of one's own: how they are found, what they are given, and what is wrong with answers."""

import importlib.metadata
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from paultrap.backends import BackendError, Chunk, own_backends, run_chunk
from paultrap.formats import CircuitLimits, decode_input, read_circuits, split

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_backend" / "src"

GATES = [
    {"gate": "x", "targets": [1], "controls": [0, 2]},
    {"gate": "z", "targets": [1], "rotation": 0.25},
    {"gate": "rx", "targets": [2], "rotation": -1.5},
    {"gate": "swap", "targets": [0, 1]},
    {"gate": "sx", "targets": [0]},
    {
        "gate": "pauliexp",
        "targets": [2, 0],
        "time": 0.4,
        "coefficients": [0.1, -0.2],
        "terms": ["XI", "ZY"],
    },
]
NATIVE = [
    {"gate": "gpi", "targets": [1], "phase": 0.25},
    {"gate": "ms", "targets": [0, 2], "phases": [0.1, 0.2], "angle": 0.15},
    {"gate": "zz", "targets": [2, 1], "angle": 0.05},
]


class Fake:
    name = "qpu.fake"
    qubits = 3
    gateset = "qis"
    entangler = "zz"

    def __init__(self, *answer):
        self.answer = answer

    def run(self, _chunk):
        return self.answer


@pytest.fixture
def installed(monkeypatch):
    """Pretend that packages with these entry points are installed."""

    def install(*values: str):
        entries = [
            importlib.metadata.EntryPoint(f"own{k}", value, "paultrap.backends")
            for k, value in enumerate(values)
        ]
        monkeypatch.setattr("paultrap.backends.entry_points", lambda **_: entries)
        own_backends.cache_clear()

    yield install
    own_backends.cache_clear()


def program_of(*circuits, gateset="qis"):
    body = {
        "input": {"gateset": gateset, "qubits": 3, "circuits": [{"circuit": c} for c in circuits]}
    }
    job = split(json.dumps(body).encode())
    return read_circuits(job, decode_input(job), CircuitLimits()).program


def test_a_chunk_spells_its_circuits_as_requests_do():
    for gates, gateset in ((GATES, "qis"), (NATIVE, "native")):
        chunk = Chunk(program_of([], gates, gateset=gateset), 10, 1, 0)
        spelled = chunk.circuits()
        assert spelled[0] == []
        wanted = [gate | {"gate": "v"} if gate["gate"] == "sx" else gate for gate in gates]
        assert spelled[1] == wanted
        again = program_of(*spelled, gateset=gateset)
        assert again.to_bytes() == chunk.program.to_bytes()


def test_the_example_answers_by_its_seed(installed, monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLE))
    installed("own_backend:TRAP")
    trap = own_backends()["qpu.coin-trap"]
    gates = [{"gate": "gpi", "target": 0, "phase": 0}, {"gate": "gpi2", "target": 2, "phase": 0}]
    chunk = Chunk(program_of(gates, gates, gateset="native"), 100, 5, 0)
    answer = run_chunk(trap, chunk)
    assert set(answer.as_dict(0)) == {1, 5}
    assert answer.to_bytes() == run_chunk(trap, chunk).to_bytes()
    assert answer.as_dict(0) != answer.as_dict(1)
    assert np.rint(answer.probabilities * 100).sum() == 200
    sys.modules.pop("own_backend")


def test_an_answer_is_one_histogram_of_all_shots_for_each_circuit():
    chunk = Chunk(program_of([], []), 10, 1, 7)
    answer = run_chunk(Fake({3: 4, 0: 6}, {7: 10}), chunk)
    assert answer.as_dict(0) == {0: 0.6, 3: 0.4}
    assert list(answer.as_dict(0)) == [0, 3]
    for wrong, said in (
        ([{0: 10}], "1 histograms for 2 circuits"),
        ([{0: 10}, {8: 10}], r"circuit 8: state 8 does not fit 3 qubits"),
        ([{0: 9}, {0: 10}], "circuit 7: 9 counts for 10 shots"),
        ([{0: 10, 1: 0}, {0: 10}], "circuit 7: state 1 has the count 0"),
    ):
        with pytest.raises(BackendError, match=said):
            run_chunk(Fake(*wrong), chunk)


def test_a_back_end_that_cannot_be_used_is_named(installed):
    installed("no_such_module_at_all:TRAP")
    with pytest.raises(BackendError, match="no_such_module_at_all:TRAP"):
        own_backends()
    installed("json:loads")
    with pytest.raises(BackendError, match="json:loads: it needs name"):
        own_backends()
