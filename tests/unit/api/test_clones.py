"""Jobs of the circuits of other jobs: what is kept, what may differ, and what is refused."""

import pytest
from litestar.testing import TestClient

from paultrap.api.app import create_app
from paultrap.machines import Machines
from paultrap.settings import Settings

NOISE = {"noise": {"model": "aria-1", "seed": 7}, "shots": 300}


@pytest.fixture
def get(client):
    def read(path):
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    return read


@pytest.fixture
def again(client):
    """Clone or move a job and return the new one's id."""

    def post(job_id, how="clone", **changes):
        answer = client.post(f"/v0.4/jobs/{job_id}/{how}", json=changes)
        assert answer.status_code == 201, answer.text
        assert answer.json()["status"] == "submitted"
        return answer.json()["id"]

    return post


def test_a_clone_has_the_same_circuits_and_a_seed_of_its_own(get, submit, again, batch_v04):
    batch_v04 |= NOISE | {"name": "sweep", "metadata": {"k": "v"}, "settings": {"s": 1}}
    first = get(f"/v0.4/jobs/{submit(batch_v04)}")

    second = get(f"/v0.4/jobs/{again(first['id'])}")

    for field in ("type", "name", "metadata", "settings", "shots", "backend", "stats", "dry_run"):
        assert second[field] == first[field]
    assert second["noise"]["model"] == "aria-1"
    assert second["noise"]["seed"] != 7
    children = [get(f"/v0.4/jobs/{child}") for child in second["child_job_ids"]]
    assert [child["name"] for child in children] == ["bell", None]
    same = get(f"/v0.4/jobs/{again(first['id'], noise=NOISE['noise'])}")
    for one, other in zip(first["child_job_ids"], same["child_job_ids"], strict=True):
        path = "/v0.4/jobs/{}/results/histogram"
        assert get(path.format(one)) == get(path.format(other))


@pytest.mark.parametrize("body", [None, b"", b"null", b"{}"])
def test_nothing_need_be_said(client, get, submit, bell_v04, body):
    job_id = submit(bell_v04)

    answer = client.post(f"/v0.4/jobs/{job_id}/clone", content=body)

    assert answer.status_code == 201
    clone = answer.json()["id"]
    path = "/v0.4/jobs/{}/results/probabilities"
    assert get(path.format(clone)) == get(path.format(job_id)) == {"0": 0.5, "3": 0.5}


def test_anything_but_the_circuits_may_differ(get, submit, again, bell_v04):
    job_id = submit(bell_v04)

    changes = {"name": "n", "metadata": {"a": "b"}, "shots": 600, "backend": "qpu.forte-1"}
    clone = get(f"/v0.4/jobs/{again(job_id, **changes)}")
    assert {field: clone[field] for field in changes} == changes
    assert clone["noise"]["model"] == "forte-1"
    assert clone["output"]["error_mitigation"]["debiasing"]
    plain = {"settings": {"error_mitigation": {"debiasing": False}}, "dry_run": True}
    dry = get(f"/v0.4/jobs/{again(clone['id'], **plain)}")
    assert (dry["dry_run"], dry["results"]) == (True, None)
    assert not dry["output"]["error_mitigation"]["debiasing"]
    assert dry["shots"] == 600


def test_a_child_is_cloned_alone_and_a_deleted_one_not_at_all(
    client, get, submit, again, batch_v04
):
    first = get(f"/v0.4/jobs/{submit(batch_v04)}")
    bell, flip = first["child_job_ids"]

    alone = get(f"/v0.4/jobs/{again(flip)}")
    assert (alone["type"], alone["parent_job_id"]) == ("ionq.circuit.v1", None)
    assert get(f"/v0.4/jobs/{alone['id']}/results/probabilities") == {"4": 1.0}
    assert client.delete(f"/v0.4/jobs/{bell}").status_code == 200
    (only,) = get(f"/v0.4/jobs/{again(first['id'])}")["child_job_ids"]
    assert get(f"/v0.4/jobs/{only}/results/probabilities") == {"4": 1.0}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"backend": "qpu.nonesuch"}, "backend"),
        ({"shots": 0}, "shots"),
        ({"metadata": {"a": 1}}, "metadata"),
        ({"settings": []}, "settings"),
        ({"noise": {"model": "nonesuch"}}, "noise"),
        ({"backend": "qpu.aria-1"}, "input"),  # 26 qubits
    ],
)
@pytest.mark.parametrize("how", ["clone", "move"])
def test_what_would_be_refused_in_a_submission_is_here(  # noqa: PLR0913  # a column each
    client, n_jobs, submit, bell_v04, *, changes, field, how
):
    bell_v04["input"]["qubits"] = 26
    job_id = submit(bell_v04)

    answer = client.post(f"/v0.4/jobs/{job_id}/{how}", json=changes)

    assert answer.status_code == 400, answer.text
    assert answer.json()["validation"]["keys"] == [field] or field in answer.json()["message"]
    assert n_jobs() == 1


def test_a_native_gate_of_another_machine_is_named(client, submit, bell_v04):
    gate = {"gate": "ms", "targets": [0, 1], "phases": [0, 0]}
    bell_v04["input"] = {"gateset": "native", "qubits": 2, "circuit": [gate]}
    job_id = submit(bell_v04)

    answer = client.post(f"/v0.4/jobs/{job_id}/clone", json={"backend": "qpu.forte-1"})

    assert answer.status_code == 400
    assert "circuit 0, gate 0 (ms)" in answer.json()["message"]


def test_a_waiting_job_is_moved(  # noqa: PLR0913  # fixtures
    client, get, submit, again, *, bench, batch_v04
):
    bench.works = False
    job_id = submit(batch_v04)

    moved = again(job_id, "move", backend="qpu.aria-1", shots=100)

    assert get(f"/v0.4/jobs/{job_id}")["status"] == "canceled"
    assert get(f"/v0.4/jobs/{moved}")["backend"] == "qpu.aria-1"
    assert get(f"/v0.4/jobs/{moved}")["status"] == "ready"
    answer = client.post(f"/v0.4/jobs/{job_id}/move", json={})
    assert answer.status_code == 409


def test_a_job_that_has_ended_stays_where_it_is(client, get, n_jobs, submit, bell_v04):
    job_id = submit(bell_v04)

    answer = client.post(f"/v0.4/jobs/{job_id}/move", json={"backend": "qpu.aria-1"})

    assert answer.status_code == 409
    assert "has started" in answer.json()["message"]
    assert get(f"/v0.4/jobs/{job_id}")["status"] == "completed"
    assert n_jobs() == 1


@pytest.mark.parametrize("how", ["clone", "move"])
def test_an_unknown_job_is_a_404(client, how):
    path = f"/v0.4/jobs/{'0' * 8}-0000-0000-0000-{'0' * 12}/{how}"

    assert client.post(path, json={}).status_code == 404


def test_what_was_asked_for_at_the_top_of_a_job_holds_for_its_clone(get, submit, again, bell_v04):
    bell_v04 |= {"backend": "qpu.forte-1", "shots": 600}
    plain = submit(bell_v04 | {"error_mitigation": {"debiasing": False}})

    assert not get(f"/v0.4/jobs/{again(plain)}")["output"]["error_mitigation"]["debiasing"]
    assert get(f"/v0.4/jobs/{again(submit(bell_v04))}")["output"]["error_mitigation"]["debiasing"]


def test_a_clone_of_a_program_is_a_program_with_its_text(client, get, submit, again):
    text = 'OPENQASM 3;\ninclude "stdgates.inc";\nqubit[2] q;\nh q[0];\n'
    job = {"type": "ionq.qasm3.v1", "backend": "simulator", "input": {"data": text}}

    clone = again(submit(job))

    assert get(f"/v0.4/jobs/{clone}")["type"] == "ionq.qasm3.v1"
    assert client.get(f"/v0.4/jobs/{clone}/artifacts/ionq.qasm3.v1").text == text


@pytest.mark.parametrize(
    ("lower", "setting"),
    [({"max_circuits": 1}, "MAX_CIRCUITS"), ({"max_gates": 2}, "MAX_GATES")],
)
def test_a_clone_meets_the_limits_of_today(  # noqa: PLR0913  # fixtures
    client, store, bench, submit, batch_v04, *, lower, setting
):
    job_id = submit(batch_v04)
    app = create_app(Settings(**lower), store, bench, machines=Machines.shipped())
    with TestClient(app) as later:
        answer = later.post(f"/v0.4/jobs/{job_id}/clone", headers=client.headers)
    assert answer.status_code == 400
    assert setting in answer.json()["message"]


def test_what_is_demanded_at_the_top_of_a_job_holds_for_its_clone(client, submit, bell_v04):
    bell_v04 |= {"backend": "qpu.forte-1", "shots": 600}
    job_id = submit(bell_v04 | {"error_mitigation": {"debias": True}})

    answer = client.post(f"/v0.4/jobs/{job_id}/clone", json={"shots": 100})

    assert answer.status_code == 400
    assert "debiasing takes 500 shots or more, and there are 100" in answer.json()["message"]


@pytest.mark.parametrize("original", [NOISE, {"backend": "qpu.aria-1", "shots": 100}], ids=str)
def test_what_a_job_declines_that_had_no_choice_its_clone_declines(
    get, submit, again, bell_v04, original
):
    job_id = submit(bell_v04 | original | {"error_mitigation": {"debias": False}})
    to_machine = {"backend": "qpu.aria-1", "shots": 600}

    clone = get(f"/v0.4/jobs/{again(job_id, **to_machine)}")
    other = get(f"/v0.4/jobs/{again(submit(bell_v04 | original), **to_machine)}")

    assert clone["output"]["error_mitigation"]["debiasing"] is False
    assert other["output"]["error_mitigation"]["debiasing"] is not False
