"""A site's noise models and emulated QPUs, and installed plug-in backends, in a real server."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path

import pytest
from harness import RunningServer, waiting
from harness.site import device_toml, model_toml, write_site
from qiskit import QuantumCircuit
from qiskit_ionq import IonQProvider

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin_backend"
SHOTS = 400

MODEL = model_toml()  # Qubit 0 is always misread.
DEVICE = device_toml("our-trap")
FLIPS = [
    [{"gate": "x", "target": 0}],
    [{"gate": "x", "target": 2}, {"gate": "h", "target": 1}],
    [],
]


def beside(*folders: Path) -> str:
    """Return where to import from: folders, and what is there anyway."""
    there = os.environ.get("PYTHONPATH", "")
    return os.pathsep.join(filter(None, [*map(str, folders), there]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a noise model, a QPU and an installed backend."""
    folder = tmp_path_factory.mktemp("site")
    write_site(folder, "our-trap", MODEL, DEVICE)
    install_example(folder / "packages")
    install_plain_trap(folder / "packages")
    return folder


def install_example(target: Path) -> None:
    """Put the example where an installer would; there is no network to install it."""
    shutil.copytree(EXAMPLE / "src", target)
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    info = target / f"plugin_backend-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))


PLAIN_TRAP = """
class PlainTrap:
    name, qubits, gateset, entangler = "qpu.plain-trap", 3, "native", "zz"

    def run(self, chunk):
        if any(gate["gate"] == "zz" for gates in chunk.circuits() for gate in gates):
            raise ValueError("this trap cannot do zz")
        return [{0: chunk.shots}] * len(chunk.widths())

TRAP = PlainTrap()
"""


def install_plain_trap(target: Path) -> None:
    """Put a back end there that raises for some circuits."""
    info = target / "plain_trap-1.dist-info"
    info.mkdir()
    (target / "plain_trap.py").write_text(PLAIN_TRAP)
    (info / "METADATA").write_text("Name: plain-trap\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[paultrap.backends]\nplain-trap = plain_trap:TRAP\n")


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    flags = ("--noise-dir", str(folder / "noise"), "--devices-dir", str(folder / "devices"))
    environment = {"PYTHONPATH": beside(folder / "packages")}
    data = tmp_path_factory.mktemp("data")
    running = RunningServer(data, *flags, environment=environment).start()
    yield running
    running.stop()


@pytest.fixture
def http(server):
    with server.client() as client:
        yield client


def ended(http, answer, version="v0.4"):
    assert answer.is_success, answer.text
    return waiting.ended(http, answer.json()["id"], version)


def flips_for(backend: str, **fields) -> dict:
    return {
        "type": "ionq.multi-circuit.v1",
        "backend": backend,
        "shots": SHOTS,
        "input": {"gateset": "qis", "qubits": 3, "circuits": [{"circuit": c} for c in FLIPS]},
        **fields,
    }


def histograms(http, job) -> list[dict[str, int]]:
    return [http.get(f"/v0.4/jobs/{c}/results/histogram").json() for c in job["child_job_ids"]]


def test_a_noise_model_of_the_site_is_taken_by_name(http):
    job = ended(
        http, http.post("/v0.4/jobs", json=flips_for("simulator", noise={"model": "our-trap"}))
    )

    first, _, last = histograms(http, job)
    assert (first, last) == ({"0": SHOTS}, {"1": SHOTS})
    (simulator, *_) = http.get("/v0.4/backends").json()
    assert "our-trap" in simulator["noise_models"]
    assert "aria-1" in simulator["noise_models"]


def test_a_qpu_of_the_site_is_listed_characterized_and_runs(http):
    job = ended(http, http.post("/v0.4/jobs", json=flips_for("qpu.our-trap")))

    assert job["noise"]["model"] == "our-trap"
    assert histograms(http, job)[2] == {"1": SHOTS}
    for version in ("v0.3", "v0.4"):
        names = [each["backend"] for each in http.get(f"/{version}/backends").json()]
        assert {"qpu.our-trap", "qpu.coin-trap", "qpu.aria-1"} <= set(names)
    found = http.get("/v0.4/backends/qpu.our-trap/characterizations").json()["characterizations"]
    assert found[0]["qubits"] == 3
    assert found[0]["fidelity"]["spam"]["median"] == 1


def test_a_plugin_runs_a_multicircuit_job(http):
    body = flips_for("qpu.coin-trap", noise={"model": "ideal", "seed": 5})
    job = ended(http, http.post("/v0.4/jobs", json=body))

    assert job["status"] == "completed", job["failure"]
    assert job["noise"] == {"model": "qpu.coin-trap", "seed": 5}
    first, second, third = histograms(http, job)
    assert (first, third) == ({"1": SHOTS}, {"0": SHOTS})
    assert set(second) == {"4", "6"}
    assert sum(second.values()) == SHOTS
    again = ended(http, http.post("/v0.4/jobs", json=body))
    assert histograms(http, again) == [first, second, third]
    child = job["child_job_ids"][1]
    native = http.get(f"/v0.4/jobs/{child}/artifacts/ionq.native.v1").json()
    assert {gate["gate"] for gate in native["circuit"]} <= {"gpi", "gpi2"}


@pytest.mark.filterwarnings("ignore::qiskit_ionq.exceptions.IonQTranspileLevelWarning")
def test_it_serves_version_03_and_qiskit_alike(http, server, monkeypatch):
    body = {"target": "qpu.coin-trap", "shots": SHOTS, "input": {"qubits": 3, "circuit": FLIPS[0]}}
    job = ended(http, http.post("/v0.3/jobs", json=body), "v0.3")
    assert http.get(f"/v0.3/jobs/{job['id']}/results").json() == {"1": 1.0}

    monkeypatch.setenv("IONQ_API_URL", f"{server.url}/v0.4")
    circuit = QuantumCircuit(3, 3)
    circuit.x(1)
    circuit.measure(range(3), range(3))
    qpu = IonQProvider(server.key, url=f"{server.url}/v0.4").get_backend("ionq_qpu.coin-trap")
    counts = qpu.run(circuit, shots=SHOTS).result(wait=0.02, timeout=60).get_counts()
    assert counts == {"010": SHOTS}


def test_the_example_runs_what_it_declares(http):
    bell = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
    body = {"target": "qpu.coin-trap", "shots": SHOTS, "input": {"circuit": bell}}
    job = ended(http, http.post("/v0.3/jobs", json=body), "v0.3")
    assert job["status"] == "completed", job["failure"]


def test_what_a_plugin_raises_fails_the_job_in_its_words(http):
    circuits = [{"circuit": []}, {"circuit": [{"gate": "cnot", "control": 0, "target": 1}]}]
    body = flips_for("qpu.plain-trap")
    body["input"]["circuits"] = circuits
    job = ended(http, http.post("/v0.4/jobs", json=body))

    assert job["status"] == "failed"
    assert job["failure"]["code"] == "QuantumComputerError"
    assert "qpu.plain-trap: ValueError: this trap cannot do zz" in job["failure"]["message"]


def test_version_03_takes_several_circuits_for_a_plugin(http):
    circuits = [{"circuit": circuit} for circuit in (FLIPS[0], FLIPS[2])]
    body = {"target": "qpu.coin-trap", "shots": SHOTS, "input": {"qubits": 3, "circuits": circuits}}
    job = ended(http, http.post("/v0.3/jobs", json=body), "v0.3")
    assert job["status"] == "completed", job["failure"]
    found = http.get(f"/v0.3/jobs/{job['id']}/results").json()
    assert found == dict(zip(job["children"], [{"1": 1.0}, {"0": 1.0}], strict=True))


def test_a_job_file_runs_with_what_the_site_has(folder, tmp_path):
    file = tmp_path / "job.json"
    file.write_text(json.dumps(flips_for("qpu.our-trap")))
    command = [sys.executable, "-m", "paultrap", "run", str(file), "--json"]
    variables = {
        "PAULTRAP_NOISE_DIR": str(folder / "noise"),
        "PAULTRAP_DEVICES_DIR": str(folder / "devices"),
        "PYTHONPATH": beside(folder / "packages"),
    }
    run = partial(
        subprocess.run,
        command,
        env=os.environ | variables,
        capture_output=True,
        timeout=60,
        check=True,
    )

    first, _, last = json.loads(run().stdout)

    assert (first, last) == ({"0": 1.0}, {"1": 1.0})
    file.write_text(json.dumps(flips_for("qpu.coin-trap")))
    first, _, last = json.loads(run().stdout)
    assert (first, last) == ({"1": 1.0}, {"0": 1.0})


SLOW_TRAP = """
import os, pathlib, time

class SlowTrap:
    name, qubits, gateset, entangler = "qpu.slow-trap", 3, "qis", "ms"

    def run(self, chunk):
        calls = pathlib.Path(os.environ["SLOW_TRAP_CALLS"])
        with calls.open("a") as log:
            log.write("called ")
        if calls.read_text().count("called") == 1:
            time.sleep(600)
        return [{1: chunk.shots}] * len(chunk.widths())

TRAP = SlowTrap()
"""


@pytest.fixture
def slow_trap(tmp_path):
    """Return a server with a backend whose first call hangs, and the file of its calls."""
    packages = tmp_path / "packages"
    info = packages / "slow_trap-1.dist-info"
    info.mkdir(parents=True)
    (packages / "slow_trap.py").write_text(SLOW_TRAP)
    (info / "METADATA").write_text("Name: slow-trap\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[paultrap.backends]\nslow-trap = slow_trap:TRAP\n")
    calls = tmp_path / "calls"
    environment = {"PYTHONPATH": beside(packages), "SLOW_TRAP_CALLS": str(calls)}
    (tmp_path / "data").mkdir()
    server = RunningServer(tmp_path / "data", environment=environment).start()
    yield server, calls
    server.kill()


def _when_called(calls: Path, times: int) -> None:
    waiting.until(lambda: calls.exists() and calls.read_text().count("called") >= times)


def test_a_worker_killed_within_a_plugin_loses_nothing(slow_trap):
    server, calls = slow_trap
    with server.client() as http:
        created = http.post("/v0.4/jobs", json=flips_for("qpu.slow-trap"))
        _when_called(calls, 1)
        for pid in server.worker_pids():
            os.kill(pid, signal.SIGKILL)
        job = ended(http, created)

        assert job["status"] == "completed"
        assert histograms(http, job) == [{"1": SHOTS}] * 3
    assert calls.read_text().count("called") == 2


def test_a_back_end_that_is_gone_fails_its_waiting_job_and_says_so(slow_trap):
    server, calls = slow_trap
    with server.client() as http:
        created = http.post("/v0.4/jobs", json=flips_for("qpu.slow-trap"))
        _when_called(calls, 1)
    server.kill()
    server.environment["PYTHONPATH"] = beside()
    server.start()
    with server.client() as http:
        job = ended(http, created)

    assert job["status"] == "failed"
    assert "qpu.slow-trap" in job["failure"]["message"]
    assert "install" in job["failure"]["message"]


@pytest.mark.parametrize(("backend", "qubits"), [("qpu.coin-trap", 5), ("qpu.our-trap", 3)])
def test_a_circuit_that_is_too_wide_is_refused(http, backend, qubits):
    body = flips_for(backend)
    body["input"]["circuits"][1] = {"circuit": [], "qubits": qubits + 1}

    answer = http.post("/v0.4/jobs", json=body)

    assert answer.status_code == 400
    assert str(qubits) in answer.json()["message"]
    assert "circuit" in answer.json()["message"]


@pytest.mark.parametrize(
    ("model", "device", "said"),
    [
        ("qubits = 3", None, "noise model .*bad.toml: .*entangler"),
        ('qubits = 0\nentangler = "zz"', None, "noise model .*bad.toml: .*qubits"),
        (None, DEVICE.replace("our-trap", "nonesuch"), 'noise_model: there is no model "nonesuch"'),
        (MODEL, DEVICE.replace("our-trap", "bad").replace('"zz"', '"ms"'), "entangler"),
        (None, DEVICE.replace("[timing]", "speed = 3\n[timing]"), "qpu.bad.toml: .*speed"),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_start_in_one_line(tmp_path, model, device, said):
    for name, file, text in (("noise", "bad.toml", model), ("devices", "qpu.bad.toml", device)):
        (tmp_path / name).mkdir()
        if text is not None:
            (tmp_path / name / file).write_text(text)
    command = [sys.executable, "-m", "paultrap", "serve", "--ephemeral", "--port", "0"]
    command += ["--noise-dir", str(tmp_path / "noise"), "--devices-dir", str(tmp_path / "devices")]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    assert re.search(said, line), line
