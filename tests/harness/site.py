"""What a laboratory adds to a server: a noise model and an emulated QPU, as text in TOML."""

from pathlib import Path


def model_toml(*, qubits: int = 3, misread: int = 1) -> str:
    """Return a noise model in which only the readout errs.

    Args:
        qubits: How many it has.
        misread: The probability, 0 or 1, with which qubit 0 is misread.
    """
    return f"""
title = "Our trap"
qubits = {qubits}
entangler = "zz"
one_qubit = 0
two_qubit = 0
readout = [[{misread}, {misread}]]
"""


def device_toml(model: str, *, qubits: int = 3, price: int | None = None) -> str:
    """Return an emulated QPU.

    Args:
        model: The name of its noise model.
        qubits: How many it has.
        price: Of a gate on one qubit, in dollars; it has no prices without a value.
    """
    prices = "" if price is None else f"[prices]\none_qubit = {price}\ntwo_qubit = 1\n"
    return f"""
qubits = {qubits}
status = "available"
entangler = "zz"
noise_model = "{model}"
characterized = 2026-05-04
[timing]
one_qubit = 1e-5
two_qubit = 1e-4
readout = 1e-4
reset = 1e-5
{prices}"""


def write_site(folder: Path, name: str, model: str, device: str) -> tuple[Path, Path]:
    """Write a noise model, and the QPU ``qpu.<name>``; return the folders of models and of QPUs."""
    noise, devices = folder / "noise", folder / "devices"
    for file, text in ((noise / f"{name}.toml", model), (devices / f"qpu.{name}.toml", device)):
        file.parent.mkdir(parents=True)
        file.write_text(text)
    return noise, devices
