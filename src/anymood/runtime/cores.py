"""Number and features of the CPU cores of this process, which its affinity and the quota of a container limit."""

import os
import platform
from functools import cache
from pathlib import Path
from typing import SupportsIndex

from anymood.errors import SettingError
from anymood.wording import plural

CORES = Path("/proc/cpuinfo")
CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
MAX_THREADS = 256  # on a machine with few cores; more threads than cores only cost time
MAX_THREADS_PER_CORE = 8


def chosen_cores(threads: int | None) -> int:
    """Number of cores to use: ``threads``, or by default all that are available.

    Raises:
        SettingError: ``threads`` is not a positive integer, or far more than there are cores.
    """
    if threads is None:
        return available_cores()
    if not isinstance(threads, SupportsIndex) or threads < 1:
        raise SettingError(f"'threads' is {threads!r}. Give a positive integer, or nothing for all cores.")
    if threads > MAX_THREADS and threads > MAX_THREADS_PER_CORE * (cores := available_cores()):
        raise SettingError(
            f"'threads' is {threads:,}, but {plural(cores, 'core')} can be used here. Give at most "
            f"{max(MAX_THREADS, MAX_THREADS_PER_CORE * cores):,}, or nothing for all cores."
        )
    return int(threads)


def available_cores(cgroups: Path = CGROUPS, membership: Path = MEMBERSHIP) -> int:
    """Number of cores this process may use, at least 1.

    A quota is rounded down: 2.5 cores count as 2, because threads beyond a container's quota are all throttled.

    Args:
        cgroups: mount point of the control groups (version 1 or 2).
        membership: file with the control groups of this process, one ``id:controllers:path`` per line.
    """
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [quota for group in _groups(cgroups, membership) if (quota := _quota(group)) is not None]
    return max(1, int(min([affinity, *quotas])))


@cache
def cores_have(feature: str, cores: Path) -> bool | None:
    """Whether the CPU has a feature, such as ``amx_bf16``; None on systems other than Linux.

    Args:
        feature: name of the feature, or part of it.
        cores: file that lists the features, ``CORES``. It is read once, because that is slow on many cores.
    """
    return feature in cores.read_text(encoding="utf-8", errors="replace") if cores.exists() else None


def lacks_amx(cores: Path = CORES) -> bool:
    """Whether this is an Intel CPU without AMX, where matrix products take longer in bfloat16 than in float32.

    False on systems other than Linux, where AMX cannot be detected: few Intel CPUs have bfloat16 without it.

    Args:
        cores: file that lists the features.
    """
    return bool(cores_have("GenuineIntel", cores)) and not cores_have("amx_bf16", cores)


def products_overflow(cores: Path = CORES) -> bool:
    """Whether engines may add pairs of 8-bit products in 16 bits: on x86 without VNNI, or if features are unknown.

    Args:
        cores: file that lists the features.
    """
    has_vnni = cores_have("vnni", cores)
    return platform.machine().lower() in ("x86_64", "amd64") if has_vnni is None else not has_vnni


def _groups(cgroups: Path, membership: Path) -> list[Path]:
    """Folders that may contain a quota: those of this process's control group and of its parents."""
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
        # Inside a container the path may be that of the host, which does not exist, unlike the root.
        folders += [folder for folder in (group, *group.parents) if folder.is_relative_to(root)]
    return folders


def _quota(group: Path) -> float | None:
    """Number of cores that a control group may use, None if unlimited."""
    try:
        # version 2: "200000 100000" or "max 100000"; the period is 100000 if it is missing
        quota, period, *_ = *(group / "cpu.max").read_text().split(), "100000"
    except OSError:
        try:
            quota = (group / "cpu.cfs_quota_us").read_text().strip()  # version 1: -1 for no limit
            period = (group / "cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    return None if quota in {"max", "-1"} else int(quota) / int(period)
