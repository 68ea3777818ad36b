"""What a pauliexp means whose terms do not commute: one product step, or what the job asks for."""

import json
from functools import partial

import numpy as np
import pytest
from harness.circuits import read_job
from independent.gates import matrix
from independent.states import applied, zeros
from litestar.testing import TestClient

from paultrap import Limits, run
from paultrap.admission import PlannedChunk
from paultrap.api.app import create_app
from paultrap.circuits import Evolution
from paultrap.formats import CircuitLimits
from paultrap.machines import Machines
from paultrap.settings import Settings
from paultrap.store import NewJob

GATE = {
    "gate": "pauliexp",
    "targets": [0, 2],
    "terms": ["XI", "ZI", "YY"],
    "coefficients": [0.7, 0.4, 0.9],
    "time": 2.0,
}
CIRCUIT = [
    {"gate": "h", "target": 1},
    GATE | {"controls": [1]},
    {"gate": "rx", "target": 0, "rotation": 0.4},
]
# The rightmost letter of a term acts on the first target.
PARAMS = (2.0, 0.7, 0.4, 0.9, 0.0, 1.0, 0.0, 3.0, 2.0, 2.0)
NAMES = {"product": "pauliexp_step", "exact": "pauliexp"}


def expected(evolution: str) -> np.ndarray:
    state = applied(zeros(3), 3, matrix("h"), [1])
    state = applied(state, 3, matrix(NAMES[evolution], PARAMS, 2), [0, 2], [1])
    state = applied(state, 3, matrix("rx", [0.4]), [0])
    return np.abs(state.ravel()) ** 2


def body(circuit=CIRCUIT, **fields):
    job = {"type": "ionq.circuit.v1", "backend": "simulator", "shots": 20_000}
    return job | {"input": {"qubits": 3, "circuit": circuit}} | fields


def probabilities(client, job_id) -> np.ndarray:
    """Return the probability of each state."""
    found = client.get(f"/v0.4/jobs/{job_id}/results/probabilities")
    assert found.status_code == 200, found.text
    values = np.zeros(8)
    for state, probability in found.json().items():
        values[int(state)] = probability
    return values


@pytest.fixture
def answered(client):
    return partial(probabilities, client)


def as_exactly(evolution):
    return pytest.approx(expected(evolution), abs=1e-12)


def as_sampled(evolution):
    """Within six standard deviations at 20,000 shots."""
    return pytest.approx(expected(evolution), abs=6 * 0.5 / np.sqrt(20_000))


def test_the_ways_differ_by_far_more_than_samples_scatter():
    assert np.abs(expected("product") - expected("exact")).max() > 0.1


@pytest.mark.parametrize(
    ("asked", "evolution"),
    [(None, "product"), ({}, "product"), ({"pauliexp": None}, "product")]
    + [({"pauliexp": each}, each) for each in NAMES],
)
def test_a_job_says_what_it_means(submit, answered, asked, evolution):
    job = body() | ({} if asked is None else {"paultrap": asked})

    assert answered(submit(job)) == as_exactly(evolution)
    found = run(job)
    assert found.probabilities == pytest.approx(expected(evolution)[found.states.astype(int)])


def test_the_first_term_acts_first(submit, answered):
    turned = GATE | {"terms": GATE["terms"][::-1], "coefficients": GATE["coefficients"][::-1]}

    backwards = answered(submit(body([*CIRCUIT[:1], turned | {"controls": [1]}, *CIRCUIT[2:]])))

    assert np.abs(backwards - expected("product")).max() > 0.01


@pytest.mark.parametrize("evolution", NAMES)
def test_version_03_and_batches_mean_the_same(client, submit, answered, evolution):
    batch = {"circuits": [{"circuit": []}, {"circuit": CIRCUIT}]}
    extension = {"paultrap": {"pauliexp": evolution}}
    old = client.post("/v0.3/jobs", json={"input": {"circuit": CIRCUIT}} | extension).json()["id"]
    several = body(type="ionq.multi-circuit.v1", input=batch) | extension

    parent = client.get(f"/v0.4/jobs/{submit(several)}").json()

    assert answered(old) == as_exactly(evolution)
    assert answered(parent["child_job_ids"][1]) == as_exactly(evolution)


@pytest.mark.parametrize("evolution", NAMES)
def test_so_does_a_noise_model_of_written_or_native_gates(submit, answered, noiseless, evolution):
    job = body(paultrap={"pauliexp": evolution}) | noiseless

    assert answered(submit(job)) == as_sampled(evolution)


@pytest.fixture(params=["written", "native"])
def noiseless(request):
    """Return what names a machine without errors, whose gates are those written or native ones."""
    return {"noise": {"model": f"flawless-{request.param}", "seed": 5}}


@pytest.fixture
def machines(tmp_path):
    for acts_on in ("written", "native"):
        text = (
            f'qubits = 8\nentangler = "ms"\nacts_on = "{acts_on}"\n'
            "one_qubit = 0.0\ntwo_qubit = 0.0\n"
        )
        (tmp_path / f"flawless-{acts_on}.toml").write_text(text)
    return Machines.load(noise_dir=tmp_path)


def test_a_clone_means_what_its_original_did_or_what_it_says(client, submit, answered):
    def clone(job_id, **changes):
        found = client.post(f"/v0.4/jobs/{job_id}/clone", json=changes)
        assert found.status_code == 201, found.text
        return found.json()["id"]

    exact = submit(body(paultrap={"pauliexp": "exact"}))

    again = clone(exact)
    other = clone(exact, paultrap={"pauliexp": "product"})

    assert answered(again) == as_exactly("exact")
    assert answered(other) == as_exactly("product")
    assert answered(clone(other)) == as_exactly("product")


@pytest.mark.parametrize("evolution", NAMES)
def test_the_server_sets_what_is_meant_where_a_job_does_not_say(store, bench, machines, evolution):
    settings = Settings(pauliexp=evolution)
    other = next(name for name in NAMES if name != evolution)
    with TestClient(create_app(settings, store, bench, machines=machines)) as client:
        client.headers["authorization"] = "apiKey a"
        for asked, meant in ((None, evolution), (other, other)):
            job = body(paultrap=asked and {"pauliexp": asked})
            job_id = client.post("/v0.4/jobs", json=job).json()["id"]
            assert probabilities(client, job_id) == as_exactly(meant)


def test_python_sets_it_likewise():
    found = run(body(), limits=Limits(evolution=Evolution.EXACT))

    assert found.probabilities == pytest.approx(expected("exact")[found.states.astype(int)])


def test_a_job_that_an_earlier_release_stored_stays_exact(store, bench, answered):
    key = store.keys.find_open("any")
    text = json.dumps({"input": {"qubits": 3, "circuit": CIRCUIT}}).encode()
    job = store.jobs.add(
        NewJob(
            project_id=key.project_id,
            submitter_id=key.submitter_id,
            backend="simulator",
            batch=read_job(text, CircuitLimits()),  # as readers have always made it
            chunks=[PlannedChunk(0, 1, 1e3)],
            shots=100,
        )
    )
    bench.wake()

    assert answered(job.id) == as_exactly("exact")


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"pauliexp": "roughly"}, "roughly"),
        ({"pauliexpo": "exact"}, "pauliexpo"),
        ({"pauliexp": 1}, "pauliexp"),
        ([], "object"),
    ],
)
def test_what_is_not_understood_there_is_refused(client, n_jobs, asked, named):
    answer = client.post("/v0.4/jobs", json=body(paultrap=asked))

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("paultrap")
    assert named in answer.json()["message"]
    assert n_jobs() == 0
