"""What can be wrong with files of machines and noise models, with plug-ins, and with the names in jobs."""

from collections.abc import Mapping

from paultrap.circuits import Distributions
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


class PluginCircuitsError(PluginError):
    """A plug-in backend has failed for some circuits of a chunk; the message names the first.

    Attributes:
        failures: What is wrong with each of them, by its index in the chunk.
        answers: The answers of the others, in their order.
    """

    def __init__(self, message: str, failures: Mapping[int, str], answers: Distributions) -> None:
        super().__init__(message)
        self.failures = failures
        self.answers = answers
