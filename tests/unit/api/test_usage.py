"""Version 0.4: what an organization has used."""

from datetime import UTC, datetime, timedelta

import pytest

from paultrap.jobs import MOST_GROUPS
from paultrap.store import Role, checksums
from paultrap.store.tables import executions

TODAY = datetime.now(UTC).date()
YEAR = {"start_date": TODAY - timedelta(days=366), "end_date": TODAY + timedelta(days=1)}
URL = "/v0.4/organizations/local.paultrap/usage"
QUERY = YEAR | {"group_by": "job", "modality": "daily"}
ON_QPU = {"backend": "qpu.aria-1", "shots": 5_000}


@pytest.fixture
def admin(store):
    """Return the headers of an admin of the default organization."""
    return keyed(store.keys.create("admin", role=Role.ADMIN))


def keyed(made):
    secret, _ = made
    return {"authorization": f"apiKey {secret}"}


@pytest.fixture
def usage(client, admin):
    def read(**changes):
        answer = client.get(URL, params=QUERY | changes, headers=admin)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


@pytest.fixture
def shift(store):
    """Let an execution be of another day."""

    def move(job_id, days):
        def moved(row):
            return {"completed_at": row["completed_at"] + days * 86_400_000}

        with store._database.write() as connection:
            checksums.change(connection, executions, moved, executions.c.job_id == job_id)

    return move


@pytest.fixture(
    params=["cost_usd = 2 * cost_usd", "execution_us = 1", "backend = 'x'", "checksum = NULL"]
)
def two_days(request, submit, store, shift, bell_v04):
    """Return a job whose record is damaged, and another ten days before it."""
    bad, good = submit(bell_v04 | ON_QPU), submit(bell_v04 | ON_QPU)
    shift(good, -10)
    with store._database.write() as connection:
        statement = f"UPDATE executions SET {request.param} WHERE job_id = ?"
        connection.exec_driver_sql(statement, (bad,))
    return bad, good


def test_no_sum_has_a_damaged_record(client, store, admin, usage, two_days):
    bad, good = two_days

    for group in ("job", "project", "user"):
        refused = client.get(URL, params=QUERY | {"group_by": group}, headers=admin)
        assert refused.status_code == 410
        assert bad in refused.json()["message"]
    report = client.get("/v0.3/report/organizations/local.paultrap", headers=admin)
    assert report.status_code == 410
    # What was used on other days is known.
    earlier = usage(end_date=TODAY - timedelta(days=5))
    assert good in str(earlier)
    assert store.load().damaged == 1


def cost_of(client, job_id):
    return client.get(f"/v0.4/jobs/{job_id}/cost").json()["cost"]["value"]


def test_usage_reads_as_the_document_says(client, submit, usage, bell_v04, batch_v04):
    jobs = [submit(bell_v04 | ON_QPU), submit(batch_v04 | ON_QPU), submit(bell_v04)]
    costs = [cost_of(client, job_id) for job_id in jobs]
    times = [
        1000 * client.get(f"/v0.4/jobs/{job_id}").json()["execution_duration_ms"] for job_id in jobs
    ]
    times[2] = 1_500  # as it was measured

    found = usage()

    assert (found["start_date"], found["end_date"]) == tuple(map(str, YEAR.values()))
    assert found["group_type"] == "job"
    assert found["modality"] == "daily"
    assert found["organization"] == "local.paultrap"
    assert found["usage_unit"] == "USD"
    assert found["job_count"] == 3
    assert found["amount_total"] == pytest.approx(sum(costs))
    assert found["amount_totals"] == [{"amount": found["amount_total"], "unit": "USD"}]
    assert found["time_us_total"] == sum(times)
    [day] = found["usage_data"]
    assert day["from"] == f"{TODAY}T00:00:00Z"
    assert (day["job_count"], day["amount"], day["time_us"]) == (
        3,
        found["amount_total"],
        found["time_us_total"],
    )
    assert (day["amount_unit"], day["amounts"]) == ("USD", found["amount_totals"])
    groups = {each["group_id"]: each for each in day["group_usages"]}
    assert list(groups) == sorted(jobs, key=lambda each: -costs[jobs.index(each)])
    for job_id, cost, time in zip(jobs, costs, times, strict=True):
        assert groups[job_id]["amount"] == pytest.approx(cost)
        assert groups[job_id]["amounts"] == [{"amount": groups[job_id]["amount"], "unit": "USD"}]
        assert (groups[job_id]["time_us"], groups[job_id]["job_count"]) == (time, 1)
        assert groups[job_id]["amount_unit"] == "USD"


def test_its_times_are_read_by_pythons_own_parser(submit, usage, bell_v04):
    submit(bell_v04)

    found = usage(start_date="2026-01-01", end_date="2099-12-31")

    assert (found["usage_from"], found["usage_to"]) == (
        "2026-01-01T00:00:00Z",
        "2100-01-01T00:00:00Z",
    )
    for text in (found["usage_from"], found["usage_to"], found["usage_data"][0]["from"]):
        assert datetime.fromisoformat(text).tzinfo is not None


def test_both_days_count(submit, usage, shift, bell_v04):
    jobs = [submit(bell_v04) for _ in range(4)]
    for days, job_id in enumerate(jobs):
        shift(job_id, -days)
    first, last = TODAY - timedelta(days=2), TODAY - timedelta(days=1)

    found = usage(start_date=first, end_date=last)

    assert [each["from"][:10] for each in found["usage_data"]] == [str(last), str(first)]
    groups = [each["group_usages"][0]["group_id"] for each in found["usage_data"]]
    assert groups == [jobs[1], jobs[2]]
    assert usage(start_date=last, end_date=last)["job_count"] == 1


def test_weeks_begin_on_mondays_and_months_on_their_first_but_not_before_the_start(
    submit, usage, shift, bell_v04
):
    for wanted in ("2025-12-30", "2026-01-02", "2026-01-05", "2026-02-01"):
        shift(submit(bell_v04), (datetime.fromisoformat(wanted).date() - TODAY).days)
    between = {"start_date": "2025-12-30", "end_date": "2026-02-28"}

    def starts(modality):
        found = usage(**between, modality=modality)["usage_data"]
        return [(each["from"][:10], each["job_count"]) for each in found]

    assert starts("weekly") == [("2026-01-26", 1), ("2026-01-05", 1), ("2025-12-30", 2)]
    assert starts("monthly") == [("2026-02-01", 1), ("2026-01-01", 2), ("2025-12-30", 1)]
    assert [start for start, _ in starts("daily")] == [
        "2026-02-01",
        "2026-01-05",
        "2026-01-02",
        "2025-12-30",
    ]


def test_groups_are_jobs_projects_and_users_with_their_names(client, store, usage, bell_v04):
    own = store.keys.find_open("any")
    jobs = [client.post("/v0.4/jobs", json=bell_v04).json()["id"]]
    submitters = {own.submitter_id: "open"}
    for email, first, name in (("dora@example.com", "Dora", "Dora Ion"), ("x@y.z", "", "x@y.z")):
        user = store.accounts.create_user(email, first, "Ion" if first else "")
        submitters[user.submitter_id] = name
        for key in ("one", "two"):  # of the same user
            made = store.keys.create(key, project="trapped ions", user=email)
            job = bell_v04 | {"name": f"{email} {key}"}
            jobs.append(client.post("/v0.4/jobs", json=job, headers=keyed(made)).json()["id"])
    secret, nobodys = store.keys.create("robot")
    client.post("/v0.4/jobs", json=bell_v04, headers={"authorization": f"apiKey {secret}"})

    def names(group_by):
        [day] = usage(group_by=group_by)["usage_data"]
        return {each["group_id"]: each["group_name"] for each in day["group_usages"]}

    found = names("job")
    assert len(found) == MOST_GROUPS
    assert {found[job_id] for job_id in jobs[1:] if job_id in found} <= {
        f"{email} {key}" for email in ("dora@example.com", "x@y.z") for key in ("one", "two")
    }
    assert found.get(jobs[0], jobs[0]) == jobs[0]
    assert set(names("project").values()) == {"default", "trapped ions"}
    assert names("user") == submitters | {nobodys.submitter_id: "robot"}


def test_usage_is_of_one_organization(client, store, usage, bell_v04):
    store.accounts.create_organization("com.example")
    store.accounts.create_project("theirs", "com.example")
    theirs = keyed(store.keys.create("theirs", project="theirs", role=Role.ADMIN))
    client.post("/v0.4/jobs", json=bell_v04, headers=theirs)
    client.post("/v0.4/jobs", json=bell_v04)
    client.post("/v0.4/jobs", json=bell_v04)

    read = client.get("/v0.4/organizations/com.example/usage", params=QUERY, headers=theirs)

    assert (read.status_code, read.json()["job_count"]) == (200, 1)
    assert read.json()["organization"] == "com.example"
    assert usage()["job_count"] == 2
    assert client.get(URL, params=QUERY, headers=theirs).status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_only_admins_read_usage(client, store, role):
    headers = keyed(store.keys.create("dora", role=role))

    answer = client.get(URL, params=QUERY, headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    assert role in answer.json()["message"]
    other = client.get("/v0.4/organizations/com.example/usage", params=QUERY, headers=headers)
    assert other.status_code == 404


def test_the_five_dearest_groups_are_told_apart_and_all_count(client, submit, usage, bell_v04):
    jobs = [submit(bell_v04 | ON_QPU | {"shots": shots}) for shots in range(1_000, 8_000, 1_000)]

    [day] = usage()["usage_data"]

    dearest = sorted(jobs, key=lambda job_id: -cost_of(client, job_id))[:MOST_GROUPS]
    assert [each["group_id"] for each in day["group_usages"]] == dearest
    assert day["job_count"] == 7
    assert day["amount"] == pytest.approx(sum(cost_of(client, job_id) for job_id in jobs))


def test_a_deleted_job_counts_and_has_lost_its_name(client, submit, usage, bell_v04):
    job_id = submit(bell_v04 | ON_QPU | {"name": "secret"})
    before = usage()

    client.delete(f"/v0.4/jobs/{job_id}")

    after = usage()
    assert before["usage_data"][0]["group_usages"][0].pop("group_name") == "secret"
    assert after["usage_data"][0]["group_usages"][0].pop("group_name") == job_id
    assert after == before


def test_only_completed_jobs_count(client, bench, submit, usage, bell_v04):
    submit(bell_v04 | {"dry_run": True})
    bench.fails_with = ("SimulationError", "no")
    submit(bell_v04)
    bench.works = False
    client.put(f"/v0.4/jobs/{submit(bell_v04)}/status/cancel")
    submit(bell_v04)

    found = usage()

    assert (found["job_count"], found["amount_total"], found["time_us_total"]) == (0, 0, 0)
    assert found["usage_data"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((field, None) for field in QUERY),
        *((field, "") for field in QUERY),
        ("start_date", "soon"),
        ("start_date", "20230701"),
        ("start_date", "2023-W01-1"),
        ("start_date", "2023-02-30"),
        ("start_date", "1969-12-31"),
        ("start_date", "2023-07-01T00:00:00Z"),
        ("end_date", "9999-12-31"),
        ("end_date", "2020-01-01"),
        ("group_by", "backend"),
        ("group_by", "organization"),
        ("modality", "yearly"),
        ("modality", "Daily"),
    ],
)
def test_a_wrong_parameter_is_named(client, admin, field, value):
    query = {key: each for key, each in (QUERY | {field: value}).items() if each is not None}

    answer = client.get(URL, params=query, headers=admin)

    assert answer.status_code == 400
    assert answer.json()["validation"] == {"source": "query", "keys": [field]}
    assert answer.json()["message"].startswith(field)


@pytest.mark.parametrize("name", ["another", "71d164e-6ebe-4126-8839-f1529bb01a00", "x" * 500])
def test_another_organization_is_a_404(client, admin, name):
    answer = client.get(f"/v0.4/organizations/{name}/usage", params=QUERY, headers=admin)

    assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")


def test_usage_takes_a_key(client):
    answer = client.get(URL, params=QUERY, headers={"authorization": ""})

    assert answer.status_code == 401
