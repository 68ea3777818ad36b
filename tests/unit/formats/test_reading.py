"""`read_circuits`: what the input says of its circuits beside their gates."""

import json

import numpy as np
import pytest
from harness.circuits import read_job

from paultrap.circuits import ALIASES, GATES, Limit, Opcode
from paultrap.formats import CircuitError, CircuitLimits

FOUNDING_EXAMPLE = b"""
{"target":"simulator","shots":1024,"name":"Multicircuit Job Example",
 "input":{"format":"ionq.circuit.v0","gateset":"qis","qubits":3,"circuits":[
  {"name":"Circuit 1","circuit":[{"gate":"rz","targets":[0],"rotation":-0.7853981633974474},{"gate":"ry","targets":[0],"rotation":3.141592653589793}]},
  {"name":"Circuit 2","circuit":[{"gate":"h","targets":[1]},{"gate":"x","targets":[2],"controls":[1]}]}]}}
"""


def read(body, **limits):
    return read_job(body if isinstance(body, bytes) else body.encode(), CircuitLimits(**limits))


def test_the_founding_example():
    batch = read(FOUNDING_EXAMPLE)
    program = batch.program

    assert batch.names == ["Circuit 1", "Circuit 2"]
    assert (batch.is_multicircuit, batch.qubits) == (True, 3)
    assert program.widths.tolist() == [3, 3]
    assert program.gate_offsets.tolist() == [0, 2, 4]
    assert program.opcodes.tolist() == [Opcode.RZ, Opcode.RY, Opcode.H, Opcode.X]
    assert program.control_counts.tolist() == [0, 0, 0, 1]
    assert program.qubits.tolist() == [0, 0, 1, 2, 1]
    assert program.params.tolist() == [-0.7853981633974474, 3.141592653589793]


def test_a_single_circuit_is_no_multicircuit_job():
    batch = read('{"input":{"name":"one","qubits":2,"circuit":[{"gate":"h","target":1}]}}')

    assert (batch.is_multicircuit, batch.names, batch.qubits) == (False, ["one"], 2)


def test_a_list_of_one_circuit_is_a_multicircuit_job():
    assert read('{"input":{"circuits":[{"circuit":[]}]}}').is_multicircuit
    assert read('{"input":[{"circuit":[]}]}').is_multicircuit


def test_the_list_form_takes_each_circuit_as_it_is():
    batch = read(
        '{"input":[{"format":"ionq.circuit.v0","qubits":1,"circuit":[{"gate":"h","target":0}]},'
        '{"qubits":"4","gateset":"native","circuit":[]}]}'
    )

    assert batch.program.widths.tolist() == [1, 4]
    assert batch.gatesets == ["qis", "native"]
    assert batch.qubits == 4


def test_an_entry_overrides_the_gateset_and_the_qubits_of_its_job():
    batch = read(
        '{"input":{"gateset":"native","qubits":2,"circuits":['
        '{"circuit":[{"gate":"gpi","target":0,"phase":0.5}]},'
        '{"gateset":"qis","qubits":5,"circuit":[{"gate":"x","target":4}]}]}}'
    )

    assert batch.gatesets == ["native", "qis"]
    assert batch.program.widths.tolist() == [2, 5]
    assert batch.qubits == 2


@pytest.mark.parametrize("qubits", ["3", "3.0", '"3"', '" 3 "'])
def test_qubits_may_be_spelled_as_a_float_or_a_string(qubits):
    assert read(f'{{"input":{{"qubits":{qubits},"circuit":[]}}}}').qubits == 3


def test_without_declared_qubits_a_circuit_is_as_wide_as_its_highest_qubit_needs():
    batch = read(
        '{"input":{"circuits":[{"circuit":[{"gate":"h","target":4}]},{"circuit":[]},'
        '{"circuit":[{"gate":"x","target":0,"control":2.0}]}]}}'
    )

    assert batch.program.widths.tolist() == [5, 1, 3]
    assert batch.qubits == 5


def test_an_empty_circuit_is_the_state_of_all_zeros():
    program = read('{"input":{"qubits":2,"circuit":[]}}').program

    assert (program.n_circuits, program.n_gates) == (1, 0)


def test_registers_come_back_byte_for_byte():
    batch = read(
        '{"input":{"qubits":2,"circuits":[{"registers":{"meas_mapped": [0,null, 1]},"circuit":[]},'
        '{"circuit":[]},{"registers":null,"circuit":[]},{"registers":{},"circuit":[]}]}}'
    )

    assert batch.registers == [b'{"meas_mapped": [0,null, 1]}', None, None, b"{}"]


def test_unknown_fields_are_ignored_at_every_level():
    batch = read(
        '{"lang":"json","qubits":"\\u001d","input":{"lang":1,"qubits":1,"circuits":['
        '{"circuit":[{"gate":"h","target":0,"label":[1,{"a":null}]}],"id":7}]}}'
    )

    assert batch.program.opcodes.tolist() == [Opcode.H]


# As qiskit-ionq, cirq-ionq, pennylane-ionq and qbraid write them.
CLIENT_SPELLINGS = {
    "qis": """
        {"gate": "sx", "target": 0} {"gate": "vi", "targets": [1]} {"gate": "not", "targets": [2]}
        {"gate": "ry", "targets": [1], "rotation": 1.0} {"gate": "rz", "targets": [2], "rotation": -2e-07}
        {"gate": "x", "targets": [3], "controls": [0, 1, 2]} {"gate": "h", "targets": [1], "controls": [0]}
        {"gate": "z", "targets": [3], "controls": [0, 1, 2], "rotation": 0.2}
        {"gate": "cnot", "control": 0, "target": 1} {"gate": "cnot", "target": 0, "controls": [1, 2]}
        {"gate": "rx", "rotation": 0.5, "control": 3, "target": 1} {"gate": "swap", "targets": [0, 1]}
        {"gate": "xx", "targets": [0, 1], "rotation": 0.9424777960769379}
        {"gate": "x", "targets": [2.0], "controls": [0.0, 3.00]}
        {"gate": "pauliexp", "terms": ["YZ"], "coefficients": [1.0], "targets": [0, 1], "time": 0.471}
        {"gate":"pauliexp","targets":[0,1,2],"terms":["XXI","ZZI"],"coefficients":[0.5,-0.25],"time":0.4}
    """,
    "native": """
        {"gate": "gpi", "target": 0, "phase": 0.1} {"gate": "gpi2", "target": 0, "phase": -0.25}
        {"gate": "ms", "targets": [0, 1], "phases": [0.1, 0.2], "angle": 0.25}
        {"gate": "ms", "targets": [0, 1], "phases": [0.1, 0.2]} {"gate": "nop", "target": 3}
        {"gate": "zz", "targets": [0, 1], "phase": 0.3} {"gate": "zz", "targets": [0, 1], "angle": 0.3}
    """,
}


@pytest.mark.parametrize("gateset", CLIENT_SPELLINGS)
def test_what_the_clients_write_is_ordinary_to_the_scanner(gateset, monkeypatch):
    monkeypatch.delattr("paultrap.formats.scanning.read_gates")
    gates = CLIENT_SPELLINGS[gateset].strip().replace("}\n", "},").replace("} {", "},{")

    program = read(f'{{"input":{{"gateset":"{gateset}","qubits":4,"circuit":[{gates}]}}}}').program

    assert program.n_gates == gates.count('"gate"')


def test_every_gate_of_the_table_is_known_to_the_scanner_itself(monkeypatch):
    monkeypatch.delattr("paultrap.formats.scanning.read_gates")
    angles = {
        "rotation": "0.5", "phase": "0.5", "phases": "[0.25,0.5]", "angle": "0.125",
        "time": "1", "coefficients": "[2]", "terms": '["XZ"]',
    }  # fmt: skip
    rows = [(gate.name, gate) for gate in GATES.values()]
    rows += [(alias, GATES["qis", name]) for alias, name in ALIASES.items()]
    for name, gate in rows:
        fields = [f'"gate":"{name}"', f'"targets":{list(range(gate.targets or 2))}']
        fields += [f'"{param}":{angles[param]}' for param in gate.params]
        fields += ['"control":5'] if gate.controllable else []
        body = f'{{"input":{{"gateset":"{gate.gateset}","circuit":[{{{",".join(fields)}}}]}}}}'
        program = read(body).program
        assert program.opcodes.tolist() == [gate.opcode], name
        if gate.rotated is not None:
            turned = read(body.replace('"gate"', '"rotation":0.5,"gate"')).program
            assert (turned.opcodes.tolist(), turned.params.tolist()) == ([gate.rotated], [0.5])


def test_the_rightmost_letter_of_a_term_acts_on_the_first_target():
    program = read(
        '{"input":{"circuit":[{"gate":"pauliexp","targets":[3,1],"terms":["IX","YZ"],'
        '"coefficients":[0.5,-1],"time":2}]}}'
    ).program

    assert program.qubits.tolist() == [3, 1]
    assert program.params.tolist() == [2, 0.5, -1, 1, 0, 3, 2]


def test_circuits_handed_back_take_their_place_among_the_others():
    plain = '{"gate":"rx","target":0,"rotation":%d}'
    odd = '{"gate":"\\u0072x","target":0,"rotation":%d}'
    texts = [plain, odd, odd, plain, plain, odd]
    entries = ",".join(f'{{"circuit":[{text % index}]}}' for index, text in enumerate(texts))

    program = read(f'{{"input":{{"circuits":[{entries}]}}}}').program

    assert program.params.tolist() == [0, 1, 2, 3, 4, 5]
    assert program.gate_offsets.tolist() == program.param_offsets.tolist() == list(range(7))
    assert program.widths.dtype == np.uint16


def test_a_large_job_is_cut_over_cores_without_a_seam():
    entries = ",".join(
        f'{{"circuit":[{{"gate":"rx","target":{i % 7},"rotation":{i}.5}}]}}' for i in range(20_000)
    )
    program = read(f'{{"input":{{"circuits":[{entries}]}}}}', circuits=20_000).program

    assert program.params.tolist() == [i + 0.5 for i in range(20_000)]
    assert program.qubits.tolist() == [i % 7 for i in range(20_000)]
    assert program.gate_offsets.tolist() == program.qubit_offsets.tolist() == list(range(20_001))


def test_a_wide_circuit_is_read_by_the_strict_reader():
    program = read(
        '{"input":{"qubits":100,"circuit":[{"gate":"x","target":99}]}}', qubits=100
    ).program

    assert (program.widths.tolist(), program.qubits.tolist()) == ([100], [99])


def test_a_refused_limit_names_the_limit_and_the_value():
    two = '{"input":{"circuits":[{"circuit":[{"gate":"h","target":0}]},{"circuit":[{"gate":"h","target":1}]}]}}'
    with pytest.raises(CircuitError, match=r"2 circuits; the limit is 1$"):
        read(two, circuits=1)
    with pytest.raises(CircuitError, match=r"2 gates; the limit is 1$"):
        read(two, gates=1)
    with pytest.raises(CircuitError, match=r"beyond the limit of 1 qubits \(field"):
        read(two, qubits=1)
    with pytest.raises(CircuitError, match=r"30 qubits; the limit is 29$"):
        read('{"input":{"qubits":30,"circuit":[]}}')


def test_all_bad_circuits_are_named_at_once_up_to_ten():
    good, bad = '{"circuit":[{"gate":"h","target":0}]}', '{"circuit":[{"gate":"hh","target":0}]}'
    body = '{"input":{"qubits":1,"circuits":[%s]}}'
    with pytest.raises(CircuitError) as found:
        read(body % f"{bad},{good},{bad}")
    assert [error.circuit for error in (found.value, *found.value.others)] == [0, 2]
    assert "circuit 0, gate 0" in str(found.value)
    assert "; circuit 2, gate 0" in str(found.value)
    with pytest.raises(CircuitError) as many:
        read(body % ",".join([bad] * 12))
    assert [error.circuit for error in (many.value, *many.value.others)] == [*range(10)]


def named(body, **limits):
    with pytest.raises(CircuitError) as found:
        read(json.dumps(body), **limits)
    paths = [error.path for error in (found.value, *found.value.others)]
    return paths, found.value.message


GOOD, BAD = [{"gate": "h", "target": 0}], [{"gate": "hh", "target": 0}]
WRONG = [
    ({"qubits": 0}, "qubits"),
    ({"qubits": 30}, "qubits"),
    ({"gateset": "cirq"}, "gateset"),
    ({"registers": []}, "registers"),
    ({"circuit": BAD}, "circuit[0].gate"),
]


@pytest.mark.parametrize("is_list", [False, True])
def test_circuits_that_are_wrong_in_different_ways_are_named_at_once(is_list):
    entries = [{"circuit": GOOD}]
    entries += [{"circuit": GOOD} | wrong for wrong, _ in WRONG]
    paths, message = named({"input": entries if is_list else {"circuits": entries}})
    root = "input" if is_list else "input.circuits"
    assert paths == [f"{root}[{index}].{field}" for index, (_, field) in enumerate(WRONG, 1)]
    for said in ("positive integer, not 0", "30 qubits; the limit is 29", "qis or native", "hh"):
        assert said in str(message)


def test_ten_circuits_are_named_whatever_is_wrong_with_them():
    entries = [{"circuit": GOOD} | WRONG[index % 5][0] for index in range(25)]
    paths, _ = named({"input": {"circuits": entries}})
    assert paths == [f"input.circuits[{k}].{WRONG[k % 5][1]}" for k in range(10)]


def test_missing_circuits_are_named_with_what_else_is_wrong():
    entries = [{"name": "x"}, {"circuit": GOOD, "qubits": 0}, {"circuit": 7}, {"circuit": GOOD}]
    paths, _ = named({"input": {"circuits": entries}})
    wanted = ("[0].circuit", "[1].qubits", "[2].circuit")
    assert paths == [f"input.circuits{each}" for each in wanted]


def test_gates_of_another_machine_are_named_in_every_circuit():
    ms = {"gate": "ms", "targets": [0, 1], "phases": [0, 0]}
    zz = {"gate": "zz", "targets": [0, 1], "angle": 0.1}
    entries = [{"circuit": gates} for gates in ([zz], [zz, ms, ms], [zz], BAD, [ms])]
    body = {"input": {"gateset": "native", "qubits": 2, "circuits": entries}}
    paths, _ = named(body, entangler="zz")
    places = ("[1].circuit[1]", "[3].circuit[0]", "[4].circuit[0]")
    assert paths == [f"input.circuits{each}.gate" for each in places]


def test_each_limit_that_is_passed_is_named_with_its_setting():
    entries = [{"circuit": GOOD * 3}, {"qubits": 9, "circuit": GOOD}]
    paths, message = named({"input": {"circuits": entries}}, gates=2, qubits=4)
    assert paths == ["input", "input.circuits[1].qubits"]
    assert message.naming({Limit.GATES: "G", Limit.QUBITS: "Q"}) == (
        "the job has at least 4 gates; the limit is 2 (G); "
        "input.circuits[1].qubits asks for 9 qubits; the limit is 4 (Q)"
    )
