"""`POST /paultrap/jobs/{id}/retry`: the failed circuits of a job run again, in their places."""

import pytest

from paultrap.admission import chunks


@pytest.fixture
def failed_job(submit, bench, founding_job, monkeypatch):
    """Return the id of a job of which the first circuits have failed."""
    monkeypatch.setattr(chunks, "_CHUNK_CIRCUITS", 4)
    bench.fails_with = ("InternalError", ": the trap was warm")
    bench.fails_at_chunk = 0
    founding_job["input"]["circuits"] *= 6
    job_id = submit(founding_job)
    bench.fails_with = None
    return job_id


def retry(client, job_id):
    return client.post(f"/paultrap/jobs/{job_id}/retry")


def test_only_the_failed_circuits_run_again(client, bench, failed_job):
    before = client.get(f"/v0.4/jobs/{failed_job}").json()
    progress = client.get(f"/paultrap/jobs/{failed_job}/progress").json()
    failed = progress["circuits_failed"]
    assert (before["status"], progress["circuits_done"]) == ("failed", 12 - failed)
    assert 0 < failed < 12
    leased = []
    bench.store.on_event(lambda event: event.kind == "leased" and leased.append(event.circuits))

    answer = retry(client, failed_job)

    assert answer.status_code == 200, answer.text
    assert answer.json()["circuits_failed"] == 0
    after = client.get(f"/v0.4/jobs/{failed_job}").json()
    assert (after["status"], after["failure"]) == ("completed", None)
    assert after["child_job_ids"] == before["child_job_ids"]
    assert sum(leased) == failed
    results = client.get(f"/v0.3/jobs/{failed_job}/results").json()
    assert list(results) == before["child_job_ids"]
    each = list(results.values())
    assert each[0] != each[1]
    assert each == each[:2] * 6


def test_a_job_without_failed_circuits_is_refused(client, submit, founding_job):
    job_id = submit(founding_job)

    answer = retry(client, job_id)

    assert answer.status_code == 409
    assert "is completed: no circuit has failed" in answer.json()["message"]


def test_a_child_names_its_parent(client, failed_job):
    child = client.get(f"/v0.4/jobs/{failed_job}").json()["child_job_ids"][0]

    answer = retry(client, child)

    assert answer.status_code == 409
    assert f'retry its parent "{failed_job}"' in answer.json()["message"]


@pytest.mark.parametrize("job_id", ["nothing", "00000000-0000-7000-8000-000000000000"])
def test_an_unknown_job_is_not_found(client, job_id):
    assert retry(client, job_id).status_code == 404


def test_a_deleted_job_is_not_found(client, failed_job):
    client.delete(f"/v0.4/jobs/{failed_job}")

    assert retry(client, failed_job).status_code == 404


def test_tags_of_results_follow_the_retry(client, failed_job):
    children = client.get(f"/v0.4/jobs/{failed_job}").json()["child_job_ids"]
    path = f"/v0.4/jobs/{failed_job}/results/probabilities/aggregated"
    of_children = [f"/v0.4/jobs/{child}/results/probabilities" for child in children]
    failed = client.get(path, headers={"if-none-match": "*"})
    assert (failed.status_code, "etag" in failed.headers) == (404, False)
    before = [client.get(each) for each in of_children]
    assert {answer.status_code for answer in before} == {200, 404}
    assert not any("etag" in answer.headers for answer in before if answer.status_code == 404)

    retry(client, failed_job)

    plain = {"accept-encoding": "identity"}
    whole = client.get(path, headers=plain)
    assert whole.status_code == 200
    known = plain | {"if-none-match": whole.headers["etag"]}
    assert client.get(path, headers=known).status_code == 304
    resumed = plain | {"range": "bytes=2-9", "if-range": whole.headers["etag"]}
    part = client.get(path, headers=resumed)
    assert (part.status_code, part.content) == (206, whole.content[2:10])
    for each, earlier in zip(of_children, before, strict=True):
        answer = client.get(each)
        assert answer.headers["etag"] != whole.headers["etag"]
        if earlier.status_code == 200:  # What had run has not run again.
            assert answer.headers["etag"] == earlier.headers["etag"]
            assert answer.content == earlier.content


def test_a_retried_job_has_other_tags_than_the_same_numbers_of_another(
    client, submit, failed_job, founding_job
):
    path = "/v0.4/jobs/{}/results/probabilities/aggregated"
    retry(client, failed_job)
    founding_job["input"]["circuits"] *= 6
    another = submit(founding_job)

    tags = {client.get(path.format(job)).headers["etag"] for job in (failed_job, another)}

    assert len(tags) == 2  # Their children have other ids.
