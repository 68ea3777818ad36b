"""ionq-core, IonQ's own generated client: circuits, lists, sessions and refusals."""

import asyncio
import uuid
from typing import Any

import ionq_core.gates
import numpy as np
import pytest
from clients.common import METADATA, NAME, QPUS
from clients.ionq_core_jobs import (
    AGGREGATE,
    PROBABILITIES,
    artifact,
    finish,
    multi,
    probabilities,
    single,
    submit,
    uneven,
)
from independent.wire import distribution
from ionq_core import (
    AuthenticationError,
    BadRequestError,
    IonQClient,
    JobFailedError,
    NotFoundError,
    SessionManager,
    async_wait_for_job,
    iter_jobs,
    wait_for_job,
)
from ionq_core.api.backends import get_backend, get_backends
from ionq_core.api.default import (
    cancel_job,
    cancel_jobs,
    create_job,
    delete_job,
    delete_jobs,
    get_job,
    get_job_artifact,
    get_job_probabilities,
    get_jobs,
    get_session_jobs,
    get_sessions,
)
from ionq_core.api.whoami import get_whoami
from ionq_core.models.jobs_bulk_operation_request import JobsBulkOperationRequest
from ionq_core.models.multi_circuit_job import MultiCircuitJob
from ionq_core.models.single_circuit_job import SingleCircuitJob


def test_a_single_circuit_gives_the_exact_distribution(client):
    circuit = uneven(4, 0.1)
    job = finish(client, single(circuit, 4, name="one", shots=100))
    assert isinstance(job, SingleCircuitJob)
    assert (job.status, job.name, job.backend) == ("completed", "one", "simulator")
    assert job.failure is None
    assert job.stats.qubits == 4
    truth = pytest.approx(distribution(circuit, 4), abs=1e-9)
    assert probabilities(client, job.id) == truth
    assert artifact(client, job, PROBABILITIES) == truth


@pytest.mark.parametrize("size", [1, 2, 50, 300])
def test_a_batch_has_results_and_names_in_order(client, size):
    widths = [1 + i % 6 for i in range(size)]
    circuits = [uneven(width, 0.037 * i) for i, width in enumerate(widths)]
    entries = [
        {"name": f"circuit {i}", "circuit": circuit, "qubits": width}
        for i, (circuit, width) in enumerate(zip(circuits, widths, strict=True))
    ]
    job = finish(client, multi(entries, name="batch"))
    assert isinstance(job, MultiCircuitJob)
    assert job.stats.circuits == len(job.child_job_ids) == size
    everything = artifact(client, job, AGGREGATE)
    assert list(everything) == job.child_job_ids
    for i, child_id in enumerate(job.child_job_ids):
        truth = pytest.approx(distribution(circuits[i], widths[i]), abs=1e-9)
        assert everything[child_id] == truth
        if i % 20 == 0:
            child = get_job.sync(child_id, client=client)
            assert isinstance(child, SingleCircuitJob)
            assert (child.status, child.name) == ("completed", f"circuit {i}")
            assert (child.parent_job_id, child.stats.qubits) == (job.id, widths[i])
            assert probabilities(client, child_id) == truth
            assert artifact(client, child, PROBABILITIES) == truth


def test_a_jobs_name_and_metadata_survive_to_the_byte(client):
    job = finish(client, single(uneven(2, 0.1), 2, name=NAME, metadata=METADATA))
    assert job.metadata.additional_properties == METADATA
    assert job.name == NAME


GATES = [
    *({"gate": name, "target": 1} for name in ("h", "not", "x", "y", "z")),
    *({"gate": name, "target": 2} for name in ("s", "si", "t", "ti", "v", "vi")),
    {"gate": "rx", "target": 0, "rotation": 0.81},
    {"gate": "ry", "targets": [1], "rotation": -1.3},
    {"gate": "rz", "target": 2, "rotation": 2.2},
    {"gate": "cnot", "control": 3, "target": 0},
    {"gate": "swap", "targets": [0, 3]},
    {"gate": "xx", "targets": [0, 2], "rotation": 0.58},
    {"gate": "yy", "targets": [3, 1], "rotation": 1.23},
    {"gate": "zz", "targets": [1, 2], "rotation": -0.94},
    {"gate": "x", "targets": [0], "controls": [3, 1]},
    {"gate": "ry", "targets": [2], "controls": [0, 3], "rotation": 1.7},
    {"gate": "z", "target": 1, "control": 2},
]


def test_every_gate_acts_as_its_matrix(client):
    mixing = [{"gate": "rx", "target": q, "rotation": 0.9 + 0.23 * q} for q in range(4)]
    circuits = [[*uneven(4, 0.2), gate, *mixing] for gate in GATES]
    circuits.append([*uneven(4, 0.2), *GATES, *mixing])
    job = finish(client, multi([{"circuit": circuit, "qubits": 4} for circuit in circuits]))
    found = artifact(client, job, AGGREGATE)
    for circuit, child in zip(circuits, job.child_job_ids, strict=True):
        assert found[child] == pytest.approx(distribution(circuit, 4), abs=1e-9), circuit


NATIVE_GATES = [
    {"gate": "gpi", "target": 0, "phase": 0.31},
    {"gate": "gpi2", "target": 1, "phase": 0.67},
    {"gate": "ms", "targets": [0, 1], "phases": [0.11, 0.37], "angle": 0.2},
    {"gate": "ms", "targets": [0, 1], "phases": [0.41, 0.05]},
    {"gate": "zz", "targets": [0, 1], "angle": 0.17},
]


def matrix_of(gate: dict[str, Any]) -> np.ndarray:
    """Return the client's own matrix of a gate, on two qubits of which the first is the higher."""
    gates = ionq_core.gates
    if gate["gate"] == "ms":
        return np.array(gates.ms_matrix(*gate["phases"], gate.get("angle", 0.25)))
    if gate["gate"] == "zz":
        return np.array(gates.zz_matrix(gate["angle"]))
    one = np.array(
        {"gpi": gates.gpi_matrix, "gpi2": gates.gpi2_matrix}[gate["gate"]](gate["phase"])
    )
    return np.kron(one, np.eye(2)) if gate["target"] == 0 else np.kron(np.eye(2), one)


@pytest.mark.parametrize("count", range(1, len(NATIVE_GATES) + 1))
def test_native_gates_act_as_the_clients_own_matrices(client, count):
    circuit = [
        {"gate": "gpi2", "target": 0, "phase": 0.07},
        {"gate": "gpi2", "target": 1, "phase": 0.26},
        *NATIVE_GATES[:count],
        {"gate": "gpi2", "target": 0, "phase": 0.83},
        {"gate": "gpi2", "target": 1, "phase": 0.56},
    ]
    state = np.array([1, 0, 0, 0], dtype=complex)
    for gate in circuit:
        state = matrix_of(gate) @ state
    truth = {str((k & 1) << 1 | k >> 1): float(abs(a) ** 2) for k, a in enumerate(state)}

    job = finish(client, single(circuit, 2, gateset="native"))

    found = probabilities(client, job.id)
    assert {**dict.fromkeys(truth, 0), **found} == pytest.approx(truth, abs=1e-9)


def test_gatesets_mix_in_one_job(client):
    qis, native = uneven(2, 0.4), NATIVE_GATES[1:4]
    circuits = [
        {"circuit": qis, "qubits": 2},
        {"circuit": native, "qubits": 2, "gateset": "native"},
    ]
    job = finish(client, multi(circuits))
    first, second = job.child_job_ids
    assert probabilities(client, first) == pytest.approx(distribution(qis, 2), abs=1e-9)
    assert probabilities(client, second) == pytest.approx(
        distribution(native, 2, "native"), abs=1e-9
    )


def test_jobs_are_listed_page_by_page_newest_first(client):
    mine = [submit(client, single(uneven(1, 0.1 * i), 1)) for i in range(8)]
    listed = [job.id for job in iter_jobs(client, limit=3)]
    assert len(listed) == len(set(listed))
    assert [job_id for job_id in listed if job_id in mine] == mine[::-1]
    page = get_jobs.sync(client=client, limit=3)
    assert len(page.jobs) == 3
    assert page.next_ is not None
    assert get_jobs.sync(client=client, ids=mine[:2], limit=10).next_ is None


def test_jobs_are_found_by_id_status_and_parent(client):
    job = finish(client, multi([{"circuit": uneven(1, 0.1 * i), "qubits": 1} for i in range(5)]))
    other = submit(client, single(uneven(2, 0.2), 2))
    assert {j.id for j in get_jobs.sync(client=client, ids=[job.id, other]).jobs} == {job.id, other}
    children = get_jobs.sync(client=client, parent_job_id=job.id, limit=100).jobs
    assert sorted(child.id for child in children) == sorted(job.child_job_ids)
    completed = list(iter_jobs(client, status="completed"))
    assert job.id in {each.id for each in completed}
    assert {each.status for each in completed} == {"completed"}


def test_canceled_and_deleted_one_by_one_and_in_bulk(client, server):
    with server.paused_workers():
        ids = [submit(client, single(uneven(3, 0.3 + 0.01 * i), 3)) for i in range(4)]
        assert cancel_job.sync(ids[0], client=client).status == "canceled"
        rest = JobsBulkOperationRequest(ids=ids[1:])
        assert cancel_jobs.sync(client=client, body=rest).status == "canceled"
    assert wait_for_job(client, ids[0], poll_interval=0.02).status == "canceled"
    assert {get_job.sync(job_id, client=client).status for job_id in ids} == {"canceled"}
    assert delete_job.sync(ids[0], client=client).status == "deleted"
    assert delete_jobs.sync(client=client, body=rest).status == "deleted"
    for job_id in ids:
        with pytest.raises(NotFoundError):
            get_job.sync(job_id, client=client)


def test_a_canceled_batch_takes_its_circuits_along(client, server):
    circuits = [{"circuit": uneven(3, 0.01 * i), "qubits": 3} for i in range(10)]
    with server.paused_workers():
        job_id = submit(client, multi(circuits))
        canceled = cancel_job.sync(job_id, client=client)
    assert (canceled.id, canceled.status) == (job_id, "canceled")
    job = wait_for_job(client, job_id, poll_interval=0.02, timeout=60)
    assert job.status == "canceled"
    assert {get_job.sync(child, client=client).status for child in job.child_job_ids} == {
        "canceled"
    }


def test_a_deleted_job_takes_its_children_and_results_along(client):
    job = finish(client, multi([{"circuit": uneven(1, 0.1 * i), "qubits": 1} for i in range(2)]))
    assert delete_job.sync(job.id, client=client).status == "deleted"
    for job_id in (job.id, *job.child_job_ids):
        with pytest.raises(NotFoundError):
            get_job.sync(job_id, client=client)
        with pytest.raises(NotFoundError):
            get_job_probabilities.sync(job_id, client=client)
    with pytest.raises(NotFoundError):
        get_job_artifact.sync_detailed(job.id, job.results[AGGREGATE].id, client=client)
    assert job.id not in {listed.id for listed in iter_jobs(client)}


def test_a_failed_job_raises_the_clients_own_error(client, server):
    circuit = []
    for step in range(40):
        for q in range(26):
            circuit.append({"gate": "ry", "target": q, "rotation": 0.1 * step + 0.3 * q})
            circuit.append({"gate": "cnot", "control": q, "target": (q + 1) % 26})
    with server.crashing_workers(), pytest.raises(JobFailedError) as error:
        finish(client, single(circuit, 26))
    assert "stopped the worker" in error.value.failure.message


def test_an_unknown_job_is_not_found(client):
    with pytest.raises(NotFoundError) as error:
        get_job.sync(str(uuid.uuid4()), client=client)
    assert error.value.body["statusCode"] == 404
    assert error.value.request_id


def test_a_bad_gate_is_named_with_its_circuit(client):
    entries = [{"circuit": uneven(2, 0.1 * i), "qubits": 2} for i in range(5)]
    entries[3]["circuit"] = [*uneven(2, 0.3), {"gate": "cnot", "control": 0, "target": 8}]
    with pytest.raises(BadRequestError) as error:
        create_job.sync(client=client, body=multi(entries))
    assert "circuit 3, gate 6 (cnot)" in error.value.message
    assert "8" in error.value.message


def test_the_asynchronous_client_works_alike(client):
    circuits = [uneven(1 + i % 3, 0.1 * i) for i in range(6)]

    async def run(circuit: list[dict[str, Any]]) -> dict[str, float]:
        job = await create_job.asyncio(client=client, body=single(circuit, 3))
        await async_wait_for_job(client, job.id, poll_interval=0.02, timeout=60)
        found = await get_job_probabilities.asyncio(job.id, client=client)
        return found.additional_properties

    async def run_all() -> list[dict[str, float]]:
        async with client:
            return await asyncio.gather(*(run(circuit) for circuit in circuits))

    for circuit, found in zip(circuits, asyncio.run(run_all()), strict=True):
        assert found == pytest.approx(distribution(circuit, 3), abs=1e-9)


def test_only_a_key_of_the_server_opens_it(client, server):
    url = f"{server.url}/v0.4"
    with IonQClient(api_key="a-wrong-key", base_url=url, max_retries=0) as stranger:
        for refused in (
            lambda: get_whoami.sync(client=stranger),
            lambda: create_job.sync(client=stranger, body=single(uneven(1, 0.1), 1)),
            lambda: get_jobs.sync(client=stranger),
        ):
            with pytest.raises(AuthenticationError):
                refused()
    assert get_whoami.sync(client=client).key_name == "suite"


def test_the_environment_alone_names_the_key(server, monkeypatch):
    monkeypatch.setenv("IONQ_API_KEY", server.key)
    with IonQClient(base_url=f"{server.url}/v0.4") as client:
        assert get_whoami.sync(client=client).key_name == "suite"


def test_a_job_beyond_the_memory_is_refused_and_says_so(client):
    wide = [{"gate": "t", "target": q} for q in range(29)]
    wide += [{"gate": "rx", "target": q, "rotation": 0.1 + q} for q in range(29)]
    circuits = [{"circuit": uneven(2, 0.1), "qubits": 2}, {"circuit": wide, "qubits": 29}]
    with pytest.raises(BadRequestError, match=r"circuit 1 .*memory"):
        submit(client, multi(circuits))


def test_the_backends_are_shown(client):
    backends = {backend.backend: backend for backend in get_backends.sync(client=client)}
    assert {"simulator", *QPUS} <= set(backends)
    assert get_backend.sync("simulator", client=client).qubits == backends["simulator"].qubits == 29


def test_a_session_takes_jobs_until_it_is_left(client, server):
    with SessionManager(client, "simulator", max_jobs=9, max_time=5, max_cost=10.0) as session:
        assert session.status() == "created"
        job = finish(client, single(uneven(2, 0.1), 2, session_id=session.session_id))
        assert job.session_id == session.session_id
        assert session.status() == "started"
        with server.paused_workers():
            waiting = submit(client, single(uneven(2, 0.2), 2, session_id=session.session_id))
            session.close()

    assert SessionManager.from_id(client, session.session_id).status() == "ended"
    assert get_job.sync(waiting, client=client).status == "canceled"
    jobs = get_session_jobs.sync(session.session_id, client=client).jobs
    assert [each.id for each in jobs] == [waiting, job.id]
    newest = get_sessions.sync(client=client).sessions[0]
    assert (newest.id, newest.active) == (session.session_id, False)
    assert newest.settings.job_count_limit == 9
    assert newest.started_at <= newest.ended_at
    assert newest.id not in {
        each.id for each in get_sessions.sync(client=client, active=True).sessions
    }
    with pytest.raises(BadRequestError, match="has ended"):
        submit(client, single(uneven(2, 0.1), 2, session_id=session.session_id))


def test_a_session_that_there_is_not_raises(client):
    with pytest.raises(NotFoundError):
        SessionManager.from_id(client, str(uuid.uuid4())).status()


@pytest.mark.parametrize("circuits", [3, 5_000])
def test_one_bad_circuit_fails_alone(client, server, circuits):
    turns = [2.75 if k == circuits - 2 else 0 for k in range(circuits)]  # see harness.picky
    batch = [
        {"name": f"c{k}", "circuit": [{"gate": "rx", "target": 0, "rotation": turn}]}
        for k, turn in enumerate(turns)
    ]
    job_id = submit(client, multi(batch, backend="qpu.picky", shots=100))

    with pytest.raises(JobFailedError) as failed:
        wait_for_job(client, job_id, poll_interval=0.05, timeout=300)

    message = f'1 of {circuits} circuits failed; circuit {circuits - 2} ("c{circuits - 2}"): '
    assert failed.value.failure.message.startswith(message)
    job = get_job.sync(job_id, client=client)
    assert len(job.child_job_ids) == circuits
    assert probabilities(client, str(job.child_job_ids[0])) == {"0": 1}

    server.retry(job_id)
    whole = wait_for_job(client, job_id, poll_interval=0.05, timeout=300)
    assert whole.failure is None
    assert whole.child_job_ids == job.child_job_ids
    found = artifact(client, whole, AGGREGATE)
    assert list(found) == [str(each) for each in whole.child_job_ids]
    assert [len(each) for each in found.values()] == [1 + (turn != 0) for turn in turns]
