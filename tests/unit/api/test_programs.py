"""Jobs of programs in other languages, from the submission to every form of their results."""

import base64
import importlib.util
import json
from collections import Counter

import numpy as np
import pyqir
import pytest

import paultrap
from paultrap.settings import Settings

HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
BELL = HEADER + "qubit[2] q;\nbit[2] c;\nbit d;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n"
MIDWAY = (
    HEADER + "qubit q;\nbit[2] c;\nbit d;\nx q;\nc[1] = measure q;\nx q;\nc[0] = measure q;\n"
    "reset q;\nx q;\nd = measure q;\n"
)
NOISE = {"noise": {"model": "aria-1", "seed": 3}, "shots": 400}


def job(text, **fields):
    program = {"type": "ionq.qasm3.v1", "backend": "simulator"}
    return program | {"input": {"data": text, "qubits": 2}} | fields


def bell_module():
    module = pyqir.SimpleModule("bell", 2, 0)
    qis = pyqir.BasicQisBuilder(module.builder)
    qis.h(module.qubits[0])
    qis.cx(module.qubits[0], module.qubits[1])
    return base64.b64encode(module.bitcode()).decode()


@pytest.fixture
def submit(client):
    def post(body, version="v0.4"):
        answer = client.post(f"/{version}/jobs", json=body)
        assert answer.status_code == {"v0.3": 200, "v0.4": 201}[version], answer.text
        return answer.json()["id"]

    return post


@pytest.fixture
def read(client):
    def get(path):
        answer = client.get(f"/v0.4/jobs/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get


def test_an_exact_job_has_probabilities_by_register(submit, read):
    job_id = submit(job(BELL))
    found = read(job_id)
    assert (found["status"], found["type"], found["failure"]) == (
        "completed",
        "ionq.qasm3.v1",
        None,
    )
    assert found["stats"] == {"qubits": 2, "circuits": 1, "gate_counts": {"1q": 1, "2q": 1}}
    assert not [key for key in found["results"] if "shots" in key or "histogram" in key]
    assert read(f"{job_id}/results/probabilities") == {"0": 0.5, "3": 0.5}
    v2 = read(f"{job_id}/artifacts/ionq.result.probabilities.json.v2")
    assert v2["probabilities"]["registers"] == {
        "output_all": {"000": 0.5, "011": 0.5},
        "c": {"00": 0.5, "11": 0.5},
        "d": {"0": 1.0},
    }


def test_a_sampled_job_has_shots_by_register(submit, read):
    job_id = submit(job(MIDWAY, **NOISE))
    found = read(job_id)
    assert found["stats"]["gate_counts"] == {"1q": 3, "2q": 0}
    assert found["output"] == {"error_mitigation": {"debiasing": False}}
    histogram = read(f"{job_id}/results/histogram")
    assert histogram["6"] > 380  # c[0] = 0, c[1] = 1, d = 1
    artifact = f"{job_id}/artifacts/ionq.result"
    by_register = read(f"{artifact}.histogram.json.v2")["histogram"]["registers"]
    assert {int(bits, 2): count for bits, count in by_register["output_all"].items()} == {
        int(state): count for state, count in histogram.items()
    }
    assert sum(by_register["c"].values()) == sum(by_register["d"].values()) == 400
    shots = read(f"{artifact}.shots.json.v2")["shots"]
    decimal = read(f"{job_id}/results/shots")
    for shot, state in zip(shots, map(int, decimal), strict=True):
        bits = [state >> place & 1 for place in range(3)]
        assert shot["registers"] == {"output_all": bits, "c": bits[:2], "d": bits[2:]}
    assert by_register["c"]["10"] == sum(shot["registers"]["c"] == [0, 1] for shot in shots)
    v2 = read(f"{artifact}.probabilities.json.v2")["probabilities"]["registers"]
    assert v2["d"] == {bits: count / 400 for bits, count in by_register["d"].items()}


def test_on_a_machine_a_program_is_debiased_unless_it_measures_within(client, submit, read):
    machine = {"backend": "qpu.forte-1", "shots": 600}
    plain, midway = submit(job(BELL, **machine)), submit(job(MIDWAY, **machine))
    variants = read(plain)["output"]["error_mitigation"]["debiasing"]["variants"]
    assert sum(variant["shots"] for variant in variants) == 600
    one = variants[0]["results"]["ionq.result.histogram.json.v2"]["id"]
    registers = read(f"{plain}/artifacts/{one}")["histogram"]["registers"]
    assert set(registers) == {"output_all", "c", "d"}
    assert read(midway)["output"] == {"error_mitigation": {"debiasing": False}}
    assert client.get(f"/v0.4/jobs/{midway}/artifacts/ionq.native.v1").status_code == 404
    assert client.get(f"/v0.4/jobs/{plain}/artifacts/ionq.native.v1").status_code == 200


def test_the_text_is_kept_and_is_an_artifact(client, submit):
    job_id = submit(job(BELL + "// größer\n"))
    answer = client.get(f"/v0.4/jobs/{job_id}/artifacts/ionq.qasm3.v1")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == BELL + "// größer\n"
    assert client.get(f"/v0.4/jobs/{job_id}/artifacts/ionq.qir.v1").status_code == 404


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_cannot_run_is_taken_and_fails_with_its_line(client, submit, read, dry_run):
    text = BELL + "if (c[0]) x q[1];\n"
    job_id = submit(job(text, dry_run=dry_run))
    found = read(job_id)
    assert found["status"] == "failed"
    assert found["failure"]["code"] == "PreflightError"
    assert found["failure"]["message"].startswith('line 9, column 1: an "if" on the outcome')
    assert found["results"] is None
    assert found["completed_at"] is not None
    assert client.get(f"/v0.4/jobs/{job_id}/results/probabilities").status_code == 404
    assert client.get(f"/v0.4/jobs/{job_id}/artifacts/ionq.qasm3.v1").text == text
    v03 = client.get(f"/v0.3/jobs/{job_id}").json()
    assert v03["failure"]["code"] == "PreflightError"
    assert [each["id"] for each in read("?status=failed")["jobs"]] == [job_id]


@pytest.mark.parametrize(
    ("text", "fields", "code"),
    [
        ("OPENQASM 3;\nqubit q", {}, "InvalidInput"),
        (HEADER + "qubit[26] q; h q;", NOISE, "NotEnoughQubits"),
        (HEADER + "qubit[30] q; h q; t q;", {}, "NotEnoughQubits"),
        (HEADER + "qubit q; for int i in [0:10**9] { h q; }", {}, "TooManyGates"),
    ],
)
def test_failures_have_the_codes_of_the_api(submit, read, text, fields, code):
    failure = read(submit(job(text, **fields)))["failure"]
    assert failure["code"] == code
    assert ("PAULTRAP_MAX_GATES" in failure["message"]) == (code == "TooManyGates")
    assert failure["message"] == failure["error"] != ""


WAYS = [
    {},
    {"dry_run": True},
    NOISE,
    {"backend": "qpu.aria-1", "shots": 100},
    {"backend": "qpu.forte-1", "shots": 100, "dry_run": True},
]


@pytest.mark.parametrize("fields", WAYS)
@pytest.mark.parametrize("angle", ["nan", "inf"])
def test_an_angle_that_is_no_number_fails_by_its_instruction(submit, read, angle, fields):
    module = pyqir.SimpleModule("endless", 1, 0)
    qis = pyqir.BasicQisBuilder(module.builder)
    qis.x(module.qubits[0])
    qis.rx(float(angle), module.qubits[0])
    data = base64.b64encode(module.bitcode()).decode()
    found = read(submit(job(data, type="ionq.qir.v1", **fields)))
    assert (found["status"], found["failure"]["code"]) == ("failed", "InvalidInput")
    assert found["failure"]["message"].startswith("instruction 2, ")
    assert "not a finite number" in found["failure"]["message"]


@pytest.mark.parametrize("fields", WAYS)
def test_a_multiple_that_no_double_holds_is_a_turn(submit, read, fields):
    text = HEADER + "qubit[2] q;\npow(2) @ rx(1e308) q[0];\nu3(1e308, 1.7e308, 1.7e308) q[1];\n"
    assert read(submit(job(text, **fields)))["status"] == "completed"
    old = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncu3(1e308, 1.7e308, 1.7e308) q[0], q[1];\n'
    assert read(submit(job(old, **fields)))["status"] == "completed"


@pytest.mark.parametrize("fields", WAYS)
def test_a_number_that_is_too_large_fails_by_its_line(submit, read, fields):
    found = read(submit(job(HEADER + "qubit q;\n\nrx(1e308 * 10) q;\n", **fields)))
    assert (found["status"], found["failure"]["code"]) == ("failed", "InvalidInput")
    assert found["failure"]["message"] == "line 5, column 1: a number is not finite"


def test_a_program_that_was_not_read_has_no_compiled_circuit(client, submit, read):
    job_id = submit(job("OPENQASM 3;\nqubit q", backend="qpu.forte-1"))
    assert read(job_id)["output"] == {"error_mitigation": {"debiasing": False}}
    assert client.get(f"/v0.4/jobs/{job_id}/artifacts/ionq.native.v1").status_code == 404


def test_a_dry_run_of_a_good_program_is_completed(submit, read):
    found = read(submit(job(MIDWAY, dry_run=True)))
    assert (found["status"], found["results"]) == ("completed", None)


@pytest.mark.parametrize("data", [None, "", "  \n", 7, ["x"]])
def test_a_job_without_a_program_is_refused(client, data):
    answer = client.post("/v0.4/jobs", json=job(data))
    assert (answer.status_code, answer.json()["statusCode"]) == (400, 400)
    assert "input.data" in answer.json()["message"]


def test_without_its_extra_a_program_is_refused(client, monkeypatch):
    monkeypatch.setattr(
        "paultrap.languages.isolation.find_spec",
        lambda name: None if name == "openqasm3" else importlib.util.find_spec(name),
    )
    answer = client.post("/v0.4/jobs", json=job(BELL))
    assert answer.status_code == 400
    assert 'install "paultrap[qasm]"' in answer.json()["message"]


class TestSmall:
    @pytest.fixture
    def settings(self):
        return Settings(max_program_bytes=100)

    def test_a_long_program_is_refused(self, client):
        answer = client.post("/v0.4/jobs", json=job(BELL))
        assert answer.status_code == 400
        assert "PAULTRAP_MAX_PROGRAM_BYTES" in answer.json()["message"]


def test_qir_as_cudaq_sends_it(client, submit):
    body = {
        "name": "kernel",
        "qubits": "\x1d",
        "shots": 1000,
        "target": "simulator",
        "input": {"format": "qir", "data": bell_module()},
    }
    job_id = submit(body, "v0.3")
    (found,) = client.get(f"/v0.3/jobs?id={job_id}").json()["jobs"]
    assert (found["status"], found["qubits"]) == ("completed", 2)
    answer = client.get(f"{found['results_url']}?format=qir.quantum-log.v0")
    assert answer.json() == {"0": 0.5, "3": 0.5}


def test_qir_in_version_4(client, submit, read):
    data = bell_module()
    job_id = submit({"type": "ionq.qir.v1", "backend": "simulator", "input": {"data": data}})
    found = read(job_id)
    assert (found["status"], found["type"]) == ("completed", "ionq.qir.v1")
    artifact = client.get(f"/v0.4/jobs/{job_id}/artifacts/ionq.qir.v1")
    assert artifact.content == base64.b64decode(data)
    bad = {"type": "ionq.qir.v1", "backend": "simulator", "input": {"data": "no base64!"}}
    assert client.post("/v0.4/jobs", json=bad).status_code == 400


@pytest.mark.parametrize("name", ["qasm", "openqasm", "ionq.qasm3.v1"])
def test_version_3_takes_text_too(client, submit, name):
    job_id = submit({"input": {"format": name, "data": BELL}}, "v0.3")
    assert client.get(f"/v0.3/jobs/{job_id}/results").json() == {"0": 0.5, "3": 0.5}
    assert json.loads(client.get(f"/v0.4/jobs/{job_id}").content)["type"] == "ionq.qasm3.v1"


@pytest.mark.parametrize("line", ["OPENQASM 2.0;", ""])
def test_a_job_may_say_that_its_program_is_of_version_2(client, submit, read, line):
    text = f"\ufeff{line} qreg ctrl[2]; creg out[2]; U(pi, 0, 0^1) ctrl[0]; CX ctrl[0], ctrl[1]; "
    text += "measure ctrl -> out;"
    sent = {"type": "ionq.qasm2.v1", "backend": "simulator", "input": {"data": text}}
    job_id = submit(sent)
    assert (read(job_id)["status"], read(job_id)["type"]) == ("completed", "ionq.qasm2.v1")
    assert read(f"{job_id}/results/probabilities") == {"3": 1}
    assert client.get(f"/v0.4/jobs/{job_id}/artifacts/ionq.qasm2.v1").text == text
    assert client.get(f"/v0.4/jobs/{job_id}/artifacts/ionq.qasm3.v1").status_code == 404
    clone = client.post(f"/v0.4/jobs/{job_id}/clone").json()["id"]
    assert client.get(f"/v0.4/jobs/{clone}").json()["type"] == "ionq.qasm2.v1"
    for name in ("qasm2", "openqasm2", "ionq.qasm2.v1"):
        older = submit({"input": {"format": name, "data": text}}, "v0.3")
        assert client.get(f"/v0.3/jobs/{older}/results").json() == {"3": 1}


MIDDLE = """OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[1] m; bit d;
x q[0]; m[0] = measure q[0]; reset q[0]; x q; x q[0];
"""


def test_where_no_qubit_ends_in_a_measurement_version_1_shows_all_qubits(client, submit, read):
    job_id = submit(job(MIDDLE))
    assert read(f"{job_id}/results/probabilities") == {"2": 1}
    assert client.get(f"/v0.3/jobs/{job_id}/results").json() == {"2": 1}
    assert read(f"{job_id}/results/probabilities/aggregated") == {job_id: {"2": 1}}
    v2 = read(f"{job_id}/artifacts/ionq.result.probabilities.json.v2")
    assert v2["probabilities"]["registers"] == {
        "output_all": {"01": 1},
        "m": {"1": 1},
        "d": {"0": 1},
    }
    assert paultrap.run(job(MIDDLE)).as_dict(0) == {2: 1}


def test_of_a_sampled_job_each_shot_has_its_qubits_and_its_registers(submit, read):
    job_id = submit(job(MIDDLE, **NOISE))
    histogram = read(f"{job_id}/results/histogram")
    assert histogram["2"] > 380
    artifact = f"{job_id}/artifacts/ionq.result"
    registers = read(f"{artifact}.histogram.json.v2")["histogram"]["registers"]
    assert registers["m"]["1"] > 380
    assert sum(histogram.values()) == sum(registers["output_all"].values()) == 400
    assert Counter(read(f"{job_id}/results/shots")) == histogram
    shots = read(f"{artifact}.shots.json.v2")["shots"]
    assert Counter(str(shot["registers"]["m"][0]) for shot in shots) == registers["m"]
    assert all(len(shot["registers"]["output_all"]) == 2 for shot in shots)


def ghz(width, end=""):
    lines = f"qubit[{width}] q; bit[{width}] c; h q[0]; for int i in [1:{width - 1}] cx q[0], q[i];"
    return f'OPENQASM 3.0; include "stdgates.inc"; {lines} {end}'


@pytest.mark.parametrize("end", ["", "c = measure q;"])
@pytest.mark.parametrize("width", [40, 64, 65, 130])
def test_clifford_programs_are_as_wide_as_circuits(submit, read, width, end):
    job_id = submit(job(ghz(width, end)))
    assert (read(job_id)["status"], read(job_id)["failure"]) == ("completed", None)
    assert read(f"{job_id}/results/probabilities") == {"0": 0.5, str(2**width - 1): 0.5}
    v2 = read(f"{job_id}/artifacts/ionq.result.probabilities.json.v2")["probabilities"]["registers"]
    assert v2["output_all"] == {"0" * width: 0.5, "1" * width: 0.5}
    assert v2.get("c", v2["output_all"]) == v2["output_all"]


def test_registers_of_wide_programs_are_read_apart(submit, read):
    text = ghz(70) + "bit[2] d; d[1] = measure q[69]; bit[3] e; e[2] = measure q[0];"
    job_id = submit(job(text))
    assert read(f"{job_id}/results/probabilities") == {"0": 0.5, str(1 << 71 | 1 << 74): 0.5}
    v2 = read(f"{job_id}/artifacts/ionq.result.probabilities.json.v2")["probabilities"]["registers"]
    assert v2["c"] == {"0" * 70: 1}
    assert (v2["d"], v2["e"]) == ({"00": 0.5, "10": 0.5}, {"000": 0.5, "100": 0.5})


def test_reused_qubits_of_clifford_programs_are_as_many(submit, read):
    rounds = "".join(f"x q; c[{k}] = measure q; {'reset q;' if k % 3 else ''}" for k in range(60))
    job_id = submit(job(f'OPENQASM 3.0; include "stdgates.inc"; qubit q; bit[60] c; {rounds}'))
    wanted = 0
    state = 0
    for k in range(60):
        state ^= 1
        wanted |= state << k
        state = 0 if k % 3 else state
    assert read(f"{job_id}/results/probabilities") == {str(wanted): 1}


def test_others_are_refused_by_what_they_need(submit, read):
    wide = read(submit(job(ghz(30, "t q[3];"))))["failure"]
    assert wide["code"] == "NotEnoughQubits"
    assert "the program has 30 qubits or more; the limit is 29" in wide["message"]
    more = read(submit(job(ghz(600))))["failure"]
    assert more["code"] == "NotEnoughQubits"
    assert "the limit is 512" in more["message"]


@pytest.mark.parametrize("width", [30, 50, 64, 65])
def test_clifford_circuits_are_refused_for_no_state_that_they_do_not_need(submit, read, width):
    gates = [{"gate": "h", "target": 0}]
    gates += [{"gate": "cnot", "control": 0, "target": k} for k in range(1, width)]
    circuit = {"qubits": width, "gateset": "qis", "circuit": gates}
    job_id = submit({"type": "ionq.circuit.v1", "backend": "simulator", "input": circuit})
    assert read(f"{job_id}/results/probabilities") == {"0": 0.5, str(2**width - 1): 0.5}


REUSED = "rx(0.5 + 0.5 * {k} * pi) q; rx(-0.5) q; c[{k}] = measure q; reset q; ry(0.3) p; "


def reused(count, text=REUSED, end=""):
    lines = "".join(text.format(k=k) for k in range(count))
    return f"{HEADER}qubit q; qubit p; bit[{count}] c; bit d; {lines} {end}"


def test_qubits_are_reused_as_often_as_few_outcomes_live(submit, read):
    job_id = submit(
        job(reused(40, "rx(0.5 + {k} * pi) q; rx(-0.5) q; c[{k}] = measure q; reset q; "))
    )
    wanted = sum(1 << k for k in range(1, 40, 2))
    found = read(f"{job_id}/results/probabilities")
    assert found == {str(wanted): pytest.approx(1)}
    assert read(job_id)["stats"]["qubits"] == 2
    text = "ry(0.1) p; cx p, q; reset q; c[{k}] = measure q; "
    mixed = read(f"{submit(job(reused(60, text, 'd = measure p;')))}/results/probabilities")
    assert set(mixed) == {"0", str(1 << 60)}
    assert sum(mixed.values()) == pytest.approx(1)


def test_shots_of_reused_qubits_are_drawn_one_by_one(submit, read):
    job_id = submit(job(reused(40), **NOISE))
    assert (read(job_id)["status"], read(job_id)["failure"]) == ("completed", None)
    shots = read(f"{job_id}/artifacts/ionq.result.shots.json.v2")["shots"]
    ones = np.mean([shot["registers"]["c"] for shot in shots], axis=0)
    # As written, each turns by k half pi: 0, 1/2, 1, 1/2, ...
    wanted = np.array([0, 0.5, 1, 0.5] * 10)
    assert np.abs(ones - wanted).max() < 0.12
    again = submit(job(reused(40), **NOISE))
    assert read(f"{again}/results/histogram") == read(f"{job_id}/results/histogram")


def test_too_many_outcomes_are_a_failure_that_says_so(submit, read):
    text = "ry(1) q; cx q, p; rx(1) p; c[{k}] = measure q; reset q; "
    failure = read(submit(job(reused(40, text))))["failure"]
    assert "too many outcomes" in failure["message"]
    wide = "qubit[22] q; bit[22] c; h q; t q; cx q[0], q[21]; " + "c = measure q; h q; t q; " * 2
    failure = read(submit(job(f"{HEADER}{wide}")))["failure"]
    assert failure["code"] == "QuantumCircuitComplexityError"
    assert "66 in all, and the limit is 29" in failure["message"]
