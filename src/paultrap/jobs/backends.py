"""The backends whose names clients know. The QPUs among them are emulated: their noise is simulated."""

from pathlib import Path

from paultrap.jobs.devices import Backend, read_devices

__all__ = ["ALIASES", "BACKENDS", "Backend"]

_SHIPPED = Path(__file__).parent / "device_files"

BACKENDS: dict[str, Backend] = {
    "simulator": Backend(name="simulator", qubits=29, status="available"),
    **read_devices(_SHIPPED),
}

#: Names that clients send when their user names no machine.
ALIASES: dict[str, str] = {"qpu": "qpu.aria-1"}
