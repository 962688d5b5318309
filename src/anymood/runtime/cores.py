"""How many cores this process may use: its affinity, and the quota of a container. And what they can do."""

import os
from functools import cache
from pathlib import Path

from anymood.errors import SettingError

CORES = Path("/proc/cpuinfo")
CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def chosen_cores(threads: int | None) -> int:
    """Number of cores to use: the given one, or those that this process may use.

    Raises:
        SettingError: ``threads`` is no whole number from 1.
    """
    if threads is None:
        return available_cores()
    if not isinstance(threads, int) or threads < 1:
        raise SettingError(f"'threads' is {threads!r}. Give a whole number from 1, or nothing for all cores.")
    return threads


def available_cores(cgroups: Path = CGROUPS, membership: Path = MEMBERSHIP) -> int:
    """Cores this process may keep busy, at least 1.

    Threads beyond a container's quota would be throttled together, so a quota of 2.5 cores counts as 2.

    Args:
        cgroups: where the control groups are mounted (version 1 or 2).
        membership: the file that names this process's groups, one ``id:controllers:path`` a line.
    """
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [quota for group in _groups(cgroups, membership) if (quota := _quota(group)) is not None]
    return max(1, int(min([affinity, *quotas])))


@cache
def cores_have(feature: str, cores: Path) -> bool | None:
    """Whether Linux lists a feature of the cores, such as ``amx_bf16``; None on other systems.

    Args:
        feature: its name, or a part of it.
        cores: the file that lists them, ``CORES``; it is read once, which takes long where there are many.
    """
    return feature in cores.read_text(encoding="utf-8", errors="replace") if cores.exists() else None


def _groups(cgroups: Path, membership: Path) -> list[Path]:
    """Folders that may hold a quota: this process's group and every group around it."""
    try:
        lines = membership.read_text().splitlines()
    except OSError:  # not Linux
        return []
    folders: list[Path] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        root = cgroups / "cpu" if controllers else cgroups
        group = root / path.lstrip("/")
        # Inside a container the path may be the host's, which is not there: the root still is.
        folders += [folder for folder in (group, *group.parents) if folder.is_relative_to(root)]
    return folders


def _quota(group: Path) -> float | None:
    """Cores that a group may use, None where it sets no limit."""
    try:
        # version 2: "200000 100000" or "max 100000"; a period that is not said is 100000
        quota, period, *_ = *(group / "cpu.max").read_text().split(), "100000"
    except OSError:
        try:
            quota = (group / "cpu.cfs_quota_us").read_text().strip()  # version 1: -1 for no limit
            period = (group / "cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    return None if quota in {"max", "-1"} else int(quota) / int(period)
