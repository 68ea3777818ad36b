"""ionq-core 0.2, IonQ's own generated client, unmodified, against the tests' own matrices."""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness import RunningServer
from independent.wire import distribution
from ionq_core import (
    AuthenticatedClient,
    AuthenticationError,
    BadRequestError,
    IonQClient,
    NotFoundError,
    PermissionDeniedError,
    async_wait_for_job,
    iter_jobs,
    wait_for_job,
)
from ionq_core.api.backends import get_backend, get_backends
from ionq_core.api.characterizations import (
    get_characterization,
    get_characterizations_for_backend,
)
from ionq_core.api.default import (
    cancel_job,
    cancel_jobs,
    create_job,
    delete_job,
    delete_jobs,
    estimate_job_cost,
    get_job,
    get_job_artifact,
    get_job_cost,
    get_job_probabilities,
    get_jobs,
)
from ionq_core.api.usage import get_usages
from ionq_core.api.whoami import get_whoami
from ionq_core.models.circuit_job_creation_payload import CircuitJobCreationPayload
from ionq_core.models.error_mitigation_output_debiasing_type_1 import (
    ErrorMitigationOutputDebiasingType1,
)
from ionq_core.models.ionq_native_v1 import IonqNativeV1
from ionq_core.models.jobs_bulk_operation_request import JobsBulkOperationRequest
from ionq_core.models.json_multi_circuit_job import JSONMultiCircuitJob
from ionq_core.models.multi_circuit_job import MultiCircuitJob
from ionq_core.models.qaoa_job import QaoaJob
from ionq_core.models.qctrl_qaoa_job_creation_payload import QctrlQaoaJobCreationPayload
from ionq_core.models.quantum_function_job import QuantumFunctionJob
from ionq_core.models.quantum_function_job_creation_payload import (
    QuantumFunctionJobCreationPayload,
)
from ionq_core.models.single_circuit_job import SingleCircuitJob
from ionq_core.models.usages import Usages

from paultrap.store import Role, Store

# The client warns that a key travels over plain HTTP.
pytestmark = pytest.mark.filterwarnings("ignore:base_url .* does not use HTTPS:UserWarning")

AGGREGATE = "ionq.result.probabilities-aggregate.json.v1"
PROBABILITIES = "ionq.result.probabilities.json.v1"


@pytest.fixture
def client(server: RunningServer) -> Iterator[AuthenticatedClient]:
    with IonQClient(api_key=server.key, base_url=f"{server.url}/v0.4", max_retries=0) as client:
        yield client


@pytest.fixture
def admin(server: RunningServer) -> Iterator[AuthenticatedClient]:
    """Return a client with the key of an admin."""
    with closing(Store.attach(next(server.data_dir.glob("*.db")))) as store:
        key, _ = store.create_key("admin", role=Role.ADMIN)
    with IonQClient(api_key=key, base_url=f"{server.url}/v0.4", max_retries=0) as client:
        yield client


def uneven(width: int, seed: float) -> list[dict[str, Any]]:
    """Return an entangled circuit in which no two qubits are alike."""
    circuit: list[dict[str, Any]] = []
    for q in range(width):
        circuit.append({"gate": "ry", "target": q, "rotation": 0.3 + 0.41 * q + seed})
        circuit.append({"gate": "rz", "target": q, "rotation": 0.7 - 0.13 * q + seed})
    for q in range(width - 1):
        circuit.append({"gate": "cnot", "control": q, "target": q + 1})
        circuit.append({"gate": "rx", "target": q, "rotation": 0.2 + 0.17 * q - seed})
    return circuit


def single(circuit: list[dict[str, Any]], qubits: int, **fields: Any) -> CircuitJobCreationPayload:
    gateset = fields.pop("gateset", "qis")
    payload = {
        "backend": "simulator",
        "type": "ionq.circuit.v1",
        "input": {"gateset": gateset, "qubits": qubits, "circuit": circuit},
    }
    return CircuitJobCreationPayload.from_dict(payload | fields)


def multi(circuits: list[dict[str, Any]], **fields: Any) -> JSONMultiCircuitJob:
    payload = {
        "backend": "simulator",
        "type": "ionq.multi-circuit.v1",
        "input": {"gateset": "qis", "circuits": circuits},
    }
    return JSONMultiCircuitJob.from_dict(payload | fields)


def submit(
    client: AuthenticatedClient, body: CircuitJobCreationPayload | JSONMultiCircuitJob
) -> str:
    return create_job.sync(client=client, body=body).id


def finish(client: AuthenticatedClient, body: CircuitJobCreationPayload | JSONMultiCircuitJob):
    return wait_for_job(client, submit(client, body), poll_interval=0.02, timeout=60)


def artifact(client: AuthenticatedClient, job, format_: str) -> Any:
    descriptor = job.results[format_]
    assert descriptor.format_ == format_
    response = get_job_artifact.sync_detailed(job.id, descriptor.id, client=client)
    assert response.headers["content-type"].startswith(descriptor.media_type)
    return json.loads(response.content)


def probabilities(client: AuthenticatedClient, job_id: str) -> dict[str, float]:
    return get_job_probabilities.sync(job_id, client=client).additional_properties


def test_a_single_circuit_gives_the_exact_distribution(client):
    circuit = uneven(4, 0.1)
    job = finish(client, single(circuit, 4, name="one", metadata={"k": "v"}, shots=100))
    assert isinstance(job, SingleCircuitJob)
    assert (job.status, job.name, job.backend) == ("completed", "one", "simulator")
    assert job.metadata.additional_properties == {"k": "v"}
    assert job.failure is None
    assert job.stats.qubits == 4
    truth = pytest.approx(distribution(circuit, 4), abs=1e-9)
    assert probabilities(client, job.id) == truth
    assert artifact(client, job, PROBABILITIES) == truth


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
NATIVE_GATES = [
    {"gate": "gpi", "target": 1, "phase": 0.31},
    {"gate": "gpi2", "target": 2, "phase": 0.67},
    {"gate": "ms", "targets": [2, 0], "phases": [0.11, 0.37], "angle": 0.2},
    {"gate": "ms", "targets": [0, 1], "phases": [0.41, 0.05]},
    {"gate": "zz", "targets": [1, 2], "angle": 0.17},
]


def test_every_gate_acts_as_its_matrix(client):
    mixing = [{"gate": "rx", "target": q, "rotation": 0.9 + 0.23 * q} for q in range(4)]
    circuits = [[*uneven(4, 0.2), gate, *mixing] for gate in GATES]
    circuits.append([*uneven(4, 0.2), *GATES, *mixing])
    job = finish(client, multi([{"circuit": circuit, "qubits": 4} for circuit in circuits]))
    found = artifact(client, job, AGGREGATE)
    for circuit, child in zip(circuits, job.child_job_ids, strict=True):
        assert found[child] == pytest.approx(distribution(circuit, 4), abs=1e-9), circuit


def test_native_gates_act_as_their_matrices(client):
    before = [{"gate": "gpi2", "target": q, "phase": 0.07 + 0.19 * q} for q in range(3)]
    after = [{"gate": "gpi2", "target": q, "phase": 0.83 - 0.27 * q} for q in range(3)]
    for gates in (*([gate] for gate in NATIVE_GATES), NATIVE_GATES):
        circuit = [*before, *gates, *after]
        job = finish(client, single(circuit, 3, gateset="native"))
        truth = distribution(circuit, 3, "native")
        assert probabilities(client, job.id) == pytest.approx(truth, abs=1e-9), gates


def test_gatesets_mix_in_one_job(client):
    qis, native = uneven(2, 0.4), [{"gate": "gpi2", "target": 1, "phase": 0.1}, NATIVE_GATES[3]]
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


def test_fifty_circuits_have_results_of_their_own_in_order(client):
    widths = [1 + i % 6 for i in range(50)]
    circuits = [uneven(width, 0.037 * i) for i, width in enumerate(widths)]
    entries = [
        {"name": f"circuit {i}", "circuit": circuit, "qubits": width}
        for i, (circuit, width) in enumerate(zip(circuits, widths, strict=True))
    ]
    job = finish(client, multi(entries, name="fifty"))
    assert isinstance(job, MultiCircuitJob)
    assert job.stats.circuits == len(job.child_job_ids) == 50
    everything = artifact(client, job, AGGREGATE)
    assert list(everything) == job.child_job_ids
    for i, child_id in enumerate(job.child_job_ids):
        truth = pytest.approx(distribution(circuits[i], widths[i]), abs=1e-9)
        child = get_job.sync(child_id, client=client)
        assert isinstance(child, SingleCircuitJob)
        assert (child.status, child.name) == ("completed", f"circuit {i}")
        assert (child.parent_job_id, child.stats.qubits) == (job.id, widths[i])
        assert everything[child_id] == truth
        assert probabilities(client, child_id) == truth
        if i % 10 == 0:
            assert artifact(client, child, PROBABILITIES) == truth


def test_children_are_listed_by_their_parent(client):
    job = finish(client, multi([{"circuit": uneven(1, 0.1 * i), "qubits": 1} for i in range(5)]))
    listed = get_jobs.sync(client=client, parent_job_id=job.id, limit=100).jobs
    assert sorted(child.id for child in listed) == sorted(job.child_job_ids)


def test_jobs_are_listed_page_by_page_newest_first(client):
    mine = [submit(client, single(uneven(1, 0.1 * i), 1)) for i in range(8)]
    listed = [job.id for job in iter_jobs(client, limit=3)]
    assert len(listed) == len(set(listed))
    assert [job_id for job_id in listed if job_id in mine] == mine[::-1]
    page = get_jobs.sync(client=client, limit=3)
    assert len(page.jobs) == 3
    assert page.next_ is not None
    assert get_jobs.sync(client=client, ids=mine[:2], limit=10).next_ is None


def test_jobs_are_found_by_id_and_by_status(client):
    done = finish(client, single(uneven(2, 0.1), 2)).id
    other = submit(client, single(uneven(2, 0.2), 2))
    assert {job.id for job in get_jobs.sync(client=client, ids=[done, other]).jobs} == {done, other}
    completed = list(iter_jobs(client, status="completed"))
    assert done in {job.id for job in completed}
    assert {job.status for job in completed} == {"completed"}


def test_cancel_stops_a_job(client, server):
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


def test_jobs_are_canceled_and_deleted_in_bulk(client, server):
    with server.paused_workers():
        ids = [submit(client, single(uneven(3, 0.3 + 0.01 * i), 3)) for i in range(3)]
        body = JobsBulkOperationRequest(ids=ids)
        canceled = cancel_jobs.sync(client=client, body=body)
    assert (canceled.ids, canceled.status) == (ids, "canceled")
    assert {get_job.sync(job_id, client=client).status for job_id in ids} == {"canceled"}
    deleted = delete_jobs.sync(client=client, body=body)
    assert (deleted.ids, deleted.status) == (ids, "deleted")
    for job_id in ids:
        with pytest.raises(NotFoundError):
            get_job.sync(job_id, client=client)


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


def test_the_key_and_the_backends_are_shown(client):
    whoami = get_whoami.sync(client=client)
    assert whoami.key_name
    backends = {backend.backend: backend for backend in get_backends.sync(client=client)}
    assert backends["simulator"].status == "available"
    assert get_backend.sync("simulator", client=client).qubits == backends["simulator"].qubits == 29


def test_only_a_key_of_the_server_opens_a_closed_one(closed_server):
    url = f"{closed_server.url}/v0.4"
    with IonQClient(api_key="a-wrong-key", base_url=url, max_retries=0) as stranger:
        for refused in (
            lambda: get_whoami.sync(client=stranger),
            lambda: create_job.sync(client=stranger, body=single(uneven(1, 0.1), 1)),
            lambda: get_jobs.sync(client=stranger),
        ):
            with pytest.raises(AuthenticationError):
                refused()
    with IonQClient(api_key=closed_server.new_key("lab"), base_url=url, max_retries=0) as client:
        assert get_whoami.sync(client=client).key_name == "lab"
        assert finish(client, single(uneven(1, 0.1), 1)).status == "completed"


def test_a_job_beyond_the_memory_is_refused_and_says_so(closed_server):
    key, url = closed_server.new_key("big"), f"{closed_server.url}/v0.4"
    wide = [uneven(2, 0.1), [{"gate": "h", "target": q} for q in range(24)]]
    widths = [2, 24]
    body = multi([{"circuit": c, "qubits": w} for c, w in zip(wide, widths, strict=True)])
    with IonQClient(api_key=key, base_url=url, max_retries=0) as client:
        with pytest.raises(BadRequestError, match=r"circuit 1 .*memory"):
            submit(client, body)
        assert finish(client, single(uneven(3, 0.1), 3)).status == "completed"


def test_a_noisy_job_is_typed_and_reports_its_seed(client):
    job = finish(client, single(uneven(3, 0.1), 3, shots=700, noise={"model": "forte-1"}))

    assert isinstance(job, SingleCircuitJob)
    assert job.shots == 700
    assert job.noise.model == "forte-1"
    assert 1 <= job.noise.seed <= 2**31 - 1
    histogram = artifact(client, job, "ionq.result.histogram.json.v1")
    shots = artifact(client, job, "ionq.result.shots.json.v1")
    assert sum(histogram.values()) == len(shots) == 700
    assert {state: shots.count(state) for state in set(shots)} == histogram
    by_register = artifact(client, job, "ionq.result.shots.json.v2")["shots"]
    bits = [shot["registers"]["output_all"] for shot in by_register]
    assert [str(sum(bit << index for index, bit in enumerate(each))) for each in bits] == shots


def test_a_debiased_job_is_typed_down_to_its_variants(client):
    job = finish(client, single(uneven(3, 0.1), 3, shots=800, backend="qpu.forte-1"))

    found = job.output.error_mitigation
    assert isinstance(found.debiasing, ErrorMitigationOutputDebiasingType1)
    total: Counter[str] = Counter()
    for variant in found.debiasing.variants:
        assert len(set(variant.qubit_map)) == 3
        descriptor = variant.results["ionq.result.histogram.json.v2"]
        response = get_job_artifact.sync_detailed(job.id, descriptor.id, client=client)
        own = json.loads(response.content)["histogram"]["registers"]["output_all"]
        assert sum(own.values()) == variant.shots
        total.update(own)
    histogram = artifact(client, job, "ionq.result.histogram.json.v2")
    assert total == histogram["histogram"]["registers"]["output_all"]
    for name in ("average", "voting", "dnl", "majority"):
        descriptor = getattr(found.aggregations, name)
        assert descriptor.format_ == "ionq.result.histogram.json.v2"
        response = get_job_artifact.sync_detailed(job.id, descriptor.id, client=client)
        own = json.loads(response.content)["histogram"]["registers"]["output_all"]
        assert sum(own.values()) == 800


@pytest.mark.parametrize("name", ["qpu.forte-1", "qpu.forte-enterprise-1"])
def test_a_characterization_is_typed(client, name):
    page = get_characterizations_for_backend.sync(name, client=client, limit=1)

    [found] = page.characterizations
    assert found.backend == name
    assert found.qubits == 36
    assert len(found.connectivity) == 36 * 35 // 2
    assert found.fidelity.spam.median == 1
    assert str(found.id) == get_backend.sync(name, client=client).characterization_id
    assert get_characterization.sync(name, found.id, client=client) == found


def test_a_compiled_circuit_and_the_times_of_a_qpu_are_typed(client):
    circuit = uneven(3, 0.1)
    job = finish(client, single(circuit, 3, backend="qpu.forte-1", shots=2000))
    estimate = estimate_job_cost.sync(
        client=client,
        backend="qpu.forte-1",
        shots=2000,
        field_1q_gates=job.stats.gate_counts["1q"],
        field_2q_gates=job.stats.gate_counts["2q"],
    )

    compiled = job.output.compilation.compiled_circuits["ionq.native.v1"]
    response = get_job_artifact.sync_detailed(job.id, compiled.id, client=client)
    found = IonqNativeV1.from_dict(json.loads(response.content)).to_dict()

    assert found == json.loads(response.content)
    truth = pytest.approx(distribution(circuit, 3), abs=1e-9)
    assert distribution(found["circuit"], 3, "native") == truth
    times = [job.predicted_execution_duration_ms, job.execution_duration_ms]
    assert times == [estimate.estimated_execution_time] * 2
    cost = get_job_cost.sync(job.id, client=client).cost
    assert cost.value == pytest.approx(estimate.estimated_total_cost)


def test_an_estimate_and_a_cost_are_typed(client):
    estimate = estimate_job_cost.sync(
        client=client, backend="qpu.forte-1", shots=2000, field_1q_gates=150, field_2q_gates=40
    )
    [rate] = estimate.rate_card.rates
    expected = 2000 * (150 * rate.cost_1q_gate + 40 * rate.cost_2q_gate)
    assert estimate.estimated_total_cost == pytest.approx(expected)
    assert (estimate.estimate_context.shots, estimate.estimated_unit) == (2000, "usd")

    job = finish(client, single(uneven(2, 0.1), 2))
    cost = get_job_cost.sync(job.id, client=client)
    assert cost.cost.value == 0
    assert not cost.estimated_cost


ANSATZ = """OPENQASM 3.0;
include "stdgates.inc";
input float[64] theta0;
input float[64] theta1;
qubit[2] q;
ry(theta0) q[0];
ry(theta1) q[1];
cx q[0], q[1];
"""


def energy_payload(params: list[float], **fields: Any) -> QuantumFunctionJobCreationPayload:
    terms = [("ZI", -1.0), ("IZ", -1.0), ("ZZ", 0.5)]
    data = {
        "hamiltonian": [{"pauli_string": text, "coefficient": c} for text, c in terms],
        "ansatz": {"data": ANSATZ},
    }
    source = {"data": {"type": "hamiltonian-energy", "data": data}, "params": params}
    payload = {"backend": "simulator", "type": "quantum-function", "input": source}
    return QuantumFunctionJobCreationPayload.from_dict(payload | fields)


def test_a_quantum_function_is_typed_and_exact(client):
    angles = [0.7, -1.1]
    job = finish(client, energy_payload(angles, name="energy", shots=1000))

    assert isinstance(job, QuantumFunctionJob)
    assert (job.status, job.name, job.child_job_ids) == ("completed", "energy", None)
    circuit = [
        {"gate": "ry", "target": 0, "rotation": angles[0]},
        {"gate": "ry", "target": 1, "rotation": angles[1]},
        {"gate": "cnot", "control": 0, "target": 1},
    ]
    value = square = 0.0
    for key, probability in distribution(circuit, 2).items():
        low, high = (1 - 2 * (int(key) >> bit & 1) for bit in (0, 1))
        energy = -high - low + 0.5 * high * low
        value += probability * energy
        square += probability * energy**2
    assert job.results.value == pytest.approx(value, abs=1e-9)
    assert job.results.variance == pytest.approx(square - value**2, abs=1e-9)
    assert job.output["energy"] == job.output["value"] == job.results.value
    listed = next(each for each in iter_jobs(client) if each.id == job.id)
    assert listed.type_ == "quantum-function"


def test_a_quantum_function_can_be_minimised_from_the_client(client):
    def energy(params: list[float]) -> float:
        return finish(client, energy_payload(params)).results.value

    best, lowest, step = [0.9, -0.7], energy([0.9, -0.7]), 0.8
    for _ in range(8):
        for axis in (0, 1):
            for direction in (-step, step):
                tried = [v + direction * (n == axis) for n, v in enumerate(best)]
                if (value := energy(tried)) < lowest:
                    best, lowest = tried, value
        step /= 2
    assert lowest == pytest.approx(-1.5, abs=0.01)


def test_a_quantum_function_on_a_qpu_and_a_bad_one(client):
    job = finish(client, energy_payload([0.1, 0.2], backend="qpu.forte-1", shots=400))
    assert isinstance(job, QuantumFunctionJob)
    assert job.results.value == pytest.approx(-1.5, abs=0.3)

    with pytest.raises(BadRequestError, match="has 1 numbers"):
        create_job.sync(client=client, body=energy_payload([0.1]))


def test_a_maximum_cut_is_typed(client):
    problem = {
        "directed": False,
        "multigraph": False,
        "graph": [],
        "nodes": [{"id": 0}, {"id": 1}, {"id": 2}, {"id": 3}],
        "adjacency": [
            [{"id": 1}, {"id": 3}],
            [{"id": 0}, {"id": 2}],
            [{"id": 1}, {"id": 3}],
            [{"id": 2}, {"id": 0}],
        ],
    }
    payload = {
        "backend": "qpu.forte-1",
        "type": "qctrl.qaoa.v1",
        "shots": 300,
        "input": {"problem_type": "maxcut", "problem": problem},
        "external_settings": {"api_credentials": "none"},
    }
    job = finish(client, QctrlQaoaJobCreationPayload.from_dict(payload))

    assert isinstance(job, QaoaJob)
    found = job.results.qaoa_results
    assert (found.optimal_cost, found.processing_status) == (-4, "complete")
    assert found.optimal_bitstring in {"0101", "1010"}
    child = get_job.sync(job.child_job_ids[0], client=client)
    assert isinstance(child, SingleCircuitJob)
    assert child.type_ == "qctrl.qaoa-circuit.v1"


@pytest.mark.parametrize("modality", ["daily", "weekly", "monthly"])
@pytest.mark.parametrize("group_by", ["job", "project", "user"])
def test_usage_is_typed_and_counts_what_has_run(client, admin, group_by, modality):
    job = finish(client, single(uneven(3, 0.1), 3, backend="qpu.aria-1", shots=2_000))
    cost = get_job_cost.sync(job.id, client=client).cost.value
    today = datetime.now(UTC).date()

    found = get_usages.sync(
        "local.paultrap",
        client=admin,
        start_date=today - timedelta(days=1),
        end_date=today + timedelta(days=1),
        group_by=group_by,
        modality=modality,
    )

    assert isinstance(found, Usages)
    assert found.usage_from <= found.usage_data[-1].from_ < found.usage_to
    groups = {each.group_id: each for each in found.usage_data[0].group_usages}
    if group_by == "project":
        groups = {job.project_id: groups[job.project_id]}
    assert max(each.amount for each in groups.values()) >= cost > 0
    assert found.job_count == sum(each.job_count for each in found.usage_data)
    assert found.amount_total >= found.usage_data[0].amount >= cost
    assert found.time_us_total >= 1_000 * job.execution_duration_ms


def test_usage_is_for_admins(client):
    today = datetime.now(UTC).date()
    days = {"start_date": today, "end_date": today}

    with pytest.raises(PermissionDeniedError, match="admins"):
        get_usages.sync("local.paultrap", client=client, **days, group_by="job", modality="daily")
