"""Where jobs can run: the simulator, emulated QPUs and plug-ins, and which noise models there are.

All of it is a `Machines`, an object that whoever runs jobs makes and passes on: a process can have
several. It knows no jobs, no HTTP and no settings.
"""

from paultrap.machines.characterizations import Characterization, Fidelity
from paultrap.machines.chunks import Chunk
from paultrap.machines.devices import Backend, Prices, Timing
from paultrap.machines.errors import (
    DeviceError,
    MachinesError,
    NoiseModelError,
    PluginCircuitsError,
    PluginError,
    UnknownModelError,
)
from paultrap.machines.machines import ALIASES, SIMULATOR, Machines
from paultrap.machines.noise import IDEAL
from paultrap.machines.plugins import (
    DistantPlugin,
    FindPlugin,
    InstalledPlugins,
    PluginBackend,
    run_chunk,
)

__all__ = [
    "ALIASES",
    "IDEAL",
    "SIMULATOR",
    "Backend",
    "Characterization",
    "Chunk",
    "DeviceError",
    "DistantPlugin",
    "Fidelity",
    "FindPlugin",
    "InstalledPlugins",
    "Machines",
    "MachinesError",
    "NoiseModelError",
    "PluginBackend",
    "PluginCircuitsError",
    "PluginError",
    "Prices",
    "Timing",
    "UnknownModelError",
    "run_chunk",
]
