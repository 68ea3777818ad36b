"""Programs that are accepted and cannot be run: the code and the message of the failure."""

import msgspec
import pytest

from paultrap.admission import Kind, Limits, Refusal, UnreadProgram, admit
from paultrap.admission.envelopes import Envelope
from paultrap.languages import Reading
from paultrap.machines import Machines
from paultrap.submissions import read_v03, read_v04

HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


class Trap:
    name = "qpu.trap"
    qubits = 4
    gateset = "qis"
    entangler = "zz"

    def run(self, chunk):
        raise NotImplementedError


def failure_of(text, **fields):
    shipped = Machines.shipped()
    devices = {name: each for name, each in shipped.backends.items() if name != "simulator"}
    machines = Machines(shipped.models, devices, {Trap.name: Trap()})
    job = {"type": "ionq.qasm3.v1", "backend": "simulator", "input": {"data": HEADER + text}}
    found = admit(read_v04(msgspec.json.encode(job | fields)), Limits(), machines)
    job = found.read(Reading(60)) if isinstance(found, UnreadProgram) else found
    return job.failure


def test_a_failure_says_what_is_wrong_and_names_no_field():
    found = failure_of("qubit[26] q; h q;", backend="qpu.aria-1")
    assert found.message == 'not enough qubits: circuit 0 has 26, and "qpu.aria-1" has 25.'


@pytest.mark.parametrize("field", ["shots", "noise", "error_mitigation"])
def test_what_counts_for_the_whole_job_is_refused_in_the_input_of_a_program(field):
    text = f"{HEADER}qubit q; x q;"
    newer = {"type": "ionq.qasm3.v1", "backend": "simulator", "input": {"data": text, field: 5}}
    older = {"target": "simulator", "input": {"format": "qasm3", "data": text, field: 5}}
    for reader, body in ((read_v04, newer), (read_v03, older)):
        with pytest.raises(Refusal, match="is a field of the whole job") as refusal:
            reader(msgspec.json.encode(body))
        assert refusal.value.field == f"input.{field}"


def test_a_plugin_measures_at_the_end_only():
    text = "qubit q; bit[2] c; h q; c[0] = measure q; h q; c[1] = measure q;"
    found = failure_of(text, backend=Trap.name)
    assert found.code == "PreflightError"
    assert found.message == '"qpu.trap" measures qubits at the end of a circuit only.'


@pytest.mark.parametrize("text", ["qubit q; h q;", "qubit q; if (true) { h q; }"])
@pytest.mark.parametrize("kind", Kind)
def test_whatever_a_program_is_refused_for_is_a_failure(monkeypatch, kind, text):
    def refuse(*_):
        raise Refusal("input", "input: no.", kind)

    monkeypatch.setattr(Envelope, "admitted", refuse)
    found = failure_of(text)
    assert found.message == "no."
    assert found.code.isalpha()
