"""The password of the database: where it may be, and where it never is."""

import contextlib
import sys
from urllib.parse import urlsplit

import psutil
import pytest
from harness import RunningServer, places
from harness.lossy import job_named
from harness.waiting import ended
from harness.worker_host import RunningWorkerHost

pytestmark = pytest.mark.skipif(
    not places.ON_POSTGRESQL, reason="a file has no password: PAULTRAP_TEST_ON=postgresql"
)


def in_the_url(url, _folder):
    return url.geturl(), {}


def in_a_file_of_passwords(url, folder):
    file = folder / "pgpass"
    file.write_text(f"{url.hostname}:{url.port}:*:{url.username}:{url.password}\n")
    file.chmod(0o600)
    place = url._replace(netloc=f"{url.username}@{url.hostname}:{url.port}").geturl()
    return place, {"PGPASSFILE": str(file)}


def in_a_service(url, folder):
    file = folder / "services"
    named = {
        "host": url.hostname,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "dbname": url.path.removeprefix("/"),
    }
    file.write_text("[trap]\n" + "".join(f"{name}={value}\n" for name, value in named.items()))
    return "postgresql:///?service=trap", {"PGSERVICEFILE": str(file)}


def command_lines():
    """Return the command lines of all processes of this machine that can be seen."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            found.append(" ".join(process.cmdline()))
    return found


@pytest.mark.parametrize("given", [in_the_url, in_a_file_of_passwords, in_a_service])
def test_servers_workers_and_their_processes_use_it_and_show_it_nowhere(
    tmp_path, given, monkeypatch
):
    url = urlsplit(places.place_in(tmp_path))
    place, variables = given(url, tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)  # for what this process asks the database, too
    verbose = {"PAULTRAP_LOG_LEVEL": "debug", "PAULTRAP_DATABASE": place}
    server = RunningServer(tmp_path, "--workers", "1", environment=verbose)
    host = RunningWorkerHost(tmp_path, place, environment=verbose)
    try:
        server.start()
        host.start()
        with server.client() as client:
            answer = client.post("/v0.4/jobs", content=job_named("small"))
            assert ended(client, answer.json()["id"])["status"] == "completed"
            told = client.get("/readyz").text + client.get("/paultrap/workers").text
        lines = command_lines()
    finally:
        host.kill()
        server.kill()
        places.drop_those_in(tmp_path)

    assert any("paultrap" in line and sys.executable in line for line in lines)
    assert not [line for line in lines if url.password in line]
    assert url.password not in told
    assert url.password not in server.log() + host.log()
