"""Sessions over HTTP: their shape, who may join, and what ends them."""

from datetime import datetime

import pytest

MISSING = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def session(client):
    """Make a session and return it."""

    def make(backend="simulator", **settings):
        body = {"backend": backend} | ({"settings": settings} if settings else {})
        answer = client.post("/v0.4/sessions", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return make


@pytest.fixture
def read(client):
    def get(path):
        answer = client.get(f"/v0.4{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get


@pytest.fixture
def submit_in(submit, bell_v04):
    """Submit a job to a session and return its id."""

    def post(session, **changes):
        return submit(bell_v04 | {"session_id": session["id"]} | changes)

    return post


def test_a_session_reads_as_the_document_says(session, read, submit_in):
    limits = {
        "job_count_limit": 10,
        "duration_limit_min": 60,
        "cost_limit": {"unit": "usd", "value": 100.0},
    }
    made = session("qpu.aria-1", **limits)
    key = read("/whoami")

    assert made["settings"] == limits
    assert made["backend"] == "qpu.aria-1"
    assert made["project_id"] == key["project_id"]
    assert (made["status"], made["state"], made["active"]) == ("created", "created", True)
    nothing_yet = ("ended_at", "ender_id", "started_at", "usage_time")
    assert [made[name] for name in nothing_yet] == [None] * 4
    assert read(f"/sessions/{made['id']}") == made

    job = submit_in(made, backend="qpu.aria-1")

    started = read(f"/sessions/{made['id']}")
    assert (started["status"], started["active"]) == ("started", True)
    begin, end = (
        datetime.fromisoformat(text)
        for text in (started["started_at"], started["settings"]["expires_at"])
    )
    assert (end - begin).total_seconds() == 3600
    assert started["usage_time"] >= 0
    assert read(f"/jobs/{job}")["session_id"] == made["id"]


def test_a_submission_answers_its_session(client, session, bell_v04):
    made = session()
    answer = client.post("/v0.4/jobs", json=bell_v04 | {"session_id": made["id"]})
    assert answer.json()["session_id"] == made["id"]


def test_lists_are_newest_first_and_by_activity(client, session, read):
    first, second = session(), session()
    client.post(f"/v0.4/sessions/{first['id']}/end")

    def ids(query=""):
        return [each["id"] for each in read(f"/sessions{query}")["sessions"]]

    assert ids() == [second["id"], first["id"]]
    assert ids("?active=true") == [second["id"]]
    assert ids("?active=false") == [first["id"]]
    assert read("/sessions")["organization_id"] == first["organization_id"]
    refused = client.get("/v0.4/sessions?active=perhaps")
    assert refused.status_code == 400
    assert refused.json()["validation"] == {"source": "query", "keys": ["active"]}


@pytest.mark.parametrize("body", [None, b"null", b"{}"])
def test_ending_cancels_what_waits_and_keeps_the_rest(client, session, submit_in, bench, body):
    made = session()
    done = submit_in(made)
    bench.works = False
    waiting = submit_in(made)

    answer = client.post(f"/v0.4/sessions/{made['id']}/end", content=body)

    def read(path):
        return client.get(f"/v0.4{path}").json()

    assert answer.status_code == 200
    ended = answer.json()
    assert (ended["status"], ended["active"]) == ("ended", False)
    assert ended["ender_id"] == ended["creator_id"] == read(f"/jobs/{done}")["submitter_id"]
    assert ended["ended_at"] >= ended["started_at"]
    assert read(f"/jobs/{done}")["status"] == "completed"
    assert read(f"/jobs/{waiting}")["status"] == "canceled"
    assert client.post(f"/v0.4/sessions/{made['id']}/end").json() == ended


def test_the_jobs_of_a_session_are_listed_like_all_jobs(session, read, submit, bell_v04, batch_v04):
    made = session()
    submit(bell_v04)
    ids = [submit(job | {"session_id": made["id"]}) for job in (bell_v04, batch_v04, bell_v04)]
    path = f"/sessions/{made['id']}/jobs"

    found = read(path)

    assert [job["id"] for job in found["jobs"]] == ids[::-1]
    assert found["next"] is None
    assert found["jobs"] == read(f"/jobs?session_id={made['id']}")["jobs"]
    page = read(f"{path}?limit=2")
    rest = read(f"{path}?limit=2&next={page['next']}")
    assert page["jobs"] + rest["jobs"] == found["jobs"]
    assert read(f"{path}?status=canceled")["jobs"] == []
    children = read(f"{path}?parent_job_id={ids[1]}")["jobs"]
    assert {child["session_id"] for child in children} == {made["id"]}


def test_a_full_session_takes_no_more_and_ends_with_its_jobs(
    client, bench, session, submit_in, bell_v04
):
    made = session(job_count_limit=1)
    path = f"/v0.4/sessions/{made['id']}"
    bench.works = False
    submit_in(made)

    answer = client.post("/v0.4/jobs", json=bell_v04 | {"session_id": made["id"]})

    assert answer.status_code == 400
    assert answer.json()["validation"]["keys"] == ["session_id"]
    assert "1 jobs, which is its limit" in answer.json()["message"]
    assert client.get(path).json()["status"] == "started"
    bench.works = True
    bench.wake()
    assert client.get(path).json()["status"] == "ended"
    assert len(client.get(f"{path}/jobs").json()["jobs"]) == 1


def test_cost_ends_a_session(client, session, read, submit_in, bell_v04):
    made = session("qpu.aria-1", cost_limit={"value": 1})
    job = {"backend": "qpu.aria-1", "shots": 1000}
    first = submit_in(made, **job)

    assert read(f"/jobs/{first}/cost")["cost"]["value"] >= 1
    ended = read(f"/sessions/{made['id']}")
    assert (ended["status"], ended["ender_id"]) == ("ended", None)
    answer = client.post("/v0.4/jobs", json=bell_v04 | job | {"session_id": made["id"]})
    assert answer.status_code == 400
    assert "has ended" in answer.json()["message"]


def test_a_dry_run_costs_a_session_nothing(session, read, submit_in):
    made = session("qpu.aria-1", cost_limit={"value": 1})
    submit_in(made, backend="qpu.aria-1", dry_run=True)
    assert read(f"/sessions/{made['id']}")["status"] == "started"


def test_clones_and_moves_join_a_session_when_they_say_so(client, bench, session, read, submit_in):
    made = session()
    job = submit_in(made)
    bench.works = False
    path = "/v0.4/jobs/{}/{}"

    clone = client.post(path.format(job, "clone")).json()
    joined = client.post(path.format(job, "clone"), json={"session_id": made["id"]}).json()
    moved = client.post(path.format(clone["id"], "move"), json={"session_id": made["id"]}).json()

    assert clone["session_id"] is None
    assert joined["session_id"] == moved["session_id"] == made["id"]
    assert read(f"/jobs/{clone['id']}")["status"] == "canceled"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "backend: missing"),
        ({"backend": "abacus"}, 'backend: there is no backend "abacus"'),
        ({"backend": "simulator", "settings": {"job_count_limit": 0}}, "settings.job_count_limit"),
        (
            {"backend": "simulator", "settings": {"job_count_limit": 1.5}},
            "settings.job_count_limit",
        ),
        (
            {"backend": "simulator", "settings": {"duration_limit_min": "soon"}},
            "duration_limit_min",
        ),
        ({"backend": "simulator", "settings": {"cost_limit": {"value": 0}}}, "cost_limit.value"),
        ({"backend": "simulator", "settings": {"cost_limit": {"value": True}}}, "cost_limit.value"),
        (
            {"backend": "simulator", "settings": {"cost_limit": {"value": "nan"}}},
            "cost_limit.value",
        ),
        ({"backend": "simulator", "settings": {"cost_limit": {"unit": "usd"}}}, "value"),
        (
            {"backend": "simulator", "settings": {"cost_limit": {"unit": "eur", "value": 1}}},
            "cost_limit.unit",
        ),
        ([], "body"),
    ],
)
def test_a_refusal_names_the_field(client, read, body, named):
    answer = client.post("/v0.4/sessions", json=body)
    assert answer.status_code == 400
    assert named in answer.json()["message"] or named in answer.json()["validation"]["keys"]
    assert read("/sessions")["sessions"] == []


def test_limits_may_come_as_text_and_the_backend_with_qiskits_prefix(session):
    made = session(
        "ionq_simulator",
        job_count_limit="3",
        duration_limit_min=None,
        cost_limit={"unit": "USD", "value": "2.5"},
    )
    assert made["backend"] == "simulator"
    assert made["settings"] == {
        "job_count_limit": 3,
        "cost_limit": {"unit": "usd", "value": 2.5},
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", "/end"), ("GET", "/jobs")],
)
@pytest.mark.parametrize("session_id", [MISSING, "not-a-uuid"])
def test_an_unknown_session_is_not_found(client, method, path, session_id):
    answer = client.request(method, f"/v0.4/sessions/{session_id}{path}")
    assert answer.status_code == 404
    assert session_id in answer.json()["message"]


def test_a_job_of_an_unknown_session_is_not_taken(client, bell_v04, n_jobs):
    answer = client.post("/v0.4/jobs", json=bell_v04 | {"session_id": MISSING})
    assert answer.status_code == 404
    assert MISSING in answer.json()["message"]
    assert n_jobs() == 0
