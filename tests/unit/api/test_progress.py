"""paultrap's own path for a progress bar."""


def test_a_completed_job_has_all_its_circuits_done(client, submit, founding_job):
    job_id = submit(founding_job)
    answer = client.get(f"/paultrap/jobs/{job_id}/progress")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": job_id,
        "status": "completed",
        "circuits": 2,
        "circuits_done": 2,
        "circuits_failed": 0,
    }


def test_a_job_that_waits_has_none(client, submit, bench, batch_v04):
    bench.works = False
    job_id = submit(batch_v04)
    found = client.get(f"/paultrap/jobs/{job_id}/progress").json()
    assert (found["status"], found["circuits"], found["circuits_done"]) == ("ready", 2, 0)


def test_a_child_counts_itself(client, submit, founding_job):
    parent = submit(founding_job)
    child = client.get(f"/v0.3/jobs/{parent}").json()["children"][1]
    found = client.get(f"/paultrap/jobs/{child}/progress").json()
    assert (found["circuits"], found["circuits_done"]) == (1, 1)


def test_a_dry_run_and_its_children_have_none(client, submit, founding_job):
    parent = submit(founding_job | {"dry_run": True})
    children = client.get(f"/v0.3/jobs/{parent}").json()["children"]
    for job_id in (parent, *children):
        assert client.get(f"/paultrap/jobs/{job_id}/progress").json()["circuits_done"] == 0


def test_an_unknown_job_is_not_found(client):
    answer = client.get("/paultrap/jobs/00000000-0000-7000-8000-000000000000/progress")
    assert answer.status_code == 404


def test_the_path_needs_a_key(client, submit, founding_job):
    job_id = submit(founding_job)
    client.headers.pop("authorization")
    assert client.get(f"/paultrap/jobs/{job_id}/progress").status_code == 401
