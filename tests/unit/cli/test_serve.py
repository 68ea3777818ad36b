"""How `paultrap serve` starts, refuses to start, and stops."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from harness import RunningServer


@pytest.fixture
def own_server(tmp_path):
    server = RunningServer(tmp_path).start()
    yield server
    server.kill()


def _to_process(server, sign):
    server.process.send_signal(sign)


def _to_group(server, sign):
    """Send a signal to the workers too, as a terminal does with Ctrl-C."""
    os.killpg(server.process.pid, sign)


@pytest.mark.parametrize(
    ("send", "sign"),
    [
        (_to_process, signal.SIGINT),
        (_to_process, signal.SIGTERM),
        (_to_group, signal.SIGINT),
        (_to_group, signal.SIGTERM),
    ],
)
def test_a_signal_stops_it_with_code_0_and_leaves_no_process(own_server, send, sign):
    workers = own_server.worker_pids()
    assert workers
    send(own_server, sign)
    assert own_server.process.wait(20) == 0
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    assert "Traceback" not in own_server.log()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_drops_its_temporary_folder(tmp_path, sign):
    command = [sys.executable, "-m", "paultrap", "serve", "--ephemeral", "--port", "0"]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        first = server.stdout.readline()
        assert list(tmp_path.iterdir())
        server.send_signal(sign)  # Perhaps before it serves: that must end well too.
        rest = server.stdout.read()
        assert server.wait(20) == 0
    assert first.startswith("paultrap is ready at http://127.0.0.1:")
    for client in ("qiskit-ionq", "cirq-ionq", "ionq-core", "curl"):
        assert client in rest
    assert not list(tmp_path.iterdir())


def test_a_busy_port_is_one_line(process, server):
    complaint = process("serve", "--port", server.port, "--ephemeral").complaint()
    assert f"127.0.0.1:{server.port}" in complaint
    assert "--port" in complaint


def test_a_data_directory_in_use_is_one_line(process, server):
    done = process("serve", "--port", 0, "--data-dir", server.data_dir)
    assert str(server.data_dir) in done.complaint()


def test_a_folder_in_the_place_of_a_database_is_one_line(process, tmp_path):
    done = process("serve", "--port", 0, "--database", tmp_path)
    assert f"{tmp_path} is a folder. Name it with --data-dir" in done.complaint()


def test_a_certificate_that_is_none_is_one_line(process, tmp_path):
    (tmp_path / "text.pem").write_text("no certificate")
    done = process("serve", "--port", 0, "--ephemeral", "--tls-cert", tmp_path / "text.pem")
    assert "not both there as PEM" in done.complaint()


def test_a_setting_that_cannot_be_is_one_line(process):
    assert "port" in process("serve", "--port", 70_000).complaint(2)


def test_a_host_that_is_none_is_one_line(process):
    done = process("serve", "--host", "no.such.host.invalid", "--ephemeral")
    complaint = done.complaint()
    assert "no.such.host.invalid" in complaint
    assert "--host" in complaint


def test_a_socket_in_no_folder_is_one_line(process, tmp_path):
    done = process("serve", "--uds", tmp_path / "none" / "paultrap.sock", "--ephemeral")
    assert "Make its folder" in done.complaint()


def test_tracing_without_its_extra_is_one_line(tmp_path):
    """As where only `paultrap` is installed: the import of OpenTelemetry fails."""
    code = (
        "import sys; sys.modules['opentelemetry'] = None; from paultrap.cli import main; "
        "sys.argv[1:] = ['serve', '--tracing', '--port', '0', '--data-dir', sys.argv[1]]; main()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert 'pip install ".[otel]"' in line


def test_without_tracing_nothing_of_opentelemetry_is_imported():
    code = (
        "import sys, paultrap.cli.serve, paultrap.worker.process, paultrap.api.app; "
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "[]\n"
