"""What can be wrong with files of machines and noise models, with plug-ins, and with the names in jobs."""

from paultrap.errors import Error


class MachinesError(Error, ValueError):
    """A file of a machine or noise model cannot be used; the message names the file and the field."""


class DeviceError(MachinesError):
    """The file of an emulated QPU cannot be used."""


class NoiseModelError(MachinesError):
    """The file of a noise model cannot be used."""


class UnknownModelError(Error, ValueError):
    """There is no noise model of this name; the message says which there are."""


class PluginError(Error, RuntimeError):
    """A plug-in backend cannot be used, has failed, or has returned an invalid answer."""
