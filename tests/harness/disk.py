"""A disk of a few megabytes that a server has to itself: a tmpfs in a mount namespace of its own."""

import contextlib
import subprocess
from functools import cache
from pathlib import Path

__all__ = ["SmallDisk", "can_mount"]

_UNSHARE = ("unshare", "--user", "--map-root-user", "--mount")
_MOUNT = "mount -t tmpfs -o size={size} none {folder}"


@cache
def can_mount() -> bool:
    """Return whether this user may mount a file system within a namespace, as many machines allow."""
    command = [*_UNSHARE, "sh", "-c", _MOUNT.format(size="1m", folder="/mnt")]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


class SmallDisk:
    """A disk at a folder, seen by one process and those that it starts.

    Args:
        folder: Where the disk is to be.
        size: Its size as `mount` takes it, such as "8m".
        is_full: Whether it is full from the start: behind the files of the folder that it hides.
    """

    def __init__(self, folder: Path, size: str, *, is_full: bool = False) -> None:
        self._folder = folder
        mount = _MOUNT.format(size=size, folder='"$0"')
        # What lies in the folder can still be read by the name of the folder that a shell is in.
        fill = 'cp -r . "$0" && { cat /dev/zero > "$0/filler"; } 2>/dev/null;' if is_full else ""
        script = f'cd "$0" && {mount} && {{ {fill} cd "$OLDPWD" && exec "$@"; }}'
        #: What a command has to begin with, to run on the disk.
        self.prefix = [*_UNSHARE, "sh", "-c", script, str(folder)]

    def _filler(self, pid: int) -> Path:
        return Path(f"/proc/{pid}/root{self._folder}/filler")

    def fill(self, pid: int) -> None:
        """Leave no byte of the disk of a process."""
        with self._filler(pid).open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(1 << 12)):
                pass

    def free(self, pid: int) -> None:
        """Take away what has filled it."""
        self._filler(pid).unlink()
