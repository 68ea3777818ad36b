"""The list of plug-in backends, and what a server with a broken one does."""

import importlib.metadata
import sys
from types import SimpleNamespace

import pytest

from paultrap.machines import Machines


class Trap:
    name, qubits, gateset, entangler = "qpu.good", 3, "qis", "ms"

    def run(self, chunk):
        return [{0: chunk.shots}] * len(chunk.widths())


@pytest.fixture
def machines(monkeypatch):
    """Pretend that two plug-ins are installed, of which one names a class."""
    monkeypatch.setitem(sys.modules, "some_traps", SimpleNamespace(Trap=Trap, TRAP=Trap()))
    entries = [
        importlib.metadata.EntryPoint(name, f"some_traps:{value}", "paultrap.backends")
        for name, value in (("a-class", "Trap"), ("good", "TRAP"))
    ]
    monkeypatch.setattr("paultrap.machines.plugins.entry_points", lambda **_: entries)
    return Machines.load()


def test_plugins_are_listed_with_what_is_wrong_with_them(client):
    reason = "some_traps:Trap: Trap is a class; name an object of it"

    assert client.get("/paultrap/plugins").json() == [
        {"name": "qpu.good", "status": "available", "reason": None},
        {"name": "a-class", "status": "unavailable", "reason": reason},
    ]


def test_the_others_take_jobs(client, bell_v04):
    names = [each["backend"] for each in client.get("/v0.4/backends").json()]
    assert "qpu.good" in names
    assert client.post("/v0.4/jobs", json=bell_v04 | {"backend": "qpu.aria-1"}).status_code == 201
