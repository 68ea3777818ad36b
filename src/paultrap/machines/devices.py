"""Emulated QPUs: what they say of themselves, and the TOML files that they are read from.

A file is named after its QPU, ``qpu.aria-1.toml``, and looks like this, with what may be left out
below the line::

    qubits = 25
    status = "available"         # or "unavailable", "retired"
    entangler = "ms"             # or "zz"
    noise_model = "aria-1"
    characterized = 2026-01-01   # the day of these numbers
    [timing]                     # seconds
    one_qubit = 135e-6           # of a gate on one qubit
    two_qubit = 600e-6
    readout = 130e-6             # of all qubits, once a shot
    reset = 20e-6
    # ------------------------------------------------------------------
    t1 = 10.0
    t2 = 1.0
    [prices]                     # USD; without it jobs are free
    one_qubit = 0.00022          # of a gate on one qubit, in one shot
    two_qubit = 0.00098
    minimum = 1.0                # of a job
    [[history]]                  # an earlier characterization; there may be several
    date = 2024-04-23            # before the day above
    source = "where it was published"
    one_qubit = 0.9997           # fidelities, as they were published
    two_qubit = 0.9706
    spam = 0.9948
    [history.timing]             # as above; without it, the times of today

Above ``[timing]`` a file may also have ``source``, a text, and ``connectivity``, the pairs of qubits
that gates can act on (``[[0, 1], [1, 2]]``); without it gates act on all.

How long a gate takes and what it costs is here; its errors are in the noise model.
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from paultrap.compiler import Entangler
from paultrap.machines.errors import DeviceError

#: Of any backend: an answer's states are 64 bits wide.
MOST_QUBITS = 64

Seconds = Annotated[float, Meta(ge=0)]
Dollars = Annotated[float, Meta(ge=0)]
Qubit = Annotated[int, Meta(ge=0)]
Probability = Annotated[float, Meta(ge=0, le=1)]


class Timing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long things take, in seconds; t1 and t2 are how long a qubit keeps its state and phase."""

    one_qubit: Seconds
    two_qubit: Seconds
    readout: Seconds
    reset: Seconds
    t1: Seconds | None = None
    t2: Seconds | None = None


class Prices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a gate costs in one shot, and a job at least, in US dollars."""

    one_qubit: Dollars
    two_qubit: Dollars
    minimum: Dollars = 0.0


class PastCharacterization(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was published about the machine on some day.

    Attributes:
        date: The day on which the fidelities were published.
        source: Where it was published.
        one_qubit: The fidelity of gates on one qubit; ``two_qubit`` on two, ``spam`` of preparing
            and measuring.
        timing: The times of its gates in seconds, or None where they are those of today.
    """

    date: date
    source: Annotated[str, Meta(min_length=1)]
    one_qubit: Probability
    two_qubit: Probability
    spam: Probability
    timing: Timing | None = None


class Backend(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that a job can be addressed to.

    Attributes:
        name: The name that jobs and lists of backends have.
        qubits: How many it has; for the simulator, of a simulation without noise.
        status: Whether it takes jobs ("available"), does not, or never will again ("retired").
        entangler: The native gate on two qubits of an emulated QPU; the simulator takes both.
        noise_model: The name of the model of an emulated QPU's errors.
        characterized: The day that its numbers are of; None for the simulator.
        timing: The times of its gates in seconds; None for the simulator.
        connectivity: The pairs that gates can act on, or None for all.
        prices: What its gates cost, or None when they are free.
        source: Where the numbers come from.
        history: What was published about it before, each of another day.
    """

    name: str
    qubits: Annotated[int, Meta(ge=1, le=MOST_QUBITS)]
    status: Literal["available", "unavailable", "retired"]
    entangler: Entangler | None = None
    noise_model: str | None = None
    characterized: date | None = None
    timing: Timing | None = None
    connectivity: tuple[tuple[Qubit, Qubit], ...] | None = None
    prices: Prices | None = None
    source: str = ""
    history: tuple[PastCharacterization, ...] = ()

    def __post_init__(self) -> None:
        for one, other in self.connectivity or ():
            if one == other or max(one, other) >= self.qubits:
                raise ValueError(
                    f"connectivity: [{one}, {other}] is not two of qubits 0 to {self.qubits - 1}"
                )
        days = [each.date for each in self.history]
        if len(set(days)) < len(days):
            raise ValueError("history: two entries are of the same day")
        if self.characterized is not None and any(day >= self.characterized for day in days):
            raise ValueError(f"history: {max(days)} is not before {self.characterized}")

    @property
    def is_emulated(self) -> bool:
        """Whether it emulates a machine whose times, noise and prices are known."""
        return self.timing is not None

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The pairs that gates can act on, the lower qubit first, in order."""
        if self.connectivity is None:
            return [(a, b) for a in range(self.qubits) for b in range(a + 1, self.qubits)]
        return sorted({(min(pair), max(pair)) for pair in self.connectivity})


_NEEDED = ("entangler", "noise_model", "characterized", "timing")


def read_device(file: Path) -> Backend:
    """Return the emulated QPU in a TOML file; it is named after the file.

    Raises:
        DeviceError: The file is not such a device.
    """
    try:
        content = _checked(file, tomllib.loads(file.read_text("utf-8")))
        return msgspec.convert(content, Backend, builtin_types=(date,))
    except (OSError, ValueError) as error:
        raise DeviceError(f"device {file}: {error}") from error


def _checked(file: Path, content: dict[str, Any]) -> dict[str, Any]:
    """Return the file's content with its name; what the simulator can lack, a QPU cannot."""
    if not file.stem.startswith("qpu."):
        raise ValueError('the name of the file must begin with "qpu."')
    for field in _NEEDED:
        if field not in content:
            raise ValueError(f"{field}: missing")
    return {"name": file.stem} | content


def read_devices(folder: Path) -> dict[str, Backend]:
    """Return all emulated QPUs in a folder, by name.

    Raises:
        DeviceError: There is no such folder, or a file in it is not a device.
    """
    if not folder.is_dir():
        raise DeviceError(f"devices: there is no folder {folder}")
    return {file.stem: read_device(file) for file in sorted(folder.glob("*.toml"))}
