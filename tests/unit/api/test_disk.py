"""A full disk and a database that is removed under the server: nothing is accepted, and all say why.

The full disk is SQLite's word for it here; `tests/acceptance/test_full_disk.py` has a real one.
"""

import sqlite3
from contextlib import closing

import pytest
from harness.jobs import file_of
from litestar.testing import TestClient
from unit.api.conftest import BELL, KEY, Bench

from paultrap.api.app import create_app
from paultrap.cli import main
from paultrap.settings import Settings
from paultrap.store import Store, StoreError, StoreFullError
from paultrap.store.sqlite import state

JOB = {"target": "simulator", "input": {"qubits": 2, "circuit": BELL}}


def fill(store, pages):
    """Let SQLite find no more room than for so many pages; 0 for as many as it likes."""
    for durable in (True, False):
        store._database.change(
            lambda connection: connection.exec_driver_sql(
                f"PRAGMA max_page_count = {pages or 1 << 30}"
            ),
            durable=durable,
        )


def test_a_full_disk_is_507_and_not_ready_until_there_is_room(client, store, monkeypatch):
    kept = client.post("/v0.3/jobs", json=JOB).json()["id"]
    fill(store, 1)
    monkeypatch.setattr(state.FileState, "_has_room", lambda _: False)

    refused = client.post("/v0.3/jobs", json=JOB | {"metadata": {"a": "b" * 60_000}})

    assert refused.status_code == 507
    assert set(refused.json()) == {"error", "message", "statusCode", "requestId"}
    not_ready = client.get("/readyz")
    assert not_ready.status_code == 503
    assert "full" in not_ready.json()["message"]
    assert client.get(f"/v0.3/jobs/{kept}/results").status_code == 200

    monkeypatch.undo()
    fill(store, 0)
    assert client.get("/readyz").status_code == 200
    assert client.post("/v0.3/jobs", json=JOB).status_code == 200


@pytest.mark.parametrize("is_replaced", [True, False])
def test_nothing_is_accepted_into_a_file_that_nobody_would_find(client, store, is_replaced):
    assert client.get("/readyz").status_code == 200
    file = file_of(store)
    elsewhere = file.rename(file.with_name("elsewhere.db"))
    if is_replaced:
        file.write_bytes(elsewhere.read_bytes())

    assert client.post("/v0.3/jobs", json=JOB).status_code == 503
    not_ready = client.get("/readyz")
    assert not_ready.status_code == 503
    assert "removed or replaced" in not_ready.json()["message"]


def test_a_store_on_a_full_disk_does_not_wait(tmp_path, monkeypatch):
    Store.open(tmp_path / "paultrap.db").close()

    def full(*_, **__):
        raise StoreFullError("the disk is full.")

    monkeypatch.setattr("paultrap.store.sqlite.database.SqliteDatabase.change", full)
    with pytest.raises(StoreError, match="full"):
        Store.open(tmp_path / "paultrap.db")


def test_a_copy_is_made_beside_a_server_and_restored_as_documented(
    client, bench, store, tmp_path, machines
):
    done = client.post("/v0.3/jobs", json=JOB).json()["id"]
    bench.works = False
    waiting = client.post("/v0.3/jobs", json=JOB).json()["id"]
    copy = tmp_path / "copies" / "backup.db"
    copy.parent.mkdir()
    with closing(sqlite3.connect(file_of(store))) as connection:
        connection.execute(f"VACUUM INTO '{copy}'")
    later = client.post("/v0.3/jobs", json=JOB).json()["id"]

    with closing(Store.open(copy, as_server=True)) as restored:
        again = Bench(restored)
        with TestClient(create_app(Settings(), restored, again, machines=machines)) as other:
            other.headers.update(KEY)
            again.wake()
            for job_id in (done, waiting):
                assert other.get(f"/v0.3/jobs/{job_id}/results").json() == {"0": 0.5, "3": 0.5}
            assert other.get(f"/v0.3/jobs/{later}").status_code == 404
        assert restored.check().damage == []


def test_the_command_lists_damage_by_job_and_fails(store, client, capsys):
    job_id = client.post("/v0.3/jobs", json=JOB).json()["id"]
    place = ("--database", str(file_of(store)))
    with pytest.raises(SystemExit) as ended:
        main(["db", "check", *place])
    assert ended.value.code == 0
    assert "1 jobs read, 0 damaged parts" in capsys.readouterr().out

    with store._database.write() as connection:
        connection.exec_driver_sql("UPDATE jobs SET qubits = 5")
    with pytest.raises(SystemExit) as ended:
        main(["db", "check", *place])

    assert ended.value.code == 1
    assert job_id in capsys.readouterr().out
