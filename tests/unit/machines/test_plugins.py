"""Plug-in backends: how they are found, what they are given, and what is wrong with answers."""

import importlib.metadata
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from harness.circuits import read_job

from paultrap.formats import CircuitError, CircuitLimits
from paultrap.limits import named
from paultrap.machines import Chunk, InstalledPlugins, Machines, PluginError, run_chunk

EXAMPLE = Path(__file__).parents[3] / "examples" / "plugin_backend" / "src"

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
            importlib.metadata.EntryPoint(f"plugin{k}", value, "paultrap.backends")
            for k, value in enumerate(values)
        ]
        monkeypatch.setattr("paultrap.machines.plugins.entry_points", lambda **_: entries)

    return install


def program_of(*circuits, gateset="qis"):
    body = {
        "input": {"gateset": gateset, "qubits": 3, "circuits": [{"circuit": c} for c in circuits]}
    }
    return read_job(json.dumps(body).encode(), CircuitLimits()).program


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
    installed("plugin_backend:TRAP")
    trap = InstalledPlugins().find("qpu.coin-trap")
    gates = [{"gate": "gpi", "target": 0, "phase": 0}, {"gate": "gpi2", "target": 2, "phase": 0}]
    chunk = Chunk(program_of(gates, gates, gateset="native"), 100, 5, 0)
    answer = run_chunk(trap, chunk)
    assert set(answer.as_dict(0)) == {1, 5}
    assert answer.to_bytes() == run_chunk(trap, chunk).to_bytes()
    assert answer.as_dict(0) != answer.as_dict(1)
    assert np.rint(answer.probabilities * 100).sum() == 200
    sys.modules.pop("plugin_backend")


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
        with pytest.raises(PluginError, match=said):
            run_chunk(Fake(*wrong), chunk)


class Failing(list):
    """An answer that raises as it is read."""

    def __iter__(self):
        raise OSError("the link to the trap is down")


class Unordered:
    """A number in name alone: what it is compared with raises."""

    def __index__(self):
        return 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, r"qpu.fake: run returned None \(NoneType\), not a list of a histogram for each"),
        (3, r"run returned 3 \(int\), not a list"),
        ("ab", r"run returned 'ab' \(str\), not a list"),
        ({0: 10, 1: 10}, r"run returned {0: 10, 1: 10} \(dict\), not a list"),
        ((each for each in [1 / 3]), r"run returned <generator .*\(generator\), not a list"),
        ([], "qpu.fake: 0 histograms for 2 circuits"),
        ([{0: 10}] * 3, "3 histograms for 2 circuits"),
        (Failing([{0: 10}, {0: 10}]), "qpu.fake: OSError: the link to the trap is down"),
        ([{0: 10}, None], r"qpu.fake: circuit 8: None \(NoneType\) is not a mapping of states"),
        ([[0.5, 0.5], {0: 10}], r"circuit 7: \[0.5, 0.5\] \(list\) is not a mapping"),
        ([{"000": 10}, {0: 10}], r"circuit 7: the state '000' \(str\) is not a whole number"),
        ([{0: 10}, {0.0: 10}], r"circuit 8: the state 0.0 \(float\) is not a whole number"),
        ([{0: 10}, {Unordered(): 10}], r"circuit 8: the state .*\(Unordered\) is not a whole"),
        ([{0: 10}, {-1: 10}], "circuit 8: state -1 does not fit 3 qubits"),
        ([{0: 10}, {10**5000: 10}], "qpu.fake: ValueError: Exceeds the limit"),
        ([{0: "10"}, {0: 10}], r"circuit 7: the count '10' \(str\) of state 0 is not a whole"),
        ([{0: 2.5, 1: 7.5}, {0: 10}], r"the count 2.5 \(float\) of state 0 is not a whole number"),
        ([{0: math.nan}, {0: 10}], r"the count nan \(float\) of state 0 is not a whole number"),
        ([{0: 12, 1: -2}, {0: 10}], "circuit 7: state 1 has the count -2"),
        ([{}, {0: 10}], "circuit 7: 0 counts for 10 shots"),
    ],
)
def test_a_wrong_answer_is_the_failure_of_the_plug_in(answer, said):
    fake = Fake()
    fake.answer = answer
    with pytest.raises(PluginError, match=said) as caught:
        run_chunk(fake, Chunk(program_of([], []), 10, 1, 7))
    assert str(caught.value).startswith("qpu.fake: ")


def test_a_plug_in_that_ends_the_process_has_failed():
    fake = Fake()
    fake.run = lambda _: sys.exit("no licence")
    with pytest.raises(PluginError, match=r"qpu\.fake: SystemExit: no licence"):
        run_chunk(fake, Chunk(program_of([]), 10, 1, 0))


def test_numbers_of_any_type_that_is_whole_are_counts():
    counts = {np.uint8(3): np.uint8(200), 5: np.int16(200), 0: 600}
    answer = run_chunk(Fake(counts), Chunk(program_of([]), 1000, 1, 0))
    assert answer.as_dict(0) == {0: 0.6, 3: 0.2, 5: 0.2}
    many = {np.uint8(k): np.uint8(200) for k in range(5)}
    assert run_chunk(Fake(many), Chunk(program_of([]), 1000, 1, 0)).as_dict(0)[4] == 0.2


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return what writes a module that can be imported, and forgets it in the end."""
    names = []

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text)
        names.append(name)

    monkeypatch.syspath_prepend(str(tmp_path))
    yield write
    for name in names:
        sys.modules.pop(name, None)


GOOD = """
class Trap:
    name, qubits, gateset, entangler = "qpu.good", 3, "native", "zz"

    def run(self, chunk):
        return [{0: chunk.shots}] * len(chunk.widths())

TRAP = Trap()
"""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import no_such_module_at_all", "ModuleNotFoundError: No module named 'no_such_mod"),
        ("TRAP = 1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit('no licence')", "SystemExit: no licence"),
        ("TRAP = (", "SyntaxError"),
        ("", "AttributeError"),
        (GOOD + "TRAP = Trap", "Trap is a class; name an object of it"),
        (GOOD + "del Trap.run, Trap.qubits", "qubits, run missing"),
        (GOOD + "Trap.name = property(lambda _: 1 / 0)", "ZeroDivisionError"),
        (GOOD + "Trap.name = ''", "name: '' is not a text"),
        (GOOD + "Trap.qubits = '3'", "qubits: '3' is not a whole number from 1 to 64"),
        (GOOD + "Trap.qubits = 65", "qubits: 65 is not"),
        (GOOD + "Trap.gateset = 'qasm'", 'gateset: \'qasm\' is neither "qis" nor "native"'),
        (GOOD + "Trap.entangler = []", "entangler: [] is neither"),
        (GOOD + "Trap.run = 3", "run cannot be called"),
        (GOOD + "Trap.name = 'qpu.aria-1'", 'another backend is called "qpu.aria-1" too'),
        (GOOD + "Trap.name = 'qpu'", 'another backend is called "qpu" too'),
        (GOOD + "Trap.name = 'simulator'", 'another backend is called "simulator" too'),
    ],
)
def test_one_that_cannot_be_used_is_unavailable_and_stops_nothing(installed, package, text, reason):
    package("bad_trap", text)
    package("good_trap", GOOD)
    installed("bad_trap:TRAP", "good_trap:TRAP")

    machines = Machines.load()

    [unavailable] = machines.unavailable
    assert reason in unavailable.reason
    assert machines.is_plugin("qpu.good")
    assert machines.backends["qpu.good"].entangler == "zz"
    assert len(machines.backends) == len(Machines.shipped().backends) + 1
    assert machines.backends["qpu.aria-1"].is_emulated


def test_of_two_with_one_name_the_first_counts(installed, package):
    package("one_trap", GOOD)
    package("other_trap", GOOD)
    installed("one_trap:TRAP", "other_trap:TRAP")

    machines = Machines.load()

    assert type(machines.plugin("qpu.good")).__module__ == "one_trap"
    [unavailable] = machines.unavailable
    assert unavailable.name == "plugin1"
    assert unavailable.reason == 'other_trap:TRAP: another plug-in is called "qpu.good" too'


def test_nothing_is_imported_before_a_plug_in_is_asked_for(installed, package):
    package("good_trap", GOOD)
    installed("good_trap:TRAP")

    plugins = InstalledPlugins()

    assert "good_trap" not in sys.modules
    assert plugins.find("qpu.good").qubits == 3
    assert plugins.find("qpu.other") is None


def test_a_circuit_that_is_too_wide_is_told_the_width_of_the_plug_in():
    limits = CircuitLimits(qubits=5, machine='"qpu.coin-trap"')
    for more in ({"qubits": 6}, {}):
        body = {"input": more | {"circuit": [{"gate": "x", "target": 5}]}}
        with pytest.raises(CircuitError) as refused:
            read_job(json.dumps(body).encode(), limits)
        message = named(refused.value.message)
        assert "qpu.coin-trap" in message
        assert "5" in message
        assert "PAULTRAP" not in message
