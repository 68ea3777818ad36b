import pytest
from clients.qiskit_circuits import API
from qiskit_ionq import IonQProvider


@pytest.fixture(autouse=True)
def address(server, monkeypatch):
    """The client looks qubit counts up at the environment's address, not at the provider's."""
    monkeypatch.setenv("IONQ_API_URL", f"{server.url}/{API}")


@pytest.fixture
def provider(server):
    return IonQProvider(server.key, url=f"{server.url}/{API}")


@pytest.fixture
def backend(provider):
    return provider.get_backend("ionq_simulator")
