"""The environments that the clients live in: one for each client and version, made once.

Usage: python tests/clients/environments.py [NAME ...]   (names as in requirements/clients)

An environment is made again when its requirements or the interpreter have changed. Standard
library only, so that it can run before anything is installed.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements" / "clients"
CACHE = ROOT / ".venv-clients"


class SetupError(Exception):
    """An environment could not be made; the text says what failed."""


def names() -> list[str]:
    """Return every client with its version, such as ``qiskit-ionq-1.1.1``."""
    return sorted(path.stem for path in REQUIREMENTS.glob("*.txt"))


def python_of(name: str) -> Path:
    """Return the interpreter of a client's environment, which is made or renewed if need be."""
    requirements = REQUIREMENTS / f"{name}.txt"
    folder = CACHE / name
    python = folder / "bin" / "python"
    stamp = folder / "made-from"
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    _run(sys.executable, "-m", "venv", "--clear", folder)
    # The file names every package there is to install; some clients ask for more than they need.
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    _run(*pip, "--no-deps", "--require-hashes", "-r", requirements)
    stamp.write_text(wanted)
    return python


def _run(*command: str | Path) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SetupError(f"`{' '.join(words)}` failed:\n{done.stderr[-2000:]}")


if __name__ == "__main__":
    for each in sys.argv[1:] or names():
        print(python_of(each), flush=True)
