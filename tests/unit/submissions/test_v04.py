"""What the body of a version 0.4 submission is refused for, where more than one thing is wrong."""

import json

import pytest

from paultrap.admission import FunctionText, Refusal
from paultrap.submissions import read_v04

BODY = {"type": "ionq.circuit.v1", "backend": "simulator", "input": {"circuit": []}}
WRONG_NAME = {"name": 5}
WRONG_INPUT = {"input": {"qubits": [], "circuit": []}}


def said(body):
    with pytest.raises(Refusal) as caught:
        read_v04(json.dumps(body).encode())
    return caught.value.field


@pytest.mark.parametrize("type_", ["ionq.circuit.v1", "ionq.qasm3.v1", "quantum-function"])
def test_of_two_wrong_shapes_the_first_is_named(type_):
    body = {"type": type_, "backend": "simulator"}
    assert said(body | WRONG_NAME | WRONG_INPUT) == "name"
    assert said(body | WRONG_INPUT | WRONG_NAME) == "input.qubits"


def test_a_missing_input_is_missed_after_a_missing_backend():
    assert said(BODY | {"backend": None, "input": None}) == "backend"
    assert said(BODY | {"input": None}) == "input"


def test_the_input_of_a_function_is_as_it_was_sent():
    found = read_v04(
        b'{"type": "quantum-function", "backend": "simulator", "input": { "data":\t{}}}'
    )
    assert isinstance(found.input, FunctionText)
    assert found.input.members["input"] == b'{ "data":\t{}}'
