"""Noise models that are shipped, and files with mistakes."""

import pytest

from paultrap.machines import Machines, NoiseModelError
from paultrap.machines.noise import read_models

MODELS = Machines.shipped().models
BASE = 'qubits = 3\nentangler = "ms"\none_qubit = 0.1\ntwo_qubit = 0.2\n'


@pytest.mark.parametrize(
    ("name", "one", "two", "entangler"),
    [
        ("aria-1", 0.0005, 0.0133, "ms"),
        ("aria-2", 0.0006573333333333332, 0.01856, "ms"),
        ("forte-1", 0.0002666666666666667, 0.004949333333333333, "zz"),
    ],
)
def test_published_models_have_the_published_strengths(name, one, two, entangler):
    model = MODELS[name]
    assert (model.one_qubit, model.two_qubit, model.entangler) == (one, two, entangler)
    assert not model.derived
    assert model.readout == ()


def test_models_that_follow_from_other_figures_say_so():
    derived = {name for name, model in MODELS.items() if model.derived}
    assert derived == {"harmony", "harmony-1", "harmony-2", "forte-enterprise-1"}
    assert all(model.source for model in MODELS.values())


def test_a_folder_adds_models_and_replaces_shipped_ones(tmp_path):
    (tmp_path / "ours.toml").write_text(BASE + 'title = "Ours"\nreadout = [[0.1, 0.2]]\n')
    (tmp_path / "aria-1.toml").write_text(BASE)
    models = Machines.load(tmp_path).models
    assert models["ours"].readout == ((0.1, 0.2),)
    assert models["aria-1"].one_qubit == 0.1
    assert models["forte-1"] == MODELS["forte-1"]


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
        read_models(tmp_path)
    assert named in str(error.value)


def test_a_folder_that_is_not_there_or_renames_the_ideal_is_refused(tmp_path):
    with pytest.raises(NoiseModelError, match="no folder"):
        read_models(tmp_path / "missing")
    (tmp_path / "ideal.toml").write_text(BASE)
    with pytest.raises(NoiseModelError, match="means no noise"):
        read_models(tmp_path)
