"""ionq-core's own integration suite, as its authors run it against the cloud, one test for each.

The suite is not in the wheel: it is taken from the source distribution of the same version, whose
hash stands in the client's requirements.
"""

import os
import re
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import ionq_core
import pytest
from clients.environments import ROOT

REQUIREMENTS = ROOT / "requirements" / "clients" / f"ionq-core-{ionq_core.__version__}.txt"
FOLDER = Path(sys.prefix) / "source"  # It lives and goes with the environment.


def source() -> Path:
    """Return the unpacked source distribution, which is fetched at the first call."""
    unpacked = FOLDER / f"ionq_core-{ionq_core.__version__}"
    if not unpacked.exists():
        FOLDER.mkdir(exist_ok=True)
        requirement = re.search(
            r"^ionq-core==.*(\n +--hash.*)+", REQUIREMENTS.read_text(), re.MULTILINE
        )
        only = FOLDER / "only.txt"
        only.write_text(requirement[0] + "\n")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        options = ["--no-binary", ":all:", "--no-build-isolation", "-d", FOLDER, "-r", only]
        subprocess.run([*pip, *options], check=True, timeout=300)
        with tarfile.open(next(FOLDER.glob("*.tar.gz"))) as archive:
            # Python before 3.11.4 has no filters.
            kept = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            archive.extractall(FOLDER, **kept)
    return unpacked


def suite(*options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider"]
    # It takes every warning for an error, and was made for HTTPS.
    for warning in ("UserWarning", "ResourceWarning", "pytest.PytestUnraisableExceptionWarning"):
        command += ["-W", f"ignore::{warning}"]
    return subprocess.run(
        [*command, "tests/integration", *options],
        cwd=source(),
        env=os.environ | settings,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "test_id" in metafunc.fixturenames:
        said = suite("--collect-only").stdout
        ids = [line for line in said.splitlines() if "::" in line]
        assert ids, said
        metafunc.parametrize("test_id", ids)


@pytest.fixture(scope="module")
def outcomes(server, tmp_path_factory) -> dict[str, ET.Element]:
    """Run the suite once; return the verdict on each of its tests."""
    bell = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
    body = {
        "type": "ionq.circuit.v1",
        "backend": "simulator",
        "input": {"qubits": 2, "circuit": bell},
    }
    for _ in range(3):  # It expects an account that has jobs already.
        job = server.post("/v0.4/jobs", body)
        while server.get(f"/v0.4/jobs/{job['id']}")["status"] != "completed":
            time.sleep(0.02)
    report = tmp_path_factory.mktemp("own") / "report.xml"
    suite(
        f"--junitxml={report}",
        IONQ_API_KEY=server.key,
        IONQ_API_URL=f"{server.url}/v0.4",
        IONQ_ORG_ID="local.paultrap",
    )
    cases = ET.parse(report).getroot().iter("testcase")
    return {f"{case.get('classname')}::{case.get('name')}": case for case in cases}


def test_the_clients_own_suite(outcomes, test_id):
    path, *names = test_id.split("::")
    prefix = path.removesuffix(".py").replace("/", ".")
    case = outcomes["::".join([".".join([prefix, *names[:-1]]), names[-1]])]
    for verdict in case:
        if verdict.tag == "skipped":
            pytest.skip(f"the suite itself says: {verdict.get('message')}")
        assert verdict.tag not in {"failure", "error"}, verdict.text
