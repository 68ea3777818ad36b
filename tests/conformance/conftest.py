"""One real server for the whole suite: the unmodified clients are its judges."""

from collections.abc import Iterator

import pytest
from harness import RunningServer


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path_factory.mktemp("data")).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def closed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Start a server that takes only its own keys and little memory."""
    flags = ("--auth", "required", "--memory-limit", str(64 * 2**20))
    running = RunningServer(tmp_path_factory.mktemp("closed"), *flags).start()
    yield running
    running.stop()


@pytest.fixture
def api_url(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the API's address; qiskit-ionq looks qubit counts up at the environment's."""
    url = f"{server.url}/v0.4"
    monkeypatch.setenv("IONQ_API_URL", url)
    monkeypatch.setenv("IONQ_API_KEY", server.key)
    return url
