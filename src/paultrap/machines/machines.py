"""The object that says what jobs can be addressed to, and which noise models there are."""

import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import msgspec

from paultrap import defaults
from paultrap.arguments import check_kind
from paultrap.engine import NoiseModel
from paultrap.machines.characterizations import Characterization, past_of, present_of
from paultrap.machines.devices import Backend, read_devices
from paultrap.machines.errors import DeviceError, UnknownModelError
from paultrap.machines.noise import IDEAL, read_models
from paultrap.machines.plugins import (
    DistantPlugin,
    PluginBackend,
    UnavailablePlugin,
    load_plugins,
    problem_of,
)

SIMULATOR = "simulator"
_DEVICES = Path(__file__).parent / "device_files"
_NOISE = Path(__file__).parent / "noise_files"

#: Names that clients send when their user names no machine.
ALIASES: Mapping[str, str] = MappingProxyType({"qpu": "qpu.aria-1"})


class Machines:
    """Backends, noise models and plug-ins. It never changes once it is made.

    Args:
        models: Noise models by name.
        devices: Emulated QPUs by name.
        plugins: Plug-in backends by name; the name of an emulated QPU, an alias or the simulator
            makes one unavailable.
        unavailable: Plug-ins that cannot be used.
        distant: Plug-ins on other machines. One takes the place of a plug-in of the same name here.

    Raises:
        DeviceError: A QPU names a noise model that does not fit it.
        TypeError: An argument is of another type; the message names it.

    Attributes:
        backends: What jobs can be addressed to, by name, the simulator first. The QPUs among them
            are emulated: their noise is simulated.
        models: Noise models by name.
        unavailable: The installed plug-ins that cannot be used, each with the reason.
    """

    def __init__(
        self,
        models: Mapping[str, NoiseModel],
        devices: Mapping[str, Backend],
        plugins: Mapping[str, PluginBackend] = MappingProxyType({}),
        unavailable: Sequence[UnavailablePlugin] = (),
        distant: Sequence[DistantPlugin] = (),
    ) -> None:
        _check_all("models", models, NoiseModel, "a noise model")
        _check_all("devices", devices, Backend, "an emulated QPU")
        _check_all("plugins", plugins, object, "a plug-in")
        for name, plugin in plugins.items():
            if problem := problem_of(plugin):
                raise TypeError(f"plugins[{name!r}]: {problem}")
        check_kind("unavailable", unavailable, Sequence, "a sequence of plug-ins")
        check_kind("distant", distant, Sequence, "a sequence of plug-ins")
        for number, each in enumerate(distant):
            check_kind(f"distant[{number}]", each, DistantPlugin, "a plug-in of another machine")
        for device in devices.values():
            _check_model(device, models)
        taken = {SIMULATOR, *devices, *ALIASES}
        self._devices = devices
        self._own = plugins
        self._installed = unavailable
        self._plugins = {name: each for name, each in plugins.items() if name not in taken}
        self._distant = {each.name: each for each in distant if each.name not in taken}
        self.unavailable = (
            *unavailable,
            *(
                UnavailablePlugin(name, f'another backend is called "{name}" too')
                for name in dict.fromkeys((*plugins, *(each.name for each in distant)))
                if name in taken
            ),
        )
        self.models = MappingProxyType(dict(models))
        self.backends: Mapping[str, Backend] = MappingProxyType(
            {
                SIMULATOR: Backend(name=SIMULATOR, qubits=defaults.QUBITS, status="available"),
                **devices,
                **{name: _backend_of(plugin) for name, plugin in self._plugins.items()},
                **{name: _backend_of(each, each.is_there) for name, each in self._distant.items()},
            }
        )

    @classmethod
    def shipped(cls) -> Self:
        """Return what comes with paultrap."""
        return cls(*_shipped())

    @classmethod
    def load(
        cls, noise_dir: Path | str | None = None, devices_dir: Path | str | None = None
    ) -> Self:
        """Return what comes with paultrap, what the site adds, and the installed plug-ins.

        A model or QPU of the site replaces a shipped one of the same name.

        Args:
            noise_dir: A folder of noise models; see `paultrap.machines.noise`.
            devices_dir: A folder of emulated QPUs; see `paultrap.machines.devices`.

        Raises:
            NoiseModelError: A noise model cannot be read.
            DeviceError: A QPU cannot be read, or names a noise model that does not fit it.
            TypeError: An argument is no path; the message names it.
        """
        models, devices = _shipped()
        if noise_dir is not None:
            models = {**models, **read_models(_folder("noise_dir", noise_dir))}
        if devices_dir is not None:
            devices = {**devices, **read_devices(_folder("devices_dir", devices_dir))}
        return cls(models, devices, *load_plugins())

    @property
    def plugins(self) -> Mapping[str, PluginBackend]:
        """The plug-in backends by name."""
        return MappingProxyType(self._plugins)

    def resolve(self, name: str) -> Backend | None:
        """Return the backend that a client calls ``name``, or None where there is none."""
        return self.backends.get(ALIASES.get(name, name))

    def available(self) -> list[Backend]:
        """Return the backends that take jobs, the simulator first."""
        return [each for each in self.backends.values() if each.status == "available"]

    def takes_jobs(self, backend: Backend) -> bool:
        """Return whether jobs for a backend are taken; those of a plug-in may have to wait for it."""
        distant = self._distant.get(backend.name)
        return backend.status == "available" if distant is None else distant.takes_jobs

    def absence_of(self, backend: Backend) -> str | None:
        """Return why nothing runs on a backend now, where a plug-in on another machine is missing."""
        distant = self._distant.get(backend.name)
        if distant is None or distant.is_there:
            return None
        if distant.takes_jobs:
            return "no worker that has it is there now; jobs for it wait"
        return "no worker that has it was there for some minutes"

    def is_plugin(self, name: str) -> bool:
        """Return whether the backend of this name is a plug-in, here or elsewhere."""
        return name in self._plugins or name in self._distant

    def plugin(self, name: str) -> PluginBackend | None:
        """Return the plug-in of this name that is installed here, or None where there is none."""
        return self._plugins.get(name)

    def with_distant(self, plugins: Sequence[DistantPlugin], *, own: bool = True) -> Self:
        """Return the same with the plug-ins of other machines, in the place of those it had.

        Args:
            plugins: The plug-ins on other machines.
            own: Whether those that are installed here can be used.
        """
        here = self._own if own else {}
        unavailable = self._installed if own else ()
        return type(self)(self.models, self._devices, here, unavailable, plugins)

    def noise_of(self, backend: str, asked: str) -> NoiseModel | None:
        """Return the noise that a job has, or None when its answer is exact.

        Args:
            backend: A name in ``backends``. A QPU has the noise of the machine that it emulates,
                whatever is asked for.
            asked: The model that the job names; `IDEAL` when it names none.

        Raises:
            UnknownModelError: There is no such model.
        """
        machine = self.backends[backend]
        name = asked if backend == SIMULATOR else machine.noise_model
        if name in {None, IDEAL}:
            return None
        if name not in self.models:
            known = ", ".join(f'"{each}"' for each in self.noise_names())
            raise UnknownModelError(f'there is no model "{name[:40]}"; there are {known}.')
        model = self.models[name]
        if backend == SIMULATOR or machine.qubits <= model.qubits:
            return model
        # The machine may be wider than what a model was published for.
        return msgspec.structs.replace(model, qubits=machine.qubits)

    def noise_names(self) -> list[str]:
        """Return what a job for the simulator can name as its noise."""
        return [IDEAL, *sorted(self.models)]

    def characterization_of(self, backend: Backend) -> Characterization | None:
        """Return a backend's newest characterization, or None where there is none."""
        model = self.models.get(backend.noise_model or "")
        return None if model is None else present_of(backend, model)

    def characterizations_of(self, backend: Backend) -> list[Characterization]:
        """Return all characterizations of a backend, newest first; the simulator has none."""
        newest = self.characterization_of(backend)
        return [] if newest is None else [newest, *past_of(backend, newest.timing)]


def _check_all(argument: str, values: Any, kind: type, wanted: str) -> None:
    """Raise a `TypeError` where an argument is no mapping of names to values of a kind."""
    check_kind(argument, values, Mapping, f"a mapping of names, each to {wanted}")
    for name, value in values.items():
        check_kind(f"{argument}[{name!r}]", value, kind, wanted)


def _folder(argument: str, value: Any) -> Path:
    check_kind(argument, value, (str, os.PathLike), "the path of a folder")
    return Path(value)


@cache
def _shipped() -> tuple[Mapping[str, NoiseModel], Mapping[str, Backend]]:
    """Return the shipped models and QPUs, which are the same however often they are read."""
    return MappingProxyType(read_models(_NOISE)), MappingProxyType(read_devices(_DEVICES))


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


def _backend_of(plugin: PluginBackend | DistantPlugin, is_there: bool = True) -> Backend:  # noqa: FBT001, FBT002
    return Backend(
        name=plugin.name,
        qubits=plugin.qubits,
        status="available" if is_there else "unavailable",
        entangler=plugin.entangler if plugin.gateset == "native" else None,
    )
