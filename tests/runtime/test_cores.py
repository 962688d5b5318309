import os
import platform

import numpy as np
import pytest

from anymood.errors import SettingError
from anymood.runtime.cores import available_cores, chosen_cores, lacks_amx, products_overflow


@pytest.fixture(autouse=True)
def sixteen_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(16)), raising=False)


@pytest.fixture
def cgroups(tmp_path):
    """Draws control groups: ``write({file: content}, membership)`` and returns the cores found there."""

    def write(files, membership):
        for name, content in files.items():
            path = tmp_path / "cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        (tmp_path / "membership").write_text(membership)
        return available_cores(tmp_path / "cgroup", tmp_path / "membership")

    return write


def test_affinity_counts_where_there_are_not_control_groups(tmp_path):
    assert available_cores(tmp_path / "none", tmp_path / "none") == 16


def test_cores_of_the_machine_count_where_there_is_not_a_affinity(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert available_cores(tmp_path / "none", tmp_path / "none") == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_cores(tmp_path / "none", tmp_path / "none") == 1


@pytest.mark.parametrize(
    ("limit", "cores"),
    [
        ("max 100000", 16),
        ("400000 100000", 4),
        ("250000 100000", 2),
        ("50000 100000", 1),
        ("3200000 100000", 16),
        ("300000", 3),
    ],
)
def test_version_2_quota(cgroups, limit, cores):
    assert cgroups({"job/cpu.max": limit + "\n"}, "0::/job\n") == cores


def test_version_2_takes_the_narrowest_group_around(cgroups):
    files = {"outer/inner/cpu.max": "max 100000\n", "outer/cpu.max": "300000 100000\n"}
    assert cgroups(files, "0::/outer/inner\n") == 3


def test_inside_a_container_the_root_counts_when_the_path_is_the_hosts(cgroups):
    assert cgroups({"cpu.max": "200000 100000\n"}, "0::/docker/0123abcd\n") == 2


@pytest.mark.parametrize(("quota", "cores"), [("-1", 16), ("150000", 1), ("500000", 5)])
def test_version_1_quota(cgroups, quota, cores):
    files = {"cpu/job/cpu.cfs_quota_us": quota + "\n", "cpu/job/cpu.cfs_period_us": "100000\n"}
    assert cgroups(files, "5:memory:/other\n4:cpu,cpuacct:/job\n1:name=systemd:/job\n0::/job\n") == cores


def test_a_number_of_threads_may_come_from_numpy():
    assert chosen_cores(np.int64(3)) == 3  # type: ignore[arg-type]
    for wrong in (0, -1, "2", 1.5, np.float64(2)):
        with pytest.raises(SettingError, match="Give a positive integer"):
            chosen_cores(wrong)


def test_far_more_threads_than_cores_are_refused():
    assert chosen_cores(256) == 256
    with pytest.raises(SettingError, match="'threads' is 100,000, but 16 cores can be used here. Give at most 256"):
        chosen_cores(100_000)


@pytest.mark.parametrize(
    ("flags", "overflow"), [("avx2 avx512f", True), ("avx2 avx_vnni", False), ("avx512_vnni", False)]
)
def test_products_overflow_without_vnni(flags, overflow, tmp_path):
    cores = tmp_path / "cpuinfo"
    cores.write_text(f"flags\t\t: fpu sse4_2 {flags}\n")
    assert products_overflow(cores) == overflow


@pytest.mark.parametrize(
    ("vendor", "flags", "lacks"),
    [
        ("AuthenticAMD", "avx512_bf16", False),
        ("GenuineIntel", "avx512_bf16 amx_bf16", False),
        ("GenuineIntel", "avx512_bf16", True),
    ],
)
def test_only_intel_cpus_lack_amx(vendor, flags, lacks, tmp_path):
    cores = tmp_path / "cpuinfo"
    cores.write_text(f"vendor_id\t: {vendor}\nflags\t\t: fpu {flags}\n")
    assert lacks_amx(cores) == lacks
    assert not lacks_amx(tmp_path / "none")  # not on Linux


@pytest.mark.parametrize(("machine", "overflow"), [("AMD64", True), ("arm64", False)])
def test_products_may_overflow_on_an_x86_that_does_not_say(machine, overflow, monkeypatch, tmp_path):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert products_overflow(tmp_path / "none") == overflow
