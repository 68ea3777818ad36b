"""A GET of an unfinished job waits a little for its end."""

import threading

import pytest

PATHS = ("/v0.3/jobs/{}", "/v0.4/jobs/{}")


@pytest.fixture
def settings(settings, request):
    return settings.model_copy(update={"hold_seconds": request.param})


def later(act):
    """Run ``act`` in another thread, when the request after this is on its way."""
    thread = threading.Timer(0.1, act)
    thread.start()
    return thread


@pytest.mark.parametrize("settings", [10.0], indirect=True)
@pytest.mark.parametrize("path", PATHS)
def test_the_answer_comes_when_the_job_ends(client, submit, bench, founding_job, path):
    bench.works = False
    job_id = submit(founding_job)

    def work():
        bench.works = True
        bench.wake()

    worker = later(work)
    answer = client.get(path.format(job_id)).json()
    worker.join()

    assert answer["status"] == "completed"


RESULTS = (
    "/v0.3/jobs/{}/results",
    "/v0.4/jobs/{}/results/probabilities",
    "/v0.4/jobs/{}/results/probabilities/aggregated",
    "/v0.4/jobs/{}/artifacts/probabilities",
    "/v0.4/jobs/{}/artifacts/ionq.result.probabilities-aggregate.json.v1",
)


@pytest.mark.parametrize("settings", [10.0], indirect=True)
@pytest.mark.parametrize("path", RESULTS)
def test_results_that_are_asked_for_too_early_come_when_the_job_ends(
    client, submit, bench, founding_job, path
):
    bench.works = False
    job_id = submit(founding_job)

    def work():
        bench.works = True
        bench.wake()

    worker = later(work)
    answer = client.get(path.format(job_id))
    worker.join()

    assert answer.status_code == 200
    assert len(answer.json()) == 2


@pytest.mark.parametrize("settings", [10.0], indirect=True)
@pytest.mark.parametrize("kind", ["histogram", "shots"])
def test_counts_that_are_asked_for_too_early_come_when_the_job_ends(
    client, submit, bench, bell_v04, kind
):
    bench.works = False
    job_id = submit(bell_v04 | {"noise": {"model": "aria-1"}, "shots": 10})

    def work():
        bench.works = True
        bench.wake()

    worker = later(work)
    answer = client.get(f"/v0.4/jobs/{job_id}/results/{kind}")
    worker.join()

    assert answer.status_code == 200


@pytest.mark.parametrize("settings", [0.05], indirect=True)
@pytest.mark.parametrize("path", RESULTS)
def test_results_that_do_not_come_are_a_404_that_says_how_far_the_job_is(
    client, submit, bench, founding_job, path
):
    bench.works = False

    answer = client.get(path.format(submit(founding_job)))

    assert answer.status_code == 404
    assert answer.json()["message"].endswith("is ready.")


@pytest.mark.parametrize("settings", [10.0], indirect=True)
def test_a_child_is_waited_for_too(client, submit, bench, founding_job):
    bench.works = False
    job_id = submit(founding_job)
    listed = client.get("/v0.4/jobs", params={"parent_job_id": job_id}).json()["jobs"]

    def work():
        bench.works = True
        bench.wake()

    worker = later(work)
    answer = client.get(f"/v0.4/jobs/{listed[1]['id']}").json()
    worker.join()

    assert answer["status"] == "completed"


@pytest.mark.parametrize("settings", [10.0], indirect=True)
def test_a_canceled_job_is_not_waited_for_any_longer(client, submit, bench, founding_job):
    bench.works = False
    job_id = submit(founding_job)

    canceler = later(lambda: client.put(f"/v0.4/jobs/{job_id}/status/cancel"))
    answer = client.get(f"/v0.4/jobs/{job_id}").json()
    canceler.join()

    assert answer["status"] == "canceled"


@pytest.mark.parametrize("settings", [0.0, 0.05], indirect=True)
def test_the_wait_is_bounded(client, submit, bench, founding_job):
    bench.works = False

    answer = client.get(f"/v0.4/jobs/{submit(founding_job)}").json()

    assert answer["status"] == "ready"


@pytest.mark.parametrize("settings", [10.0], indirect=True)
def test_a_list_of_the_one_job_that_a_client_polls_waits_too(client, submit, bench, founding_job):
    bench.works = False
    job_id = submit(founding_job)

    def work():
        bench.works = True
        bench.wake()

    worker = later(work)
    (job,) = client.get("/v0.3/jobs", params={"id": job_id}).json()["jobs"]
    worker.join()

    assert job["status"] == "completed"


@pytest.mark.parametrize("settings", [10.0], indirect=True)
@pytest.mark.parametrize("job_id", ["no-job", "0" * 8 + "-0000-0000-0000-" + "0" * 12])
def test_nobody_waits_for_a_job_that_does_not_exist(client, job_id):
    assert client.get("/v0.3/jobs", params={"id": job_id}).json() == {"jobs": []}
