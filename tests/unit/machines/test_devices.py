"""Emulated QPUs: their files, characterizations, prices and times."""

from datetime import UTC, datetime
from itertools import combinations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paultrap.jobs import cost_usd, machine_ms
from paultrap.machines import DeviceError, Machines, Prices, Timing
from paultrap.machines.characterizations import fidelity_of
from paultrap.machines.devices import read_device, read_devices

MACHINES = Machines.shipped()
QPUS = [backend for backend in MACHINES.backends.values() if backend.name != "simulator"]
FILE = """
qubits = 3
status = "available"
entangler = "zz"
noise_model = "forte-1"
characterized = 2026-03-01
{extra}
[timing]
one_qubit = 1e-5
two_qubit = 2e-4
readout = 1e-4
reset = 0
"""
ARIA = Prices(one_qubit=0.00022, two_qubit=0.00098, minimum=1.0)
TIMING = Timing(one_qubit=135e-6, two_qubit=600e-6, readout=130e-6, reset=20e-6)


def average_fidelity(strength: float, qubits: int) -> float:
    """Return (d + sum |tr K|^2) / (d^2 + d) of the depolarizing channel, by its Kraus operators."""
    d = 2**qubits
    paulis = [
        np.eye(2),
        np.array([[0, 1], [1, 0]]),
        np.array([[0, -1j], [1j, 0]]),
        np.diag([1, -1]),
    ]
    operators = paulis if qubits == 1 else [np.kron(a, b) for a in paulis for b in paulis]
    weights = np.full(d * d, strength / d**2)
    weights[0] = 1 - strength * (1 - 1 / d**2)
    kraus = [np.sqrt(w) * p for w, p in zip(weights, operators, strict=True)]
    assert np.allclose(sum(k.conj().T @ k for k in kraus), np.eye(d))
    return (d + sum(abs(np.trace(k)) ** 2 for k in kraus)) / (d * d + d)


@pytest.mark.parametrize("backend", QPUS, ids=lambda backend: backend.name)
def test_a_qpu_is_characterized_by_the_noise_that_its_jobs_get(backend):
    model = MACHINES.models[backend.noise_model]

    found = MACHINES.characterization_of(backend)

    assert found.one_qubit.mean == pytest.approx(average_fidelity(model.one_qubit, 1), abs=1e-12)
    assert found.two_qubit.median == pytest.approx(average_fidelity(model.two_qubit, 2), abs=1e-12)
    assert found.spam == (1.0, 1.0)
    assert found.connectivity == list(combinations(range(backend.qubits), 2))
    assert backend.entangler == model.entangler
    assert backend.qubits >= model.qubits


def test_characterizations_have_ids_of_their_own_that_stay():
    ids = [MACHINES.characterization_of(backend).id for backend in QPUS]

    assert len(set(ids)) == len(QPUS)
    assert ids == [MACHINES.characterization_of(backend).id for backend in QPUS]
    assert MACHINES.characterization_of(MACHINES.backends["simulator"]) is None


@given(st.floats(0, 1), st.sampled_from([1, 2]))
def test_the_fidelity_of_a_strength_is_that_of_its_kraus_operators(strength, qubits):
    assert fidelity_of(strength, qubits) == pytest.approx(average_fidelity(strength, qubits))


def test_a_file_of_the_site_is_a_device(tmp_path):
    extra = 'source = "ours"\nconnectivity = [[2, 1], [0, 1], [1, 2]]'
    (tmp_path / "qpu.ours.toml").write_text(FILE.format(extra=extra))

    device = read_devices(tmp_path)["qpu.ours"]

    assert (device.name, device.qubits, device.source) == ("qpu.ours", 3, "ours")
    assert device.pairs == [(0, 1), (1, 2)]
    assert device.prices is None
    found = MACHINES.characterization_of(device)
    assert found.date == datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000
    assert found.connectivity == [(0, 1), (1, 2)]


PAST = """
[[history]]
date = {date}
source = "a page"
one_qubit = 0.99
two_qubit = 0.9
spam = 0.98
"""


def test_a_device_of_the_site_has_a_past(tmp_path):
    timing = "[history.timing]\none_qubit = 1\ntwo_qubit = 2\nreadout = 3\nreset = 4\n"
    past = PAST.format(date="2025-01-02") + PAST.format(date="2025-03-04") + timing
    file = tmp_path / "qpu.ours.toml"
    file.write_text(FILE.format(extra="") + past)

    newest, later, earlier = MACHINES.characterizations_of(read_device(file))

    assert newest == MACHINES.characterization_of(read_device(file))
    assert later.date == datetime(2025, 3, 4, tzinfo=UTC).timestamp() * 1000
    assert earlier.date == datetime(2025, 1, 2, tzinfo=UTC).timestamp() * 1000
    assert (later.one_qubit, later.two_qubit, later.spam) == ((0.99,) * 2, (0.9,) * 2, (0.98,) * 2)
    assert later.timing == Timing(one_qubit=1, two_qubit=2, readout=3, reset=4)
    assert earlier.timing == newest.timing
    assert len({newest.id, later.id, earlier.id}) == 3


@pytest.mark.parametrize(
    ("name", "content", "field"),
    [
        ("qpu.a", FILE.format(extra="") + 2 * PAST.format(date="2025-01-02"), "history"),
        ("qpu.a", FILE.format(extra="") + PAST.format(date="2026-03-01"), "history"),
        ("qpu.a", FILE.format(extra="") + PAST.format(date="2025-01-02") + "t1 = 1", "t1"),
        ("qpu.a", FILE.format(extra="") + "[[history]]\ndate = 2025-01-02", "source"),
        ("qpu.a", FILE.format(extra="connectivity = [[0, 3]]"), "connectivity"),
        ("qpu.a", FILE.format(extra="connectivity = [[1, 1]]"), "connectivity"),
        ("qpu.a", FILE.format(extra="colour = 3"), "colour"),
        ("qpu.a", FILE.format(extra="").replace("1e-5", "-1e-5"), "one_qubit"),
        ("qpu.a", FILE.format(extra="").replace('"zz"', '"cx"'), "entangler"),
        ("qpu.a", FILE.format(extra="").replace("noise_model", "#"), "noise_model"),
        ("qpu.a", FILE.format(extra="").replace("qubits = 3", 'qubits = "3"'), "qubits"),
        ("qpu.a", "qubits = ", "qpu.a.toml"),
        ("ours", FILE.format(extra=""), "qpu."),
    ],
)
def test_a_bad_file_is_refused_with_file_and_field(tmp_path, name, content, field):
    file = tmp_path / f"{name}.toml"
    file.write_text(content)

    with pytest.raises(DeviceError) as caught:
        read_device(file)

    assert str(file) in str(caught.value)
    assert field in str(caught.value)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(DeviceError, match="there is no folder"):
        read_devices(tmp_path / "missing")


def test_costs_are_of_gates_and_shots_but_the_minimum_at_least():
    assert cost_usd(150, 40, 1000, ARIA) == pytest.approx(1000 * (150 * 0.00022 + 40 * 0.00098))
    assert cost_usd(1, 0, 1, ARIA) == 1.0
    assert cost_usd(1, 0, 1, ARIA, whole_job=False) == 0.00022
    assert cost_usd(150, 40, 1000, None) == 0.0


def test_a_machine_is_busy_with_gates_readout_and_reset():
    # 100 shots of 2 circuits: 10 * 135 us + 5 * 600 us + 2 * 150 us = 4.65 ms a shot.
    assert machine_ms(10, 5, 100, TIMING, circuits=2) == 465
    assert machine_ms(0, 0, 1, TIMING) == 1
    assert machine_ms(10, 5, 100, None) == 0


@pytest.mark.parametrize("backend", QPUS, ids=lambda backend: backend.name)
def test_jobs_get_the_noise_that_the_device_names(backend):
    model = MACHINES.models[backend.noise_model]
    wide_enough = msgspec.structs.replace(model, qubits=max(model.qubits, backend.qubits))
    assert MACHINES.noise_of(backend.name, "ideal") == wide_enough
