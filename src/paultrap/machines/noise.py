"""The TOML files of noise models, those shipped with paultrap and those of the site.

A file is named after its model, and looks like this, with what may be left out below the line::

    qubits = 11
    entangler = "ms"             # or "zz"
    one_qubit = 0.0005           # depolarizing parameter r of a gate on one qubit
    two_qubit = 0.0133
    # ------------------------------------------------------------------
    title = "Our trap"
    source = "randomised benchmarking, March"
    acts_on = "native"           # or "written": see docs/reference/noise.md
    readout = [[0.01, 0.02]]     # of each qubit: p(read 1 | 0), p(read 0 | 1)
    [gates]                      # r by the name of the gate
    gpi = 0.0002
    [pairs]                      # r of gates on these two qubits
    "0-4" = 0.02

In the place of ``one_qubit`` and ``two_qubit`` a table ``mean_fidelities`` may give the gates' average
fidelities F: r = (1 - F) d / (d - 1), from the average fidelity 1 - r (d - 1) / d of the channel.
"""

import tomllib
from pathlib import Path

import msgspec

from paultrap.engine import NoiseModel, depolarizing_of
from paultrap.machines.errors import NoiseModelError

#: What jobs call the absence of noise; no model has this name.
IDEAL = "ideal"


def read_model(file: Path) -> NoiseModel:
    """Return the model in a TOML file; it is named after the file.

    Raises:
        NoiseModelError: The file is not such a model.
    """
    try:
        content = tomllib.loads(file.read_text("utf-8"))
        fidelities = content.pop("mean_fidelities", {})
        for qubits, field in ((1, "one_qubit"), (2, "two_qubit")):
            if field in fidelities:
                content.setdefault(field, depolarizing_of(float(fidelities[field]), qubits))
        return msgspec.convert({"name": file.stem} | content, NoiseModel)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise NoiseModelError(f"noise model {file}: {error}") from error


def read_models(folder: Path) -> dict[str, NoiseModel]:
    """Return all models in a folder, by name.

    Raises:
        NoiseModelError: There is no such folder, or a file in it is not a model.
    """
    if not folder.is_dir():
        raise NoiseModelError(f"noise models: there is no folder {folder}")
    found = {file.stem: read_model(file) for file in sorted(folder.glob("*.toml"))}
    if IDEAL in found:
        raise NoiseModelError(f"noise model {folder / 'ideal.toml'}: this name means no noise")
    return found
