"""Servers and worker hosts that reach their database through pgbouncer."""

import psycopg
import pytest
from harness import RunningServer, places
from harness.lossy import job_named
from harness.pgbouncer import pgbouncer
from harness.waiting import ended, until
from harness.worker_host import RunningWorkerHost

pytestmark = pytest.mark.skipif(
    not places.ON_POSTGRESQL, reason="poolers take PostgreSQL: PAULTRAP_TEST_ON=postgresql"
)

OPEN_TRANSACTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND state LIKE 'idle in transaction%' AND now() - xact_start > interval '2s'"
)


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_jobs_complete_behind_a_pooler(tmp_path, mode):
    url = places.place_in(tmp_path)
    with pgbouncer(url, mode, tmp_path) as place:
        server = RunningServer(tmp_path, "--workers", "0", environment={"PAULTRAP_DATABASE": place})
        host = RunningWorkerHost(tmp_path, place)
        try:
            server.start()
            host.start()
            with server.client() as client:
                for _ in range(3):
                    answer = client.post("/v0.4/jobs", content=job_named("small"))
                    assert answer.status_code == 201, answer.text
                    job = ended(client, answer.json()["id"])
                    assert job["status"] == "completed", job
            with psycopg.connect(url, autocommit=True) as directly:
                until(lambda: directly.execute(OPEN_TRANSACTIONS).fetchone() == (0,))
        finally:
            host.kill()
            server.kill()
            places.drop_those_in(tmp_path)
        logs = server.log() + host.log()
        assert "Traceback" not in logs
        warnings = logs.count("a pooler stands before the database")
        # Once for each program; its own processes say nothing more.
        assert warnings == (2 if mode == "transaction" else 0)
