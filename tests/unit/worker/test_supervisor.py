"""How a supervisor starts its workers."""

from contextlib import closing

from paultrap.store import Store, database_url
from paultrap.worker import Supervisor


def test_the_database_is_not_on_the_command_line(tmp_path, monkeypatch):
    with closing(Store.open(tmp_path / "paultrap.db")) as store:
        url = database_url("postgresql://me:secret@db.example/jobs")
        monkeypatch.setattr(store._database, "url", url)
        (slot,) = Supervisor(store)._slots

    assert "secret" not in " ".join(slot._command)
    assert slot._environment == {"PAULTRAP_DATABASE": "postgresql://me:secret@db.example/jobs"}
