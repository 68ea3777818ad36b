"""What a process may use: the machine's, less where a container or an affinity says so."""

import os
import subprocess
import sys

import pytest

from paultrap import host

GIB = 2**30


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Pretend that the machine has 16 cores, 8 GiB available, and no container."""
    (tmp_path / "proc/self").mkdir(parents=True)
    meminfo = f"MemTotal: 1 kB\nMemAvailable: {8 * GIB // 1024} kB\n"
    (tmp_path / "proc/meminfo").write_text(meminfo)
    monkeypatch.setattr(host, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(host, "_CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(16), raising=False)
    return tmp_path


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(f"{text}\n")


def second(machine, path=""):
    return machine / "cgroup" / path


def memory_of(machine, version: int, limit) -> None:
    """Give the container a limit, of which half is used, and a quarter of it by cached files."""
    used = 2 * GIB
    if version == 2:
        statistics = f"anon 5\ninactive_file {GIB}\nfile 7"
        files = {"memory__max": limit, "memory__current": used, "memory__stat": statistics}
        write(second(machine), **files)
    else:
        statistics = f"cache 5\ntotal_inactive_file {GIB}"
        files = {"memory__limit_in_bytes": limit, "memory__usage_in_bytes": used}
        write(machine / "cgroup/memory", **files, memory__stat=statistics)


def test_without_a_container_the_machine_decides(machine):
    assert machine
    assert host.available_memory() == 8 * GIB
    assert host.total_memory() == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert host.usable_cores() == 16


@pytest.mark.parametrize("version", [1, 2])
def test_a_container_may_allow_less_and_its_file_cache_does_not_count(machine, version):
    memory_of(machine, version, 4 * GIB)

    assert host.available_memory() == 3 * GIB
    assert host.total_memory() == min(4 * GIB, host._physical_memory())


def test_a_small_container_on_a_large_machine_is_small(machine, monkeypatch):
    monkeypatch.setattr(host, "_physical_memory", lambda: 256 * GIB)
    memory_of(machine, 2, 4 * GIB)

    assert host.total_memory() == 4 * GIB


@pytest.mark.parametrize(("version", "limit"), [(2, "max"), (1, 9223372036854771712)])
def test_a_container_without_a_limit_changes_nothing(machine, version, limit):
    memory_of(machine, version, limit)

    assert host.available_memory() == 8 * GIB
    assert host.total_memory() == host._physical_memory()


def test_a_machine_without_meminfo_counts_its_memory(machine):
    (machine / "proc/meminfo").unlink()

    assert host.available_memory() > GIB // 8


@pytest.mark.parametrize(
    ("quota", "period", "cores"),
    [(200_000, 100_000, 2), (150_000, 100_000, 2), (5_000, 100_000, 1), (3_200_000, 100_000, 16)],
)
def test_a_quota_is_a_number_of_cores_and_part_of_one_is_one(machine, quota, period, cores):
    write(second(machine), cpu__max=f"{quota} {period}")

    assert host.usable_cores() == cores


def test_the_first_version_has_its_quota_in_two_files(machine):
    write(machine / "cgroup/cpu", cpu__cfs_quota_us=300_000, cpu__cfs_period_us=100_000)

    assert host.usable_cores() == 3


@pytest.mark.parametrize(
    "files", [{"cpu__max": "max 100000"}, {"cpu__cfs_quota_us": -1, "cpu__cfs_period_us": 100_000}]
)
def test_without_a_quota_the_affinity_decides(machine, files):
    write(second(machine), **files)
    write(machine / "cgroup/cpu", **files)

    assert host.usable_cores() == 16


def test_limits_of_the_own_group_and_of_those_above_it_hold(machine, monkeypatch):
    monkeypatch.setattr(host, "_physical_memory", lambda: 256 * GIB)
    (machine / "proc/self/cgroup").write_text("0::/system.slice/paultrap.service\n")
    write(second(machine, "system.slice"), cpu__max="400000 100000", memory__max=8 * GIB)
    write(second(machine, "system.slice/paultrap.service"), memory__max=2 * GIB)

    assert host.usable_cores() == 4
    assert host.total_memory() == 2 * GIB


def test_within_a_container_the_hosts_path_is_not_there_and_its_own_limit_holds(machine):
    (machine / "proc/self/cgroup").write_text("4:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n")
    write(machine / "cgroup/cpu", cpu__cfs_quota_us=200_000, cpu__cfs_period_us=100_000)

    assert host.usable_cores() == 2


def test_a_machine_without_affinities_counts_its_cores(machine, monkeypatch):
    assert machine
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)

    assert host.usable_cores() == 6


@pytest.mark.parametrize("cores", [1, 3])
def test_the_kernels_use_the_cores_that_are_usable(cores):
    code = f"""
import os, paultrap.host
paultrap.host.usable_cores = lambda: {cores}
import numpy as np
from paultrap import _kernels
_kernels.write_distribution(np.arange(200_000, dtype=np.uint64), np.full(200_000, 5e-6), 20)
print(len(os.listdir("/proc/self/task")))
"""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == cores
