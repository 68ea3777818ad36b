"""Compiled circuits on the wire."""

import json

import pytest
from harness.circuits import read_job

from paultrap.circuits import Opcode, PlacedGate, Program
from paultrap.compiler import compile_native
from paultrap.formats import CircuitLimits, stream_native_v1


def program() -> Program:
    """Return an empty circuit, then gpi(0.5) on 1, gpi2(0.125) on 0, ms and zz on both, nop."""
    gates = [
        PlacedGate(Opcode.GPI, (1,), 0, (0.5,)),
        PlacedGate(Opcode.GPI2, (0,), 0, (0.125,)),
        PlacedGate(Opcode.MS, (0, 1), 0, (0.0, 0.25, 0.2)),
        PlacedGate(Opcode.NATIVE_ZZ, (1, 0), 0, (0.1,)),
        PlacedGate(Opcode.NOP, (1,)),
    ]
    return Program.build([[], gates], [3, 2])


def shown(circuits: Program, index: int) -> bytes:
    return b"".join(stream_native_v1(circuits, index))


def test_every_native_gate_in_the_service_s_words():
    assert json.loads(shown(program(), 1)) == {
        "qubits": 2,
        "circuit": [
            {"gate": "gpi", "target": 1, "phase": 0.5},
            {"gate": "gpi2", "target": 0, "phase": 0.125},
            {"gate": "ms", "targets": [0, 1], "phases": [0, 0.25], "angle": 0.2},
            {"gate": "zz", "targets": [1, 0], "angle": 0.1},
            {"gate": "nop", "target": 1},
        ],
    }


def test_a_circuit_without_gates():
    assert json.loads(shown(program(), 0)) == {"qubits": 3, "circuit": []}


def test_a_circuit_that_does_not_exist():
    with pytest.raises(IndexError, match="circuit 2 of 2"):
        shown(program(), 2)


def test_a_gate_that_is_not_native_is_named():
    gate = b'{"gate":"h","target":0}'
    qis = read_job(b'{"input":{"qubits":1,"circuit":[' + gate + b"]}}", CircuitLimits()).program

    with pytest.raises(ValueError, match="circuit 0, gate 0: h is not a native gate"):
        shown(qis, 0)


def test_a_long_circuit_comes_in_pieces():
    gate = '{"gate":"gpi","target":0,"phase":0.125}'
    circuit = f'{{"qubits":1,"circuit":[{",".join([gate] * 10_000)}]}}'
    body = f'{{"input":{{"gateset":"native",{circuit[1:]}}}'.encode()
    native = read_job(body, CircuitLimits()).program

    pieces = list(stream_native_v1(Program.concatenate([program(), native]), 2))

    assert len(pieces) > 3
    assert b"".join(pieces) == circuit.encode()


@pytest.mark.parametrize("entangler", ["ms", "zz"])
def test_what_is_shown_can_be_submitted(entangler):
    gates = (
        b'[{"gate":"h","target":0},{"gate":"cnot","control":0,"target":1},{"gate":"t","target":1}]'
    )
    qis = read_job(b'{"input":{"qubits":2,"circuit":' + gates + b"}}", CircuitLimits()).program
    native = compile_native(qis, entangler)

    text = shown(native, 0)
    again = read_job(b'{"input":{"gateset":"native",' + text[1:] + b"}", CircuitLimits()).program

    assert again.to_bytes() == native.to_bytes()
