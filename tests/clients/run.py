"""Run the suite of each client, in a separate environment, against a separate server.

Usage: python tests/clients/run.py [NAME ...]   (names as in requirements/clients)

Prints a line for each client, its version, and how many of its tests passed; what a suite had to
say stands above that line where something failed.
"""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree as ET

from clients.environments import ROOT, SetupError, names, python_of
from clients.serving import served

HERE = Path(__file__).resolve().parent
PATIENCE_S = 900


def run_all(chosen: list[str]) -> bool:
    """Run the suites one after the other, while environments that are missing are made."""
    with ThreadPoolExecutor(max_workers=3) as pool:
        pythons = [(name, pool.submit(python_of, name)) for name in chosen]
        return all([run(name, python) for name, python in pythons])  # noqa: C419  # run each of them


def run(name: str, made: Future[Path]) -> bool:
    """Return whether all tests of a client passed."""
    client, _, version = name.rpartition("-")
    try:
        python = made.result()
    except SetupError as error:
        print(f"{client} {version} could not be installed: {error}", flush=True)
        return False
    with tempfile.TemporaryDirectory(prefix="paultrap-") as folder:
        report = Path(folder) / "report.xml"
        with served(Path(folder)) as told:
            said = _test(python, HERE / client, report, told)
        passed, skipped, total = _counted(report)
    is_good = total > 0 and passed + skipped == total
    if not is_good:
        print(said, flush=True)
    left_out = f" ({skipped} skipped)" if skipped else ""
    print(f"{client} {version} {passed}/{total - skipped}{left_out}", flush=True)
    if skipped and is_good:
        print("\n".join(line for line in said.splitlines() if line.startswith("SKIPPED")))
    return is_good


def _test(python: Path, folder: Path, report: Path, told: dict[str, str]) -> str:
    command = [
        python,
        "-m",
        "pytest",
        "-q",
        "--disable-warnings",
        "--durations=8",
        "-p",
        "no:cacheprovider",
    ]
    # The root is above: by its name alone a folder would hide the client's own package.
    command += ["-c", HERE / "conformance.ini", "--rootdir", ROOT, f"--junitxml={report}", folder]
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=ROOT,
            env=os.environ | told,
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        return f"The suite of {folder.name} has not come to an end in {PATIENCE_S} s."
    return done.stdout + done.stderr


def _counted(report: Path) -> tuple[int, int, int]:
    """Return the numbers of tests that passed, were skipped, and were there."""
    if not report.exists():
        return 0, 0, 0
    suites = list(ET.parse(report).getroot().iter("testsuite"))
    total, skipped, *bad = (
        sum(int(suite.get(key, 0)) for suite in suites)
        for key in ("tests", "skipped", "failures", "errors")
    )
    return total - skipped - sum(bad), skipped, total


if __name__ == "__main__":
    sys.exit(0 if run_all(sys.argv[1:] or names()) else 1)
