"""The server under test, as a client sees it: an address, keys and a process.

`make conformance` runs each folder in an environment of its client, which does not have paultrap:
clients/run.py starts the server and names it in the environment. In `make test` a server is started
here.
"""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from clients.environments import ROOT
from independent import workers

HERE = Path(__file__).resolve().parent
# What each folder takes. The client's own suite is fetched from PyPI, and built there.
PACKAGES = {
    "cirq-ionq": ["cirq_ionq"],
    "cudaq": ["cudaq"],
    "ionq-core": ["ionq_core"],
    "ionq-core/test_own_suite.py": ["hatchling"],
    "pennylane-ionq": ["pennylane_ionq"],
    "qbraid": ["qbraid"],
    "qiskit-ionq": ["qiskit_ionq"],
    "together": ["cirq_ionq", "pennylane_ionq", "qiskit_ionq"],
}
collect_ignore = [
    path
    for path, packages in PACKAGES.items()
    if not all(importlib.util.find_spec(package) for package in packages)
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the clients' warnings to the clients."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@dataclass(frozen=True)
class Server:
    """A server that takes only the keys it made; its process group may be held and harmed.

    With the file ``mended``, the backend `qpu.picky` runs everything; see `harness.picky`.
    """

    url: str
    key: str  # of an admin
    member_key: str
    pid: int
    mended: Path

    def get(self, path: str) -> Any:
        """Return what the server says at a path, without any client in between."""
        request = urllib.request.Request(
            f"{self.url}{path}", headers={"Authorization": f"apiKey {self.key}"}
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def post(self, path: str, body: Any) -> Any:
        request = urllib.request.Request(
            f"{self.url}{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"apiKey {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def newest_job(self) -> dict[str, Any]:
        job: dict[str, Any] = self.get("/v0.4/jobs?limit=1")["jobs"][0]
        return job

    @contextlib.contextmanager
    def paused_workers(self) -> Iterator[None]:
        """Hold the workers still, so that no job ends before a test has canceled it."""
        with workers.paused(self.pid):
            yield

    def retry(self, job_id: str) -> None:
        """Let the backend `qpu.picky` run everything, and the failed circuits of a job again."""
        self.mended.touch()
        try:
            self.post(f"/paultrap/jobs/{job_id}/retry", None)
            while self.get(f"/v0.4/jobs/{job_id}")["status"] not in {"completed", "failed"}:
                pass  # The answer is held a little.
        finally:
            self.mended.unlink()

    @contextlib.contextmanager
    def crashing_workers(self) -> Iterator[None]:
        """Let every worker crash that holds a state of 26 qubits."""
        crasher = subprocess.Popen([sys.executable, workers.__file__, str(self.pid)])
        try:
            yield
        finally:
            crasher.terminate()
            crasher.wait()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with contextlib.ExitStack() as stack:
        told: Mapping[str, str] = os.environ
        if "PAULTRAP_TEST_URL" not in told:
            from clients.serving import served

            told = stack.enter_context(served(tmp_path_factory.mktemp("clients")))
        yield Server(
            told["PAULTRAP_TEST_URL"],
            told["PAULTRAP_TEST_KEY"],
            told["PAULTRAP_TEST_MEMBER_KEY"],
            int(told["PAULTRAP_TEST_PID"]),
            Path(told["PAULTRAP_TEST_MENDED"]),
        )


@pytest.fixture(scope="session", autouse=True)
def _no_address_of_another() -> Iterator[None]:
    """Let no variable of a client decide where its requests go."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if "IONQ" in name.upper()]:
            patch.delenv(name)
        yield


@pytest.fixture(autouse=True)
def _empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let no file `.env` do it either."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def paultrap_testing() -> ModuleType:
    """Return paultrap.testing, read as the single file that it is: paultrap is not installed."""
    path = ROOT / "src" / "paultrap" / "testing.py"
    specification = importlib.util.spec_from_file_location("paultrap_testing", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
