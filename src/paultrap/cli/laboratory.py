"""What a laboratory adds of its own, for the commands that run jobs."""

from paultrap.backends import BackendError
from paultrap.cli.errors import CommandError
from paultrap.engine.noise import NoiseModelError
from paultrap.jobs import add_laboratory
from paultrap.jobs.devices import DeviceError
from paultrap.settings import Settings

__all__ = ["add_own"]


def add_own(settings: Settings) -> None:
    """Add the noise models, emulated QPUs and back ends that the settings and packages name.

    Raises:
        CommandError: One of them cannot be used.
    """
    try:
        add_laboratory(settings.noise_dir, settings.devices_dir)
    except (BackendError, DeviceError, NoiseModelError) as error:
        raise CommandError(" ".join(str(error).split())) from error
