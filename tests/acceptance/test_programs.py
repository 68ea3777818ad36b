"""Generated programs, right ones and faulty ones, sent to a server: what it answers, and how fast.

`make fuzz` sends as many as it is told to.
"""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import RunningServer
from qiskit import qasm2
from unit.languages.fuzzing import machine, mutations, version2
from unit.languages.fuzzing.grammar import Choices, Tally
from unit.languages.fuzzing.version3 import program as version3
from unit.languages.programs import read
from unit.languages.test_grammars import PROGRAMS, SEED, differ, of_circuit, shown

SENT = PROGRAMS or 40
THREADS = 4
# A program is read after its job was taken; which circuits it has is not known before.
# A loop that a fault has left without an end is too long.
REFUSALS = {
    "InvalidInput": "refused",
    "PreflightError": "refused",
    "QuantumCircuitComplexityError": "too long",
    "TooManyGates": "too long",
}
# More outcomes of measurements within than can be followed are found by running alone.
TOO_MANY_OUTCOMES = "has too many outcomes"
ENDED = {"completed", "failed", "canceled"}


@pytest.fixture
def server(tmp_path):
    running = RunningServer(tmp_path).start()
    yield running
    running.stop()


def from_version_2(choices):
    text = version2.Program(choices).text
    circuit = qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    return text, of_circuit(circuit)


def from_version_3(choices):
    program = version3.Program(choices)
    try:
        return program.text, program.run()
    except (machine.NoValueError, machine.TooLargeError):
        return program.text, None


PROGRAM_OF = {"2": from_version_2, "3": from_version_3}


def cases(version):
    """Yield programs with what they mean, or None where that is not known."""
    for index in range(SENT):
        choices = Choices(random.Random(f"server {SEED} {index}"), Tally())
        text, wanted = PROGRAM_OF[version](choices)
        yield text, wanted
        if index % 4 == 0:
            yield mutations.mutated(text, choices), None


def refusal(failure, text):
    """Return why a program was refused, for one of the reasons that a faulty program may have."""
    if failure["code"] == "SimulationError" and TOO_MANY_OUTCOMES in failure["message"]:
        return "too many outcomes"
    assert failure["code"] in REFUSALS, f"{failure}\n{shown(text)}"
    return REFUSALS[failure["code"]]


def answer_of(client, version, text):
    """Return the status of the answer, the job's fate, its distribution, and the seconds it took."""
    began = time.monotonic()
    body = {"type": f"ionq.qasm{version}.v1", "backend": "simulator", "input": {"data": text}}
    answer = client.post("/v0.4/jobs", json=body)
    taken = time.monotonic() - began
    assert answer.status_code == 201, f"{answer.text}\n{shown(text)}"
    path = f"/v0.4/jobs/{answer.json()['id']}"
    while (job := client.get(path).json())["status"] not in ENDED:
        time.sleep(0.002)
    if job["status"] == "failed":
        return refusal(job["failure"], text), {}, taken
    found = client.get(f"{path}/results/probabilities")
    assert found.status_code == 200, found.text
    return "completed", {int(key): value for key, value in found.json().items()}, taken


@pytest.mark.processes
@pytest.mark.parametrize("version", PROGRAM_OF)
def test_programs_are_answered_by_what_they_mean_or_refused(server, version):
    results, slowest = Counter(), 0.0
    with server.client() as client, ThreadPoolExecutor(THREADS) as pool:
        asked = pool.map(lambda case: (*case, *answer_of(client, version, case[0])), cases(version))
        for text, wanted, fate, found, taken in asked:
            slowest = max(slowest, taken)
            results[fate] += 1
            if wanted is None:
                continue
            assert fate == "completed", f"{fate}\n{shown(text)}"
            if not read(text).readout.final:  # Those answer with all qubits, whatever they keep.
                assert not differ(found, wanted), f"{found} {wanted}\n{shown(text)}"
                results["compared"] += 1
    print(f"\nversion {version}: {dict(results)}, the slowest answer {slowest:.2f} s")  # noqa: T201
    assert results["compared"] > 0.4 * SENT
    assert results["completed"] > results["refused"]
