"""What jobs can be addressed to, and whose noise they have."""

import pytest

from paultrap.machines import Machines, UnknownModelError

MACHINES = Machines.shipped()
ARIA = MACHINES.models["aria-1"]


def test_jobs_run_on_the_simulator_and_on_emulated_qpus():
    available = [backend.name for backend in MACHINES.available()]

    assert available[0] == "simulator"
    assert set(available[1:]) == {"qpu.aria-1", "qpu.forte-1", "qpu.forte-enterprise-1"}
    assert all(name == backend.name for name, backend in MACHINES.backends.items())


def test_a_name_or_an_alias_finds_its_back_end():
    assert MACHINES.resolve("qpu") is MACHINES.resolve("qpu.aria-1")
    assert MACHINES.resolve("simulator").qubits == 29
    assert MACHINES.resolve("qpu.aria-9") is None


def test_the_simulator_has_the_noise_that_is_asked_for():
    assert MACHINES.noise_of("simulator", "ideal") is None
    assert MACHINES.noise_of("simulator", "aria-1") == ARIA


def test_a_qpu_has_its_own_noise_whatever_is_asked_for():
    for asked in ("ideal", "forte-1", "nonesuch"):
        assert MACHINES.noise_of("qpu.aria-1", asked) == ARIA


def test_an_unknown_model_is_named_with_those_that_there_are():
    with pytest.raises(UnknownModelError, match=r'"aria-9"; there are "ideal", "aria-1", '):
        MACHINES.noise_of("simulator", "aria-9")


def test_it_does_not_change():
    with pytest.raises(TypeError):
        MACHINES.models["aria-1"] = None
    with pytest.raises(TypeError):
        del MACHINES.backends["simulator"]


def test_one_with_files_of_the_site_leaves_others_as_they_are(tmp_path):
    (tmp_path / "aria-1.toml").write_text(
        'qubits = 25\nentangler = "ms"\none_qubit = 0.5\ntwo_qubit = 0.5\n'
    )

    other = Machines.load(noise_dir=tmp_path)

    assert other.models["aria-1"].one_qubit == 0.5
    assert Machines.shipped().models["aria-1"] == ARIA == MACHINES.models["aria-1"]
