"""docs/how-to/tls.md: TLS, Unix sockets and reverse proxies, with the configurations as they are written there."""

import contextlib
import json
import re
import shutil
import ssl
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import trustme
from harness import RunningServer
from harness.ports import free_port
from harness.waiting import ended, until

from paultrap.store import Store

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "tls.md").read_text()
(PATH_OF_NGINX,) = re.findall(r"`(location /quantum/ .*?)`", PAGE)
BODY = {
    "type": "ionq.circuit.v1",
    "backend": "simulator",
    "input": {"qubits": 1, "circuit": [{"gate": "x", "target": 0}]},
}


class Certificate:
    """A certificate for this machine, and who trusts it."""

    def __init__(self, folder):
        authority = trustme.CA()
        own = authority.issue_cert("localhost", "127.0.0.1", "trap.example")
        self.chain = folder / "fullchain.pem"
        self.key = folder / "privkey.pem"
        self.both = folder / "both.pem"
        self.authority = folder / "ca.pem"
        own.private_key_pem.write_to_path(self.key)
        self.chain.write_bytes(b"".join(part.bytes() for part in own.cert_chain_pems))
        own.private_key_and_cert_chain_pem.write_to_path(self.both)
        authority.cert_pem.write_to_path(self.authority)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def start(tmp_path):
    servers = []

    def start_server(*flags, key=False):
        server = RunningServer(tmp_path / f"server-{len(servers)}", *flags)
        server.data_dir.mkdir()
        servers.append(server)
        server.start()
        if key:
            server.become_admin()
        return server

    yield start_server
    for server in servers:
        server.kill()


def run_a_job(client):
    job_id = client.post("/v0.4/jobs", json=BODY).raise_for_status().json()["id"]
    assert ended(client, job_id)["status"] == "completed"
    return client.get(f"/v0.4/jobs/{job_id}/results/probabilities").json()


def client_of(server, certificate, url=None):
    return httpx.Client(
        base_url=url or server.url.replace("http:", "https:"),
        headers=server.headers,
        verify=ssl.create_default_context(cafile=certificate.authority),
        timeout=30,
    )


@pytest.mark.parametrize("in_one_file", [False, True])
def test_jobs_run_over_tls(start, certificate, in_one_file):
    flags = ["--tls-cert", certificate.both]
    if not in_one_file:
        flags = ["--tls-cert", certificate.chain, "--tls-key", certificate.key]
    server = start(*map(str, flags))

    with client_of(server, certificate) as client:
        assert run_a_job(client) == {"1": 1.0}
    assert f"ready at https://127.0.0.1:{server.port}" in server.log()
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{server.url}/healthz")


@pytest.mark.parametrize("problem", ["missing", "no certificate", "another's key"])
def test_a_certificate_that_cannot_be_used_is_one_line(certificate, tmp_path, problem):
    files = {
        "missing": [tmp_path / "none.pem", certificate.key],
        "no certificate": [certificate.key, certificate.key],
        "another's key": [certificate.chain, Certificate(tmp_path).key],
    }[problem]
    command = [sys.executable, "-m", "paultrap", "serve", "--ephemeral", "--port", "0"]
    command += ["--tls-cert", str(files[0]), "--tls-key", str(files[1])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("paultrap: ")]
    assert str(files[0]) in line
    assert "Traceback" not in done.stderr


def test_no_key_is_made_by_a_server_that_cannot_start(certificate, tmp_path):
    command = [sys.executable, "-m", "paultrap", "serve", "--data-dir", str(tmp_path / "data")]
    command += ["--port", "0", "--tls-cert", str(certificate.key)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    with contextlib.closing(Store.open(tmp_path / "data" / "paultrap.db")) as store:
        assert store.keys.list_all() == []


def test_a_certificate_without_its_key_asks_for_it(certificate):
    command = [sys.executable, "-m", "paultrap", "serve", "--ephemeral", "--port", "0"]
    command += ["--tls-cert", str(certificate.chain)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert "--tls-key" in done.stderr


def test_jobs_run_over_a_unix_socket(start, tmp_path):
    path = tmp_path / "paultrap.sock"
    server = start("--uds", str(path), key=True)

    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    transport = httpx.HTTPTransport(uds=str(path))
    with httpx.Client(
        transport=transport, base_url="http://localhost", headers=server.headers, timeout=30
    ) as client:
        assert run_a_job(client) == {"1": 1.0}
        any_key = client.get("/v0.4/jobs", headers={"authorization": "apiKey any-key"})
        assert any_key.status_code == 401, "keys are required on a Unix socket"
    assert server.stop() == 0
    assert not path.exists()


def test_a_socket_in_use_is_refused_and_a_dead_one_replaced(start, tmp_path):
    path = tmp_path / "paultrap.sock"
    first = start("--uds", str(path))
    command = [sys.executable, "-m", "paultrap", "serve", "--ephemeral", "--uds", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert str(path) in done.stderr

    first.kill()
    assert path.is_socket()
    start("--uds", str(path))


@contextlib.contextmanager
def running(command, port):
    """Run a proxy until it listens, and end it."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            until(lambda: _answers(process, port))
            yield
        finally:
            process.terminate()


def _answers(process, port):
    assert process.poll() is None, process.stdout.read().decode()
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"https://127.0.0.1:{port}", verify=False) is not None
    return False


def configuration(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[1]


def assert_serves_behind(server, certificate, port):
    url = f"https://localhost:{port}"
    with client_of(server, certificate, url) as client:
        assert run_a_job(client) == {"1": 1.0}
        wrong = client.get("/v0.4/jobs", headers={"authorization": "apiKey any-key"})
        assert wrong.status_code == 401


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
@pytest.mark.parametrize("over", ["loopback", "unix"])
def test_the_page_s_nginx_serves_jobs(start, certificate, tmp_path, over):
    path = tmp_path / "paultrap.sock"
    flags = ["--forwarded-allow-ips", "127.0.0.1" if over == "loopback" else "unix"]
    flags += ["--auth", "required"] if over == "loopback" else ["--uds", str(path)]
    server = start(*flags, key=True)
    port = free_port()
    behind = f"127.0.0.1:{server.port}" if over == "loopback" else f"unix:{path}"
    site = (
        configuration("nginx")
        .replace("127.0.0.1:8080", behind)
        .replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
        .replace("/etc/ssl/trap.example/fullchain.pem", str(certificate.chain))
        .replace("/etc/ssl/trap.example/privkey.pem", str(certificate.key))
        .replace("location / {", f"{PATH_OF_NGINX}\n    location / {{")
    )
    places = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if Path(tmp_path).owner() == "root" else ""
    (tmp_path / "nginx.conf").write_text(
        f"daemon off;\n{user}pid {tmp_path}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{site}\n}}\n"
    )
    with running(["nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")], port):
        assert_serves_behind(server, certificate, port)
        with client_of(server, certificate, f"https://localhost:{port}") as client:
            del client.headers["authorization"]
            for path in ("/metrics", "/quantum/metrics"):
                assert client.get(path).status_code == 401, "it looks like this machine's request"


@pytest.mark.skipif(shutil.which("caddy") is None, reason="Caddy is not installed")
def test_the_page_s_caddy_serves_jobs(start, certificate, tmp_path):
    server = start("--auth", "required", "--forwarded-allow-ips", "127.0.0.1", key=True)
    port = free_port()
    site = (
        configuration("caddy")
        .replace("127.0.0.1:8080", f"127.0.0.1:{server.port}")
        .replace("trap.example {", f"https://localhost:{port} {{\n    bind 127.0.0.1")
        .replace("reverse_proxy", f"tls {certificate.chain} {certificate.key}\n    reverse_proxy")
    )
    (tmp_path / "Caddyfile").write_text(f"{{\n    admin off\n    auto_https off\n}}\n{site}")
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(tmp_path / "Caddyfile")]
    with running(command, port):
        assert_serves_behind(server, certificate, port)


def test_a_proxy_in_front_of_open_access_is_refused(start):
    server = start()

    refused = httpx.get(
        f"{server.url}/v0.4/jobs", headers=server.headers | {"x-forwarded-for": "203.0.113.9"}
    )
    assert refused.status_code == 403
    assert set(refused.json()) >= {"error", "message", "statusCode"}
    rebound = httpx.get(
        f"{server.url}/v0.4/jobs", headers=server.headers | {"host": "evil.example"}
    )
    assert rebound.status_code == 421
    assert rebound.headers["x-request-id"] == rebound.json()["requestId"]

    def logged():
        return [line for line in server.log_lines() if rebound.json()["requestId"] in line]

    (line,) = until(logged)  # A request's line is written after its answer.
    assert json.loads(line)["status"] == 421
    assert 'status="421"' in httpx.get(f"{server.url}/metrics").text


@pytest.mark.engine("sqlite")
def test_nobody_else_reads_the_files_of_a_data_folder(start):
    server = start()
    server.data_dir.chmod(0o755)
    with server.client() as client:
        run_a_job(client)

    files = [path for path in server.data_dir.iterdir() if path.name != "server.log"]
    assert {path.name for path in files} >= {"paultrap.db", "paultrap.db-wal", "first-key"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_the_first_key_is_in_a_file_where_there_is_no_terminal(start):
    server = start("--auth", "required")
    key = (server.data_dir / "first-key").read_text().strip()

    assert key not in server.log()
    assert str(server.data_dir / "first-key") in server.log()
    answer = httpx.get(f"{server.url}/v0.4/whoami", headers={"authorization": f"apiKey {key}"})
    assert answer.status_code == 200
