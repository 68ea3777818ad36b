"""Set up the environment that the Makefile works in; says what is missing and how to get it.

Usage: python3 scripts/bootstrap.py VENV run|dev|bench

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

MINIMUM = (3, 11)
ROOT = Path(__file__).resolve().parent.parent


def fail(problem: str, remedy: str) -> None:
    """Stop with a message that says what is missing and what to do next."""
    sys.exit(f"\npaultrap cannot be set up: {problem}\n  {remedy}\n")


def check_machine() -> None:
    """Stop unless the interpreter, its venv module and a C++ compiler are there."""
    if sys.version_info < MINIMUM:
        found = ".".join(map(str, sys.version_info[:2]))
        fail(
            f"it needs Python {MINIMUM[0]}.{MINIMUM[1]} or newer, and {sys.executable} is {found}.",
            "Install a newer one and name it: make PYTHON=python3.12 run",
        )
    try:
        import ensurepip  # noqa: F401, PLC0415
        import venv  # noqa: F401, PLC0415
    except ImportError:
        fail("Python's venv module is missing.", "On Debian and Ubuntu: apt install python3-venv")
    compiler = os.environ.get("CXX", "")
    if not any(shutil.which(name) for name in (compiler, "c++", "g++", "clang++") if name):
        fail("no C++ compiler was found.", "On Debian and Ubuntu: apt install g++")


def run(*command: str | Path) -> None:
    """Run a command and stop with its exit code where it fails."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if done.returncode:
        fail(
            f"`{' '.join(str(part) for part in command[:6])} ...` failed (its output is above).",
            "If a download failed, check the network to PyPI, then run make again.",
        )


def main(folder: str, kind: str) -> None:
    """Create the environment, install what ``kind`` pins, and build the package into it."""
    check_machine()
    target = ROOT / folder
    python = target / "bin" / "python"
    if not (target / "bin" / "pip").exists():  # Missing, or left half made.
        print(f"Creating the environment in {folder} ...", flush=True)
        run(sys.executable, "-m", "venv", "--clear", target)
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    print(f"Installing the pinned requirements ({kind}) ...", flush=True)
    run(*pip, "--require-hashes", "-r", f"requirements/{kind}.txt")
    if kind == "bench":
        return
    print("Compiling the kernels ...", flush=True)
    run(*pip, "--require-hashes", "-r", "requirements/build.txt")
    run(*pip, "--no-build-isolation", "--no-deps", "--editable", ".")


if __name__ == "__main__":
    main(*sys.argv[1:])
