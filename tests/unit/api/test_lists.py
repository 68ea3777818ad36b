"""Both versions: lists, filters and pages."""

import pytest


@pytest.fixture
def ids(submit, bell_v03):
    return [submit(bell_v03) for _ in range(5)]


def test_v03_pages_run_newest_first_and_end_without_next(client, ids):
    first = client.get("/v0.3/jobs?limit=2").json()
    second = client.get(f"/v0.3/jobs?limit=2&next={first['next']}").json()
    third = client.get(f"/v0.3/jobs?limit=2&next={second['next']}").json()

    seen = [job["id"] for page in (first, second, third) for job in page["jobs"]]
    assert seen == ids[::-1]
    assert list(first) == ["jobs", "next"]
    assert "next" not in third


def test_v04_pages_end_with_a_null_next(client, ids):
    first = client.get("/v0.4/jobs?limit=3").json()
    second = client.get(f"/v0.4/jobs?limit=3&next={first['next']}").json()

    assert [job["id"] for page in (first, second) for job in page["jobs"]] == ids[::-1]
    assert second["next"] is None


@pytest.mark.usefixtures("ids")
def test_cirq_finds_no_next_on_the_last_page(client):
    by_body = client.request("GET", "/v0.4/jobs", json={"limit": 1000}).json()
    by_name = client.get("/v0.4/jobs", headers={"user-agent": "cirq/1.7.0 (python/3.11)"}).json()

    assert len(by_body["jobs"]) == len(by_name["jobs"]) == 5
    assert "next" not in by_body
    assert "next" not in by_name


@pytest.mark.usefixtures("ids")
def test_a_limit_in_the_body_counts_as_the_limit(client):
    page = client.request("GET", "/v0.4/jobs", json={"limit": 2}).json()

    assert len(page["jobs"]) == 2
    assert page["next"]


@pytest.mark.parametrize("body", [b"nonsense", b"[" * 5000, b'{"limit":"many"}', b"\xff"])
@pytest.mark.usefixtures("ids")
def test_a_meaningless_body_of_a_get_is_ignored(client, body):
    page = client.request("GET", "/v0.4/jobs", content=body)

    assert page.status_code == 200
    assert page.json()["next"] is None


def test_ids_select_jobs_and_children(client, ids, submit, founding_job):
    parent = submit(founding_job)
    child = client.get(f"/v0.3/jobs/{parent}").json()["children"][1]

    def listed(url):
        return {job["id"] for job in client.get(url).json()["jobs"]}

    assert listed(f"/v0.3/jobs?id={ids[0]}") == {ids[0]}
    assert listed(f"/v0.3/jobs?id={ids[0]}&id={ids[2]}") == {ids[0], ids[2]}
    assert listed(f"/v0.4/jobs?ids={ids[0]},{ids[2]}") == {ids[0], ids[2]}
    assert listed(f"/v0.4/jobs?ids={ids[0]}&ids={child}") == {ids[0], child}
    assert listed("/v0.3/jobs?id=nonsense") == set()


@pytest.mark.usefixtures("ids")
def test_children_are_listed_by_parent_only(client, submit, founding_job):
    parent = submit(founding_job)
    children = client.get(f"/v0.4/jobs/{parent}").json()["child_job_ids"]

    jobs = client.get("/v0.4/jobs").json()["jobs"]
    listed = client.get(f"/v0.4/jobs?parent_job_id={parent}").json()["jobs"]

    assert len(jobs) == 6
    assert {job["id"] for job in listed} == set(children)
    assert {job["parent_job_id"] for job in listed} == {parent}


def test_status_selects_in_each_versions_words(client, bench, store, submit, bell_v03):
    done = submit(bell_v03)
    bench.works = False
    running = submit(bell_v03)
    store.queue.lease("somebody", 60_000)
    waiting = submit(bell_v03)

    def listed(url):
        return [job["id"] for job in client.get(url).json()["jobs"]]

    assert listed("/v0.3/jobs?status=completed") == [done]
    assert listed("/v0.3/jobs?status=running") == [running]
    assert listed("/v0.4/jobs?status=started") == [running]
    assert listed("/v0.4/jobs?status=ready") == [waiting]
    assert listed("/v0.4/jobs?status=queued") == []
    assert listed("/v0.3/jobs?status=queued") == []


def test_target_session_and_submitter_select(client, ids):
    submitter = client.get(f"/v0.4/jobs/{ids[0]}").json()["submitter_id"]

    def count(query):
        return len(client.get(f"/v0.4/jobs?{query}").json()["jobs"])

    assert count("target=simulator") == 5
    assert count("target=qpu.forte-1,simulator") == 5
    assert count("target=qpu.forte-1") == 0
    assert count("session_id=0190070f-9691-7000-a1f6-306623179a83") == 0
    assert count(f"submitter_id={submitter}") == 5
    assert count("submitter_id=64b03577072d45001c85e9c4") == 0


def test_v03_list_items_are_jobs_with_their_selection(client, submit, founding_job):
    job_id = submit(founding_job)

    [whole] = client.get("/v0.3/jobs").json()["jobs"]
    [chosen] = client.get("/v0.3/jobs?include=id,children").json()["jobs"]

    assert whole == client.get(f"/v0.3/jobs/{job_id}").json()
    assert chosen == {"id": job_id, "children": whole["children"]}


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
@pytest.mark.parametrize("limit", ["0", "-1", "many", "1.5", "99999999999999999999"])
def test_a_bad_limit_is_named(client, version, limit):
    answer = client.get(f"/{version}/jobs?limit={limit}")

    assert answer.status_code == 400
    assert answer.json()["validation"] == {"source": "query", "keys": ["limit"]}


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
@pytest.mark.usefixtures("ids")
def test_a_bad_next_is_no_500(client, version):
    assert client.get(f"/{version}/jobs?next=nonsense").status_code in {200, 400}


def test_jobs_of_another_project_are_not_seen(client, store, ids):
    secret, _ = store.keys.create("theirs", project="another")
    theirs = {"authorization": f"apiKey {secret}"}

    assert client.get("/v0.4/jobs", headers=theirs).json()["jobs"] == []
    assert client.get(f"/v0.4/jobs/{ids[0]}", headers=theirs).status_code == 404
    assert client.get(f"/v0.3/jobs/{ids[0]}/results", headers=theirs).status_code == 404
    assert client.delete(f"/v0.4/jobs/{ids[0]}", headers=theirs).status_code == 404
    assert client.put(f"/v0.4/jobs/{ids[0]}/status/cancel", headers=theirs).status_code == 404
    assert client.get(f"/v0.4/jobs/{ids[0]}").status_code == 200


@pytest.fixture
def named(submit, bell_v03, bell_v04):
    """Submit jobs of both versions with names and metadata, and return their ids."""
    return [
        submit(job | {"name": name, "metadata": {"run": run, "a.b": "c, d"}})
        for name, run in [("one", "1"), ("two, three", "1"), ("one", "2")]
        for job in (bell_v03, bell_v04)
    ]


@pytest.mark.parametrize("path", ["/v0.3/jobs", "/v0.4/jobs"])
def test_jobs_are_found_by_name_and_metadata(client, named, ids, path):
    def found(**query):
        return [job["id"] for job in client.get(path, params=query).json()["jobs"]]

    newest = named[::-1]
    assert found(name="one") == newest[:2] + newest[4:]
    assert found(name="two, three") == newest[2:4]
    assert found(name="two") == found(name="One") == []
    assert found(name="") == [*ids[::-1], *newest]
    assert found(**{"metadata.run": "1"}) == newest[2:]
    assert found(**{"metadata.a.b": "c, d"}) == newest
    assert found(**{"metadata.run": "1", "name": "one"}) == newest[4:]
    assert found(**{"metadata.run": ""}) == found(**{"metadata.": "1"}) == []
    assert found(name="one", ids=named[0], id=named[0]) == [named[0]]


@pytest.mark.parametrize("path", ["/v0.3/jobs", "/v0.4/jobs"])
def test_a_word_that_is_too_long_to_be_found_is_refused(client, path):
    for query in ({"metadata.k": "v" * 1_001}, {f"metadata.{'k' * 1_001}": "v"}):
        answer = client.get(path, params=query)
        assert answer.status_code == 400
        assert "1,000" in answer.json()["message"]
        assert answer.json()["validation"]["source"] == "query"
    assert client.get(path, params={"name": "n" * 5_000}).json()["jobs"] == []


def test_the_jobs_of_a_session_are_found_by_name(client, bell_v04):
    session = client.post("/v0.4/sessions", json={"backend": "simulator"}).json()["id"]
    jobs = [
        client.post("/v0.4/jobs", json=bell_v04 | {"name": name, "session_id": session}).json()
        for name in ("one", "two")
    ]
    client.post("/v0.4/jobs", json=bell_v04 | {"name": "one"})

    found = client.get(f"/v0.4/sessions/{session}/jobs", params={"name": "one"}).json()["jobs"]
    assert [job["id"] for job in found] == [jobs[0]["id"]]


def test_jobs_of_another_project_are_not_found(store, client, submit, bell_v04):
    submit(bell_v04 | {"name": "one", "metadata": {"k": "v"}})
    key, _ = store.keys.create("other", project="another")
    headers = {"authorization": f"apiKey {key}"}

    for query in ({"name": "one"}, {"metadata.k": "v"}):
        assert len(client.get("/v0.4/jobs", params=query).json()["jobs"]) == 1
        assert client.get("/v0.4/jobs", params=query, headers=headers).json()["jobs"] == []
