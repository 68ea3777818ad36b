"""Noise models: the numbers that were published, files with mistakes, and where noise acts."""

import itertools

import numpy as np
import pytest
from harness.circuits import C, G, program_of, random_circuit
from unit.engine.noise_reference import depolarized

from paultrap.circuits import GATES, Opcode
from paultrap.engine.noise import NoiseModel, NoiseModelError, depolarizing_of, noise_models
from paultrap.engine.sites import NO_QUBIT, sites_of

BASE = 'qubits = 3\nentangler = "ms"\none_qubit = 0.1\ntwo_qubit = 0.2\n'


def written(**fields) -> NoiseModel:
    given = {"name": "test", "qubits": 5, "entangler": "ms", "one_qubit": 0.1, "two_qubit": 0.2}
    return NoiseModel(**given | {"acts_on": "written"} | fields)


@pytest.mark.parametrize(
    ("name", "one", "two", "entangler"),
    [
        ("aria-1", 0.0005, 0.0133, "ms"),
        ("aria-2", 0.0006573333333333332, 0.01856, "ms"),
        ("forte-1", 0.0002666666666666667, 0.004949333333333333, "zz"),
    ],
)
def test_published_models_have_the_published_strengths(name, one, two, entangler):
    model = noise_models()[name]
    assert (model.one_qubit, model.two_qubit, model.entangler) == (one, two, entangler)
    assert not model.derived
    assert model.readout == ()


def test_models_that_follow_from_other_figures_say_so():
    derived = {name for name, model in noise_models().items() if model.derived}
    assert derived == {"harmony", "harmony-1", "harmony-2", "forte-enterprise-1"}
    assert all(model.source for model in noise_models().values())


@pytest.mark.parametrize("qubits", [1, 2])
def test_the_converted_strength_has_the_average_fidelity_that_it_came_from(qubits):
    """Average over many random pure states what a density matrix of plain numpy keeps."""
    rng = np.random.default_rng(qubits)
    fidelity, d = 0.93, 2**qubits
    r = depolarizing_of(fidelity, qubits)
    kept = []
    for _ in range(20):
        state = rng.normal(size=d) + 1j * rng.normal(size=d)
        state /= np.linalg.norm(state)
        rho = depolarized(np.outer(state, state.conj()), tuple(range(qubits)), r)
        assert np.linalg.eigvalsh(rho).min() > 0
        kept.append((state.conj() @ rho @ state).real)
    assert np.mean(kept) == pytest.approx(fidelity, abs=1e-12)


def test_a_folder_adds_models_and_replaces_those_that_come_along(tmp_path):
    (tmp_path / "ours.toml").write_text(BASE + 'title = "Ours"\nreadout = [[0.1, 0.2]]\n')
    (tmp_path / "aria-1.toml").write_text(BASE)
    models = noise_models(tmp_path)
    assert models["ours"].readout == ((0.1, 0.2),)
    assert models["aria-1"].one_qubit == 0.1
    assert models["forte-1"] == noise_models()["forte-1"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("qubits = 3", "entangler"),
        (BASE.replace("0.1", "1.5"), "one_qubit"),
        (BASE.replace("0.2", '"much"'), "two_qubit"),
        (BASE + "crosstalk = 1", "crosstalk"),
        (BASE + "[gates]\nwarp = 0.1", "warp"),
        (BASE + '[pairs]\n"0-3" = 0.1', "0-3"),
        (BASE + '[pairs]\n"0,1" = 0.1', "pairs"),
        (BASE + "readout = [[0.1, 0.2], [0.1, 0.2], [0.1, 0.2], [0.1, 0.2]]", "readout"),
        (BASE + "readout = [[0.1, 2.0]]", "readout"),
        (BASE + 'acts_on = "paper"', "acts_on"),
        ("qubits = [", "ours.toml"),
        (BASE + "mean_fidelities = 3", "ours.toml"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_the_file(tmp_path, text, named):
    (tmp_path / "ours.toml").write_text(text)
    with pytest.raises(NoiseModelError, match=r"ours\.toml") as error:
        noise_models(tmp_path)
    assert named in str(error.value)


def test_a_folder_that_is_not_there_or_renames_the_ideal_is_refused(tmp_path):
    with pytest.raises(NoiseModelError, match="no folder"):
        noise_models(tmp_path / "missing")
    (tmp_path / "ideal.toml").write_text(BASE)
    with pytest.raises(NoiseModelError, match="means no noise"):
        noise_models(tmp_path)


def test_every_gate_has_its_sites():
    circuits = [
        C(4, (G(Opcode.H, (2,)), G(Opcode.X, (1,), (3,)), G(Opcode.NOP, (0,)))),
        C(2, ()),
        C(4, (G(Opcode.SWAP, (0, 1), (2, 3)), G(Opcode.RZ, (3,), (), (0.1,)))),
    ]
    sites = sites_of(program_of(circuits), written())
    assert sites.offsets.tolist() == [0, 2, 2, 6]
    assert sites.gates.tolist() == [0, 1, 0, 0, 0, 1]
    assert sites.first.tolist() == [2, 1, 0, 1, 2, 3]
    assert sites.second.tolist() == [NO_QUBIT, 3, 1, 2, 3, NO_QUBIT]
    assert sites.strengths.tolist() == [0.1, 0.2, 0.2, 0.2, 0.2, 0.1]


def test_strengths_by_gate_go_before_the_general_ones_and_pairs_before_all():
    gates = (
        G(Opcode.X, (0,)),
        G(Opcode.X, (0,), (1,)),
        G(Opcode.X, (3,), (2,)),
        G(Opcode.GPI, (0,), (), (0.1,)),
        G(Opcode.Z, (0,)),
        G(Opcode.ZPOW, (0,), (), (0.3,)),
    )
    model = written(
        gates={"x": 0.3, "cnot": 0.4, "gpi": 0.5, "z": 0.0}, pairs={"3-2": 0.6, "0-4": 0.7}
    )
    sites = sites_of(program_of([C(5, gates)]), model)
    assert dict(zip(sites.gates.tolist(), sites.strengths.tolist(), strict=True)) == {
        0: 0.3,
        1: 0.4,
        2: 0.6,
        3: 0.5,
    }


def test_sites_agree_with_a_loop_over_gates():
    rng = np.random.default_rng(1)
    circuits = [random_circuit(rng, 5, n, list(Opcode), 2) for n in (0, 7, 30, 1)]
    sites = sites_of(program_of(circuits), written())
    assert {name for _, name in GATES} >= {"ms", "zz"}
    for index, circuit in enumerate(circuits):
        expected = []
        for number, gate in enumerate(circuit.gates):
            qubits = gate.targets + gate.controls
            if gate.opcode in (Opcode.NOP, Opcode.COPY):
                continue
            if len(qubits) == 1:
                expected.append((number, qubits[0], NO_QUBIT, 0.1))
            expected += [(number, a, b, 0.2) for a, b in itertools.pairwise(qubits)]
        first, last = sites.offsets[index : index + 2]
        columns = (sites.gates, sites.first, sites.second, sites.strengths)
        assert list(zip(*(c[first:last].tolist() for c in columns), strict=True)) == expected
