"""Every malformed body is refused with a `CircuitError` that names the place."""

import pytest
from harness.circuits import read_job
from unit.formats.malformed import MALFORMED

from paultrap.formats import CircuitError, CircuitLimits
from paultrap.limits import named


@pytest.mark.parametrize(
    ("body", "fragment"), [(b, f) for _, b, f in MALFORMED], ids=[n for n, _, _ in MALFORMED]
)
def test_a_malformed_body_is_refused_with_the_place_named(body, fragment):
    with pytest.raises(CircuitError) as refusal:
        read_job(body, CircuitLimits())

    error = refusal.value
    assert fragment in named(error.message) or fragment in error.path
    assert len(str(error)) < 1_000
    assert str(error).isprintable()


def test_the_list_is_long_and_its_names_are_unique():
    assert len({name for name, _, _ in MALFORMED}) == len(MALFORMED) >= 200


def test_an_error_in_a_gate_carries_its_place_in_parts():
    body = b'{"input":{"qubits":5,"circuits":[{"circuit":[]},{"circuit":[{"gate":"cnot","targets":[8],"control":0}]}]}}'

    with pytest.raises(CircuitError) as refusal:
        read_job(body, CircuitLimits())

    error = refusal.value
    assert str(error) == (
        'circuit 1, gate 0 (cnot): target 8 is outside the circuit\'s 5 qubits (field "targets")'
    )
    assert (error.circuit, error.gate, error.field) == (1, 0, "targets")
    assert error.path == "input.circuits[1].circuit[0].targets"


HOSTILE = {
    "10 MB of brackets": b'{"input":{"circuit":' + b"[" * 10_000_000,
    "10 MB of braces": b'{"input":{"circuit":[' + b"{" * 10_000_000 + b"]}}",
    "10 MB of nested objects": b'{"input":{"circuit":[' + b'{"a":' * 2_000_000,
    "10 MB of digits": b'{"input":{"qubits":' + b"1" * 10_000_000,
    "10 MB of digits in a gate": b'{"input":{"circuit":[{"gate":"rx","target":0,"rotation":0.'
    + b"1" * 10_000_000
    + b"}]}}",
    "10 MB of backslashes": b'{"input":{"circuit":["' + b"\\" * 10_000_000 + b'"]}}',
    "10 MB of quotes": b'{"input":{"circuit":[' + b'"' * 10_000_000 + b"]}}",
    "10 MB of one name": b'{"input":{"circuit":[{"gate":"'
    + b"z" * 10_000_000
    + b'","target":0}]}}',
    "10 MB of commas": b'{"input":{"circuit":[' + b"," * 10_000_000 + b"]}}",
    "10 MB of numbers for gates": b'{"input":{"circuit":[' + b"0," * 5_000_000 + b"0]}}",
    "10 MB of empty entries": b'{"input":{"circuits":[' + b"{}," * 3_300_000 + b"{}]}}",
    "a million keys": b'{"input":{' + b",".join(b'"%d":0' % i for i in range(700_000)) + b"}}",
    "a million keys in a gate": b'{"input":{"circuit":[{'
    + b",".join(b'"%d":0' % i for i in range(700_000))
    + b"}]}}",
    "10 MB of targets": b'{"input":{"circuit":[{"gate":"h","targets":['
    + b"0," * 4_900_000
    + b"0]}]}}",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_body_is_refused(body):
    with pytest.raises(CircuitError) as refusal:
        read_job(body, CircuitLimits())

    assert len(str(refusal.value)) < 1_000
