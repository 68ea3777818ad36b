"""Jobs, sessions and refusals by qiskit-ionq, v0.3 and v0.4 of the API."""

import uuid
import warnings

import pytest
import qiskit_ionq
from clients.qiskit_circuits import (
    API,
    FAST,
    IS_OLD,
    SHOTS,
    assert_agrees_in_distribution,
    assert_run_agrees,
    long_running,
    new_only,
    uneven,
)
from qiskit import QuantumCircuit
from qiskit.providers import JobStatus
from qiskit_ionq import IonQProvider
from qiskit_ionq.exceptions import (
    IonQAPIError,
    IonQGateError,
    IonQJobFailureError,
    IonQJobStateError,
    IonQMidCircuitMeasurementError,
)

METADATA = {
    "index": 7,
    "umlauts": "naïve ansätze, 量子",
    "controls": "\x1e\x1f\t\n\\ \" ' \u2028 \x7f",
    "long": "x" * 50_000,
}


def test_a_retrieved_job_knows_its_circuits_to_the_byte(backend):
    circuits = [uneven(2, 0.1 * i, name=f"ansätze {i} \u2028\x1f") for i in range(3)]
    for circuit in circuits:
        circuit.metadata = {**METADATA, "of": circuit.name}
    extra = {"key": "value", "naïve": METADATA["controls"], "long": METADATA["long"]}
    job = backend.run(
        circuits, shots=SHOTS, name="sweep \u2028 ä", sampler_seed=7, extra_metadata=extra
    )
    first = job.result(**FAST)

    retrieved = backend.retrieve_job(job.job_id())
    again = retrieved.result(**FAST)

    assert again.get_counts() == first.get_counts()  # The seed travels in the job's metadata.
    headers = [entry.header.to_dict() if IS_OLD else entry.header for entry in again.results]
    assert [header["name"] for header in headers] == [c.name for c in circuits]
    assert [header["metadata"] for header in headers] == [c.metadata for c in circuits]
    assert retrieved._metadata["name"] == "sweep \u2028 ä"
    assert {key: retrieved._metadata["metadata"][key] for key in extra} == extra


def test_several_jobs_are_retrieved_at_once(backend):
    circuits = [uneven(2, 0.1 * i) for i in range(4)]
    jobs = [backend.run(circuit, shots=SHOTS) for circuit in circuits]
    retrieved = backend.retrieve_jobs([job.job_id() for job in jobs])
    for circuit, job in zip(circuits, retrieved, strict=True):
        result = job.result(**FAST)
        assert_agrees_in_distribution(circuit, result.get_probabilities())


def test_the_children_of_a_batch_report_their_status(backend):
    job = backend.run([uneven(2, 0.1 * i) for i in range(3)], shots=SHOTS)
    job.result(**FAST)
    detailed = job.status(detailed=True)
    assert detailed["total"] == detailed["completed"] == 3
    assert detailed["statuses"] == [JobStatus.DONE] * 3


def test_a_canceled_job_has_no_result_and_holds_nothing_up(backend, server):
    with server.paused_workers():
        jobs = [backend.run(long_running(), shots=SHOTS) for _ in range(3)]
        jobs[0].cancel()
        backend.cancel_jobs([job.job_id() for job in jobs[1:]])
    for job in jobs:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # The client warns and raises.
            assert backend.retrieve_job(job.job_id()).status() is JobStatus.CANCELLED
            with pytest.raises(IonQJobStateError):
                job.result(**FAST)
    assert_run_agrees(backend, [uneven(2, 0.5)])


def test_cancelling_a_finished_job_leaves_its_results(backend):
    circuit = uneven(2, 0.5)
    job = backend.run(circuit, shots=SHOTS)
    job.result(**FAST)
    job.cancel()
    again = backend.retrieve_job(job.job_id())
    assert again.status() is JobStatus.DONE
    assert_agrees_in_distribution(circuit, again.result(**FAST).get_probabilities())


def test_a_deleted_job_is_gone(backend):
    job = backend.run([uneven(2, 0.1), uneven(2, 0.2)], shots=SHOTS)
    job.result(**FAST)
    assert backend.client.delete_job(job.job_id())["status"] == "deleted"
    with pytest.raises(IonQAPIError) as error:
        backend.retrieve_job(job.job_id())
    assert error.value.status_code == 404


def test_a_failed_job_raises_the_clients_own_error(backend, server):
    with server.crashing_workers():
        job = backend.run(long_running(), shots=SHOTS)
        with pytest.raises(IonQJobFailureError, match="stopped the worker"):
            job.result(**FAST)
    assert_run_agrees(backend, [uneven(2, 0.5)])


def test_an_unknown_job_is_not_found(backend):
    with pytest.raises(IonQAPIError) as error:
        backend.retrieve_job(str(uuid.uuid4()))
    assert error.value.status_code == 404
    assert "No error details" not in error.value.message


def test_a_wrong_key_is_refused(server):
    stranger = IonQProvider("a-wrong-key", url=f"{server.url}/{API}").get_backend("ionq_simulator")
    with pytest.raises(IonQAPIError) as error:
        stranger.run(uneven(2, 0.1), shots=SHOTS)
    assert error.value.status_code == 401
    assert error.value.error_type == "Unauthorized"


def test_a_refused_job_says_why(backend):
    field = "target" if IS_OLD else "backend"
    with pytest.raises(IonQAPIError) as error:
        backend.run(uneven(2, 0.1), shots=SHOTS, extra_query_params={field: "qpu.no-such"})
    assert error.value.status_code == 400
    assert error.value.error_type == "Bad Request"
    assert "qpu.no-such" in error.value.message


def test_too_wide_a_batch_is_refused(backend):
    with pytest.raises(IonQAPIError, match="up to 29 qubits") as error:
        backend.run([uneven(2, 0.1), uneven(30, 0.1)], shots=SHOTS)
    assert error.value.status_code == 400


def test_what_the_client_refuses_by_itself_is_never_sent(backend, server):
    before = backend.run(uneven(1, 0.1), shots=SHOTS).job_id()
    unknown, twice = QuantumCircuit(2, 2), QuantumCircuit(1, 2)
    unknown.iswap(0, 1)
    unknown.measure([0, 1], [0, 1])
    twice.measure(0, 0)
    twice.x(0)
    twice.measure(0, 1)
    with pytest.raises(IonQGateError):
        backend.run(unknown, shots=SHOTS)
    if IS_OLD:
        with pytest.raises(IonQMidCircuitMeasurementError):
            backend.run(twice, shots=SHOTS)
    assert server.newest_job()["id"] == before


@new_only
@pytest.mark.parametrize("name", ["simulator", "qpu.aria-1"])
def test_a_session_takes_jobs_until_it_is_closed(provider, name):
    backend = provider.get_backend(f"ionq_{name}")
    with qiskit_ionq.Session(backend, max_jobs=3, max_time=5, max_cost=1000) as session:
        assert (session.status(), session.usage()) == ("created", None)
        job = backend.run(uneven(2, 0.1), shots=SHOTS)
        assert job.result(**FAST).success
        assert session.status() == "started"
        assert 0 <= session.usage() < 300
        assert job._client.retrieve_job(job.job_id())["session_id"] == session.session_id

    found = qiskit_ionq.Session.from_id(session.session_id, backend=backend)
    assert found.status() == "ended"
    with pytest.raises(IonQAPIError, match="has ended"):
        found.run(uneven(2, 0.1), shots=SHOTS)


@new_only
def test_a_session_left_by_an_error_cancels_its_jobs(backend, server):
    def fail() -> None:
        with qiskit_ionq.Session(backend):
            jobs.append(backend.run(uneven(2, 0.1), shots=SHOTS))
            raise KeyError

    jobs: list = []
    with server.paused_workers(), pytest.raises(KeyError):
        fail()
    assert jobs[0].status() is JobStatus.CANCELLED


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("IONQ_API_URL", "IONQ_API_KEY"),
        ("QISKIT_IONQ_API_URL", "IONQ_API_KEY"),
        ("IONQ_API_URL", "QISKIT_IONQ_API_TOKEN"),
        ("IONQ_API_URL", "IONQ_API_TOKEN"),
    ],
)
def test_the_environment_alone_names_the_server_and_the_key(server, monkeypatch, url, key):
    monkeypatch.delenv("IONQ_API_URL")
    monkeypatch.setenv(url, f"{server.url}/{API}")
    monkeypatch.setenv(key, server.key)
    assert_run_agrees(IonQProvider().get_backend("ionq_simulator"), [uneven(2, 0.1)] * 2)
