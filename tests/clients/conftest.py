"""The server under test, as a client sees it: addresses and keys come from the environment.

These tests run in environments that do not have paultrap; tests/clients/run.py starts them.
"""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from independent import workers

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Server:
    """A server that takes only the keys it made; its process group may be held and harmed."""

    url: str
    key: str
    pid: int

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
def server() -> Server:
    return Server(
        os.environ["PAULTRAP_TEST_URL"],
        os.environ["PAULTRAP_TEST_KEY"],
        int(os.environ["PAULTRAP_TEST_PID"]),
    )


@pytest.fixture(scope="session")
def paultrap_testing() -> ModuleType:
    """Return paultrap.testing, read as the single file that it is: paultrap is not installed."""
    path = ROOT / "src" / "paultrap" / "testing.py"
    specification = importlib.util.spec_from_file_location("paultrap_testing", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
