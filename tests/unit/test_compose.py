"""The compose file and its balancer: as far as they can be read without Docker."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from paultrap.settings import SERVE, WORKER, flag_of, settings_of, variable_of

ROOT = Path(__file__).parents[2]
FILE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = FILE["services"]
OURS = {name: each for name, each in SERVICES.items() if each.get("image") == "paultrap:local"}


def test_there_are_a_database_a_balancer_two_servers_and_two_worker_hosts():
    assert SERVICES.keys() - OURS.keys() == {"database", "balancer"}
    assert [each["command"][0] for each in OURS.values()] == ["serve"] * 2 + ["worker"] * 2


def test_all_that_is_named_is_there():
    for each in SERVICES.values():
        assert set(each.get("secrets", ())) <= FILE["secrets"].keys()
        assert set(each["networks"]) <= FILE["networks"].keys()
        assert set(each.get("depends_on", ())) <= SERVICES.keys()
        for other, how in each.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in SERVICES[other]
        for volume in each.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source in FILE["volumes"] or (ROOT / source).is_file()


@pytest.mark.parametrize("name", OURS)
def test_its_flags_and_variables_are_settings(name):
    of_command = settings_of(SERVE if OURS[name]["command"][0] == "serve" else WORKER)
    flags = [each for each in OURS[name]["command"] if each.startswith("--")]
    assert set(flags) <= {flag_of(each) for each in of_command}
    variables = [each for each in OURS[name]["environment"] if each.startswith("PAULTRAP_")]
    assert set(variables) <= {variable_of(each) for each in of_command}
    assert not [value for value in OURS[name]["environment"].values() if "@" in value]


def test_nginx_takes_the_balancers_configuration(tmp_path):
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    text = (ROOT / "examples" / "compose" / "nginx.conf").read_text()
    for name in OURS:
        text = text.replace(f"{name}:8080", "127.0.0.1:8080")
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{text}\n}}\n")
    done = subprocess.run(
        ["nginx", "-t", "-p", str(tmp_path), "-c", str(whole)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
