"""Version 0.3: reports about an organization."""

from datetime import UTC, datetime, timedelta

import pytest

TODAY = datetime.now(UTC).date()


@pytest.fixture
def organization_id(store):
    return store.open_access_key("any").organization_id


@pytest.fixture
def report(client, organization_id):
    def read(**query):
        answer = client.get(f"/v0.3/report/organizations/{organization_id}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


def test_a_report_is_of_backends_and_members(client, store, report, organization_id, bell_v03):
    secret, key = store.create_key("dora", project="another")
    own = store.open_access_key("any")
    headers = {"authorization": f"apiKey {secret}"}
    on_qpu = bell_v03 | {"target": "qpu.aria-1", "shots": 5_000}
    sent = [
        client.post("/v0.3/jobs", json=on_qpu, headers=headers).json()["id"],
        client.post("/v0.3/jobs", json=bell_v03 | {"target": "qpu.forte-1"}).json()["id"],
        client.post("/v0.3/jobs", json=bell_v03).json()["id"],
    ]
    aria = client.get(f"/v0.3/jobs/{sent[0]}", headers=headers).json()
    forte, simulated = (client.get(f"/v0.3/jobs/{job_id}").json() for job_id in sent[1:])

    found = report()

    members = {each["id"]: each for each in found.pop("members")}
    assert found == {
        "start_date": str(TODAY - timedelta(days=30)),
        "end_date": str(TODAY),
        "organization": organization_id,
        "organization_id": organization_id,
        "budget": None,
        "balance": None,
        "currency": "USD",
        "qpus": [
            {"qpu_name": "qpu.aria-1", "usage": aria["execution_time"]},
            {"qpu_name": "qpu.forte-1", "usage": forte["execution_time"]},
            {"qpu_name": "simulator", "usage": simulated["execution_time"]},
        ],
    }
    assert set(members) == {key.submitter_id, own.submitter_id}
    assert members[key.submitter_id] == {
        "id": key.submitter_id,
        "jobs": 1,
        "user_email": None,
        "first_name": None,
        "last_name": None,
        "execution_time": aria["execution_time"],
        "quota": None,
        "quota_consumed": aria["cost_usd"],
    }
    assert members[own.submitter_id]["jobs"] == 2
    assert members[own.submitter_id]["quota_consumed"] == forte["cost_usd"]


def test_a_report_is_of_the_days_that_are_asked_for(submit, report, bell_v03):
    submit(bell_v03)

    assert report(start_date=TODAY, end_date=TODAY)["members"][0]["jobs"] == 1
    past = report(end_date="2023-07-31")
    assert (past["start_date"], past["end_date"]) == ("2023-07-01", "2023-07-31")
    assert past["qpus"] == past["members"] == []
    assert report(start_date="2023-07-01")["end_date"] == str(TODAY)


def test_a_deleted_job_is_reported(client, submit, report, bell_v03):
    job_id = submit(bell_v03)
    before = report()

    client.delete(f"/v0.3/jobs/{job_id}")

    assert report() == before
    assert before["members"][0]["jobs"] == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start_date": "soon"}, "start_date"),
        ({"end_date": "2023-13-01"}, "end_date"),
        ({"start_date": "2023-07-02", "end_date": "2023-07-01"}, "end_date"),
    ],
)
def test_a_wrong_date_is_named(client, organization_id, query, field):
    answer = client.get(f"/v0.3/report/organizations/{organization_id}", params=query)

    assert answer.status_code == 400
    assert answer.json()["validation"] == {"source": "query", "keys": [field]}


def test_another_organization_is_a_404(client):
    answer = client.get("/v0.3/report/organizations/c0a04808-8914-4fcc-9a1e-79b1d9370b85")

    assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")
