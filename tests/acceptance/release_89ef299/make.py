# ruff: noqa: E402, T201, PLW2901
"""Make what is in this folder: python make.py FOLDER.

It runs with the code of that release on the path, not with today's, and needs networkx and pyqir.
"""

import base64
import itertools
import json
import lzma
import shutil
import sqlite3
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pyqir
from litestar.testing import TestClient

from paultrap.jobs import planning

planning._CHUNK_CIRCUITS = 4  # small jobs have several chunks
from paultrap.api.app import create_app
from paultrap.jobs import execute
from paultrap.settings import Settings
from paultrap.store import Store

folder = Path(sys.argv[1])
rng = np.random.default_rng(89)

QASM3 = """OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[2] early; bit[2] late;
h q[0]; cx q[0], q[1];
early[0] = measure q[0];
reset q[0]; h q[0]; cx q[0], q[2];
early[1] = measure q[0];
ry(0.7) q[1];
late[0] = measure q[1]; late[1] = measure q[2];
"""
QASM2 = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[3]; creg c[3];
h q[0]; cx q[0],q[1]; u3(0.3,1.2,-0.4) q[2]; ccx q[0],q[1],q[2];
measure q -> c;
"""
ANSATZ = """OPENQASM 3.0;
include "stdgates.inc";
input float a; input float b;
qubit[3] q;
ry(a) q[0]; ry(b) q[1]; cx q[0], q[1]; rx(a) q[2]; cx q[1], q[2];
"""


def gates(width, n=14):
    found = []
    for _ in range(n):
        kind = rng.integers(6)
        a, b = (int(q) for q in rng.permutation(width)[:2])
        angle = float(rng.normal())
        found.append(
            [
                {"gate": "h", "target": a},
                {"gate": "rx", "target": a, "rotation": angle},
                {"gate": "rz", "target": a, "rotation": 40 * angle},
                {"gate": "cnot", "control": a, "target": b},
                {"gate": "zz", "targets": [a, b], "rotation": angle},
                {"gate": "t", "target": a},
            ][kind]
        )
    return found


def native(width, n=10):
    found = []
    for _ in range(n):
        a, b = (int(q) for q in rng.permutation(width)[:2])
        x, y = (float(v) for v in rng.random(2).round(3))
        found.append(
            [
                {"gate": "gpi", "target": a, "phase": x},
                {"gate": "gpi2", "target": a, "phase": y},
                {"gate": "gpi2", "target": b, "phase": y},
                {"gate": "ms", "targets": [a, b], "phases": [x, y], "angle": 0.2},
            ][rng.integers(4)]
        )
    return found


def qir():
    module = pyqir.SimpleModule("ghz", 3, 3)
    qis = pyqir.BasicQisBuilder(module.builder)
    qis.h(module.qubits[0])
    qis.cx(module.qubits[0], module.qubits[1])
    qis.rx(0.4, module.qubits[2])
    qis.cx(module.qubits[1], module.qubits[2])
    for qubit, result in zip(module.qubits, module.results, strict=True):
        qis.mz(qubit, result)
    return base64.b64encode(module.bitcode()).decode()


def several(n, width):
    return {
        "gateset": "qis",
        "qubits": width,
        "circuits": [{"circuit": gates(width)} for _ in range(n)],
    }


def circuit(width):
    return {"gateset": "qis", "qubits": width, "circuit": gates(width)}


def noisy(seed, model="aria-1"):
    return {"noise": {"model": model, "seed": seed}}


SIM = {"backend": "simulator"}
terms = [
    {"pauli_string": t, "coefficient": c}
    for t, c in (("ZIZ", 0.7), ("XXI", -0.4), ("IYY", 0.3), ("ZZI", 1.1), ("IXI", 0.25))
]
energy = {
    "data": {
        "type": "hamiltonian-energy",
        "data": {"hamiltonian": terms, "ansatz": {"data": ANSATZ}},
    },
    "params": [0.3, -1.2],
}
qaoa = {
    "type": "qctrl.qaoa.v1",
    "external_settings": {"api_credentials": "any"},
    "input": {
        "problem_type": "maxcut",
        "problem": nx.adjacency_data(nx.random_regular_graph(3, 6, seed=2)),
    },
}
v4, v3 = "/v0.4/jobs", "/v0.3/jobs"
one, multi = {"type": "ionq.circuit.v1"}, {"type": "ionq.multi-circuit.v1"}
JOBS = {
    # name: path, body, how many chunks are done
    "circuit": (v4, SIM | one | {"input": circuit(5)}, 0),
    "circuit of v0.3": (
        v3,
        {"target": "simulator", "shots": 300, "input": circuit(4)} | noisy(5),
        0,
    ),
    "circuits": (v4, SIM | multi | {"input": several(12, 4)}, 1),
    "noisy circuits": (v4, SIM | multi | {"shots": 500, "input": several(12, 4)} | noisy(11), 1),
    "noisy circuits, other model": (
        v4,
        SIM | multi | {"shots": 500, "input": several(8, 3)} | noisy(14, "forte-1"),
        1,
    ),
    "noisy native circuits": (
        v4,
        SIM
        | multi
        | {
            "shots": 300,
            "input": {
                "gateset": "native",
                "qubits": 3,
                "circuits": [{"circuit": native(3)} for _ in range(8)],
            },
        }
        | noisy(2),
        1,
    ),
    "OpenQASM 2": (v4, SIM | {"type": "ionq.qasm3.v1", "input": {"data": QASM2}}, 0),
    "OpenQASM 2, noisy": (
        v4,
        SIM | {"type": "ionq.qasm3.v1", "shots": 400, "input": {"data": QASM2}} | noisy(4),
        0,
    ),
    "OpenQASM 3": (v4, SIM | {"type": "ionq.qasm3.v1", "input": {"data": QASM3}}, 0),
    "OpenQASM 3, noisy": (
        v4,
        SIM | {"type": "ionq.qasm3.v1", "shots": 400, "input": {"data": QASM3}} | noisy(6),
        0,
    ),
    "QIR": (
        v4,
        SIM | {"type": "ionq.qir.v1", "shots": 400, "input": {"data": qir()}} | noisy(7),
        0,
    ),
    "energy": (v4, SIM | {"type": "quantum-function", "input": energy}, 0),
    "noisy energy": (
        v4,
        SIM | {"type": "quantum-function", "shots": 900, "input": energy} | noisy(8),
        0,
    ),
    "search": (v4, SIM | qaoa | {"shots": 200}, 2),
    "noisy search": (v4, SIM | qaoa | {"shots": 200} | noisy(9), 8),
    "debiased": (
        v4,
        {
            "backend": "qpu.aria-1",
            "shots": 600,
            "settings": {"error_mitigation": {"debiasing": True}},
        }
        | one
        | {"input": circuit(3)}
        | noisy(10),
        0,
    ),
    "debiased circuits": (
        v4,
        {
            "backend": "qpu.forte-1",
            "shots": 600,
            "settings": {"error_mitigation": {"debiasing": True}},
        }
        | multi
        | {"input": several(6, 3)}
        | noisy(12, "forte-1"),
        1,
    ),
    "in a session": (
        v4,
        {"backend": "qpu.aria-1", "shots": 200} | multi | {"input": several(6, 3)} | noisy(13),
        1,
    ),
}


class Bench:
    def __init__(self, store):
        self.store, self.callbacks = store, []

    def on_finished(self, callback):
        self.callbacks.append(callback)

    def start(self): ...
    def stop(self, drain_s): ...
    def check_leases(self): ...
    def is_alive(self):
        return True

    def wake(self): ...


def run(store, lease):
    answer = execute(lease.program, lease.sampling, readout=lease.readout, first_index=lease.first)
    return store.finish_chunk(lease, answer, 1_500)


def answers(store, job):
    found, inside = [], False
    for _, part, goes_on in store.results(job):
        if inside:
            found[-1] |= part.as_dict(0)
        else:
            found += [part.as_dict(k) for k in range(part.n_circuits)]
        inside = goes_on
    return found


path = folder / "paultrap.db"
store = Store.open(path, exclusive=True)
key = {"authorization": "apiKey a-key"}
ids = {}
earlier = itertools.count(0, -1)
with TestClient(create_app(Settings(), store, Bench(store))) as client:
    client.headers.update(key)
    session = client.post("/v0.4/sessions", json={"backend": "qpu.aria-1"}).json()
    print(session)
    for name, (route, body, done) in JOBS.items():
        if name == "in a session":
            body = body | {"session_id": session["id"]}
        answer = client.post(route, json=body)
        assert answer.is_success, (name, answer.text)
        ids[name] = answer.json()["id"]
        with sqlite3.connect(path) as c:
            print(
                name,
                c.execute(
                    "select count(*), max(stage) from chunks where job_id=?", [ids[name]]
                ).fetchone(),
                done,
            )
        for _ in range(done):
            with sqlite3.connect(path) as c:  # so that the next chunk is this job's
                c.execute(
                    "UPDATE chunks SET due_at = ? WHERE job_id = ?", [next(earlier), ids[name]]
                )
            lease = store.lease_chunk("maker", 600_000)
            assert lease.job_id == ids[name]
            assert run(store, lease)
    # One is leased by a worker that dies with the server.
    with sqlite3.connect(path) as c:
        c.execute(
            "UPDATE chunks SET due_at = ? WHERE job_id = ?", [next(earlier), ids["noisy energy"]]
        )
    assert store.lease_chunk("dead", 600_000).job_id == ids["noisy energy"]
store.close()

with sqlite3.connect(path) as c:
    c.execute("VACUUM")
    c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for name, id_ in ids.items():
        print(
            name,
            c.execute(
                "select status, circuits_done, circuits, chunks_open from jobs where id=?", [id_]
            ).fetchone(),
        )
copy = folder / "done.db"
shutil.copy(path, copy)
(folder / "paultrap.db.xz").write_bytes(lzma.compress(path.read_bytes(), preset=9))

store = Store.open(copy, exclusive=True)
while (lease := store.lease_chunk("maker", 600_000)) is not None:
    assert run(store, lease)
found = {}
with TestClient(create_app(Settings(), store, Bench(store))) as client:
    client.headers.update(key)
    for name, id_ in ids.items():
        job = client.get(f"/v0.4/jobs/{id_}").json()
        assert job["status"] == "completed", job
        record = store.get_job(job["project_id"], id_)
        found[name] = {
            "id": id_,
            "seeded": record.sampling is not None,
            "results": job["results"]
            if "qaoa_results" in (job["results"] or {}) or "value" in (job["results"] or {})
            else None,
            "answers": answers(store, record),
        }
store.close()
text = json.dumps(found).encode()
(folder / "answers.json.xz").write_bytes(lzma.compress(text, preset=9))
for each in folder.iterdir():
    print(each, each.stat().st_size)
