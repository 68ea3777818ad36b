"""Version 0.3: reports about an organization."""

from datetime import UTC, datetime, timedelta

import pytest

from paultrap.store import Role

TODAY = datetime.now(UTC).date()


URL = "/v0.3/report/organizations/com.example"


@pytest.fixture(autouse=True)
def organization(store):
    store.accounts.create_organization("com.example", "Example Research")
    store.accounts.create_project("ions", "com.example")


@pytest.fixture
def admin(client, store):
    """Let the client be an admin of the organization; return its key."""
    secret, key = store.keys.create("admin", project="ions", role=Role.ADMIN)
    client.headers["authorization"] = f"apiKey {secret}"
    return key


@pytest.fixture
def report(client, admin):  # noqa: ARG001  # who asks
    def read(**query):
        answer = client.get(URL, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


def test_a_report_is_of_backends_and_members(client, store, admin, report, bell_v03):
    dora = store.accounts.create_user("dora@example.com", "Dora", "Ion", "com.example")
    idle = store.accounts.create_user("idle@example.com", organization_id="com.example")
    store.accounts.create_user("stranger@example.org")
    secret, _ = store.keys.create("dora", project="ions", user="dora@example.com")
    headers = {"authorization": f"apiKey {secret}"}
    on_qpu = bell_v03 | {"target": "qpu.aria-1", "shots": 5_000}
    sent = [
        client.post("/v0.3/jobs", json=on_qpu, headers=headers).json()["id"],
        client.post("/v0.3/jobs", json=bell_v03 | {"target": "qpu.forte-1"}).json()["id"],
        client.post("/v0.3/jobs", json=bell_v03).json()["id"],
    ]
    aria, forte, simulated = (client.get(f"/v0.3/jobs/{job_id}").json() for job_id in sent)

    found = report()

    members = found.pop("members")
    assert found == {
        "start_date": str(TODAY - timedelta(days=30)),
        "end_date": str(TODAY),
        "organization": "Example Research",
        "organization_id": "com.example",
        "budget": None,
        "balance": None,
        "currency": "USD",
        "qpus": [
            {"qpu_name": "qpu.aria-1", "usage": aria["execution_time"]},
            {"qpu_name": "qpu.forte-1", "usage": forte["execution_time"]},
            {"qpu_name": "simulator", "usage": simulated["execution_time"]},
        ],
    }
    assert [each["id"] for each in members] == [
        dora.submitter_id,
        idle.submitter_id,
        admin.submitter_id,
    ]
    assert members[0] == {
        "id": aria["submitted_by"],
        "jobs": 1,
        "user_email": "dora@example.com",
        "first_name": "Dora",
        "last_name": "Ion",
        "execution_time": aria["execution_time"],
        "quota": None,
        "quota_consumed": aria["cost_usd"],
    }
    assert (members[1]["jobs"], members[1]["quota_consumed"]) == (0, 0)
    assert (members[2]["jobs"], members[2]["user_email"]) == (2, None)
    assert members[2]["quota_consumed"] == forte["cost_usd"]


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
@pytest.mark.usefixtures("admin")
def test_a_wrong_date_is_named(client, query, field):
    answer = client.get(URL, params=query)

    assert answer.status_code == 400
    assert answer.json()["validation"] == {"source": "query", "keys": [field]}


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("name", ["local.paultrap", "c0a04808-8914-4fcc-9a1e-79b1d9370b85"])
def test_another_organization_is_a_404(client, name):
    answer = client.get(f"/v0.3/report/organizations/{name}")

    assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_only_admins_read_reports(client, store, role):
    secret, _ = store.keys.create("dora", project="ions", role=role)

    answer = client.get(URL, headers={"authorization": f"apiKey {secret}"})

    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
