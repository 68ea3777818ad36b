"""`paultrap migrate` copies an SQLite file into PostgreSQL."""

from harness import databases


def test_keys_are_those_of_before(paultrap, tmp_path):
    paultrap("keys", "create", "laptop", "--data-dir", tmp_path / "data")
    file = tmp_path / "data" / "paultrap.db"
    with databases.shared().new(is_empty=True) as target:
        done = paultrap("migrate", file, target)

        assert done.code == 0
        assert "api_keys: 2 rows\n" in done.out
        assert done.out.endswith("All rows are there and have been checked.\n")
        listed = paultrap("keys", "list", "--database", file).out
        assert paultrap("keys", "list", "--database", target).out == listed
        again = paultrap("migrate", file, target)
        assert "is not empty. Make another" in again.complaint()


def test_a_password_is_refused_on_the_command_line(paultrap, tmp_path):
    done = paultrap("migrate", tmp_path / "none.db", "postgresql://me:secret@localhost/x")
    assert "PGPASSFILE" in done.complaint(code=2)
    assert "secret" not in done.error


def test_a_file_of_an_unknown_place_is_one_line(paultrap, tmp_path):
    done = paultrap("migrate", tmp_path / "none.db", "postgresql:///x")
    assert "there is no database" in done.complaint()
