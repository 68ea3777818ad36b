"""How the engine finds out what memory it may use."""

import pytest

from paultrap.engine import memory

GIB = 2**30


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Pretend that the machine has 8 GiB available and no container."""
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(f"MemTotal: 1 kB\nMemAvailable: {8 * GIB // 1024} kB\n")
    monkeypatch.setattr(memory, "_MEMINFO", meminfo)
    monkeypatch.setattr(memory, "_CGROUP", tmp_path / "cgroup")
    return tmp_path


def container(machine, names, limit):
    folder = machine / "cgroup" / names["folder"]
    folder.mkdir(parents=True)
    (folder / names["limit"]).write_text(f"{limit}\n")
    (folder / names["usage"]).write_text(f"{2 * GIB}\n")
    (folder / "memory.stat").write_text(f"anon 5\n{names['cache']} {GIB}\nfile 7\n")


V2 = {
    "folder": ".",
    "limit": "memory.max",
    "usage": "memory.current",
    "cache": "inactive_file",
}
V1 = {
    "folder": "memory",
    "limit": "memory.limit_in_bytes",
    "usage": "memory.usage_in_bytes",
    "cache": "total_inactive_file",
}


def test_without_a_container_the_machine_decides(machine):
    assert machine
    assert memory.available_memory() == 8 * GIB
    assert memory.default_memory_limit() == int(0.8 * 8 * GIB)


@pytest.mark.parametrize("names", [V1, V2])
def test_a_container_may_allow_less_and_its_file_cache_does_not_count(machine, names):
    container(machine, names, 4 * GIB)

    assert memory.available_memory() == 3 * GIB


def test_a_container_without_a_limit_changes_nothing(machine):
    container(machine, V2, "max")

    assert memory.available_memory() == 8 * GIB


def test_a_machine_without_meminfo_counts_its_memory(machine, monkeypatch):
    monkeypatch.setattr(memory, "_MEMINFO", machine / "nothing")

    assert memory.available_memory() > GIB // 8


@pytest.mark.parametrize(
    ("needed", "says"),
    [(512, "512 bytes"), (1536, "1.5 KiB"), (3 * 2**20, "3.0 MiB"), (2**60, "1073741824.0 GiB")],
)
def test_figures_are_given_in_units_that_a_person_reads(needed, says):
    assert f"needs up to {says} of memory" in str(memory.MemoryLimitError(needed, 1))
