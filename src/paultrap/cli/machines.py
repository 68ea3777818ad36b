"""What jobs can be addressed to, for the commands that run jobs."""

from paultrap.cli.errors import CommandError
from paultrap.machines import Machines, MachinesError
from paultrap.settings import Settings


def load_machines(settings: Settings) -> Machines:
    """Return what comes with paultrap, what the settings' folders hold, and installed plug-ins.

    Raises:
        CommandError: A file in one of the folders cannot be used.
    """
    try:
        return Machines.load(settings.noise_dir, settings.devices_dir)
    except MachinesError as error:
        raise CommandError(" ".join(str(error).split())) from error
