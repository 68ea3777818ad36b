"""The page on bad connections, run as written through one: a network that drops a third of all exchanges."""

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from harness import RunningServer, bad_network
from harness.bad_network import BadNetwork

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "bad-connection.md").read_text()
BLOCKS = re.findall(r"^```bash\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
DOCUMENTED = "http://127.0.0.1:8080"
# curl's `--json` is of 2022.
TOOLS = [shutil.which(tool) for tool in ("bash", "curl", "jq")]

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(None in TOOLS, reason="the page needs bash, curl and jq"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = RunningServer(tmp_path_factory.mktemp("bad")).start()
    yield server
    server.stop()


def run(folder, url, blocks):
    """Run blocks of the page one after the other in one shell; return what each prints."""
    mark = "==== the next block"
    script = "".join(f"echo '{mark}'\n{block}" for block in blocks).replace(DOCUMENTED, url)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [part.split("\n")[1:-1] for part in done.stdout.split(mark)[1:]]


def test_the_page_holds_on_a_bad_network(server, tmp_path):
    with BadNetwork(server.port, seed=4) as network:
        printed = run(tmp_path, network.url, BLOCKS)

    _, (job_id,), found, status, (aggregate,), (code,), (behind,), each, (retried,) = printed
    distributions = [{"1": 1.0}, {"0": 0.5, "6": 0.5}]
    assert found == [job_id]
    assert status == ["completed"]
    assert json.loads(aggregate) == [pytest.approx(one) for one in distributions]
    assert " 304 " in code
    assert json.loads(behind) == [pytest.approx(distributions[1])]
    assert [json.loads(one) for one in each] == [pytest.approx(one) for one in distributions]
    assert "is completed: no circuit has failed" in retried
    assert network.dropped.total() > 0
    with server.client() as client:
        assert [job["id"] for job in client.get("/v0.4/jobs?name=walk-0001").json()["jobs"]] == [
            job_id
        ]


def test_a_large_download_is_resumed_where_it_broke_off(server, tmp_path, monkeypatch):
    """The page's own loop, on a result of half a megabyte, and a server that starts again meanwhile."""
    turns = [{"gate": "ry", "target": q, "rotation": 0.3 + q} for q in range(14)]
    body = {
        "type": "ionq.circuit.v1",
        "backend": "simulator",
        "input": {"qubits": 14, "circuit": turns},
    }
    with server.client() as client:
        job_id = client.post("/v0.4/jobs", json=body).json()["id"]
        while client.get(f"/v0.4/jobs/{job_id}").json()["status"] != "completed":
            time.sleep(0.05)
        path = f"/v0.4/jobs/{job_id}/results/probabilities"
        whole = client.get(path)
    (block,) = (block for block in BLOCKS if "If-Range" in block)
    lines = block.replace("RESULT=", f"RESULT=$PAULTRAP{path} #").splitlines()
    lines[-1] = "echo done"
    server.kill()
    server.start()
    with server.client() as client:
        assert client.head(path).headers["etag"] == whole.headers["etag"]
        unchanged = {"if-none-match": whole.headers["etag"]}
        assert client.get(path, headers=unchanged).status_code == 304
    monkeypatch.setattr(bad_network, "MOMENTS", ["in the answer"])
    monkeypatch.setattr(bad_network, "_PACKET_BYTES", 100_000)

    with BadNetwork(server.port, seed=4, share=0.8, bits_per_s=2e7) as network:
        run(tmp_path, network.url, [BLOCKS[0], "\n".join(lines) + "\n"])

    assert len(whole.content) > 300_000
    assert (tmp_path / "result.json").read_bytes() == whole.content
    assert network.dropped["in the answer"] > 0


@pytest.mark.parametrize(("job", "begun"), [(None, "abc"), ("gone", "")])
def test_a_download_ends_that_cannot_go_on(server, tmp_path, job, begun):
    """The result has changed since it was begun, or its job is gone."""
    submitted, wait, block = BLOCKS[1], BLOCKS[3], BLOCKS[4]
    assert "If-Range" in block
    lines = block.splitlines()[:-1]
    begin = lines.index(": > result.json")
    lines[begin] = f"printf '{begun}' > result.json; TAG='\"another\"'"
    as_typed = "set +eo pipefail"
    script = "\n".join([as_typed, f"JOB={job}" if job else "", *lines, "echo ended", ""])

    printed = run(tmp_path, server.url, [BLOCKS[0], submitted, wait, script])

    assert printed[-1] == ["ended"]
    assert (tmp_path / "result.json").read_text() == begun


def test_what_is_wrong_is_said_once_and_not_tried_again(server, tmp_path):
    wrong = BLOCKS[1].replace('"gate": "ry"', '"gate": "yr"').replace("walk-0001", "walk-0002")
    began = wrong.replace("JOB=$(", "set +e; JOB=$(").replace('echo "$JOB"', 'echo "[$JOB]"')
    script = began.replace("| jq -r .id)", "2>&1 | jq -r .message)")

    (printed,) = run(tmp_path, server.url, [BLOCKS[0], script])[1:]

    assert "circuit 0" in printed[-1]
