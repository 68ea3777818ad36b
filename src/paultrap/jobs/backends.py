"""What jobs can be addressed to, and which noise there is: shipped, and of a laboratory's own.

The QPUs that come with paultrap are emulated: their noise is simulated. A process adds what its
laboratory has once, as it starts, before it looks anything up.
"""

from collections.abc import Mapping
from pathlib import Path

from paultrap.backends import BackendError, OwnBackend, own_backends
from paultrap.engine.noise import NoiseModel, noise_models
from paultrap.jobs.devices import Backend, DeviceError, read_devices

__all__ = ["ALIASES", "BACKENDS", "MODELS", "SIMULATOR", "Backend", "add_laboratory", "is_own"]

SIMULATOR = "simulator"
_SHIPPED = Path(__file__).parent / "device_files"

#: By name, the simulator first.
BACKENDS: dict[str, Backend] = {
    SIMULATOR: Backend(name=SIMULATOR, qubits=29, status="available"),
    **read_devices(_SHIPPED),
}

#: Noise models by name.
MODELS: dict[str, NoiseModel] = dict(noise_models())

#: Names that clients send when their user names no machine.
ALIASES: dict[str, str] = {"qpu": "qpu.aria-1"}

_own: set[str] = set()


def is_own(name: str) -> bool:
    """Return whether a back end is not paultrap's but a laboratory's own program or machine."""
    return name in _own


def add_laboratory(noise_dir: Path | None = None, devices_dir: Path | None = None) -> None:
    """Add a laboratory's noise models, emulated QPUs and installed back ends, or nothing at all.

    What has the name of something shipped takes its place.

    Args:
        noise_dir: A folder of noise models; see `paultrap.engine.noise`.
        devices_dir: A folder of emulated QPUs; see `paultrap.jobs.devices`.

    Raises:
        NoiseModelError: A noise model cannot be read.
        DeviceError: A QPU cannot be read, or names a noise model that does not fit it.
        BackendError: An installed back end cannot be used, or its name is taken.
    """
    models = noise_models(noise_dir)
    devices = {} if devices_dir is None else read_devices(devices_dir)
    for device in devices.values():
        _check_model(device, models)
    own = own_backends()
    taken = {*BACKENDS, *devices, *ALIASES} - _own
    for name in own:
        if name in taken:
            raise BackendError(f'back end "{name}": this name is taken')
    MODELS.update(models)
    BACKENDS.update(devices)
    BACKENDS.update({name: _backend_of(backend) for name, backend in own.items()})
    _own.update(own)


def _check_model(device: Backend, models: Mapping[str, NoiseModel]) -> None:
    model = models.get(device.noise_model or "")
    if model is None:
        known = ", ".join(sorted(models))
        raise DeviceError(
            f'device {device.name}: noise_model: there is no model "{device.noise_model}"; '
            f"there are {known}"
        )
    if model.entangler != device.entangler:
        raise DeviceError(
            f'device {device.name}: entangler: "{device.entangler}", but its noise model '
            f'"{model.name}" has "{model.entangler}"'
        )


def _backend_of(own: OwnBackend) -> Backend:
    return Backend(
        name=own.name,
        qubits=own.qubits,
        status="available",
        entangler=own.entangler if own.gateset == "native" else None,
    )
