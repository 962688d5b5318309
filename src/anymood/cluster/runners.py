"""The runners of Daft: the cores of this machine, or a Ray cluster."""

import math
import os
import socket
from typing import Literal, TypeAlias

from anymood.cluster.daft_io import QUIET, daft
from anymood.errors import SettingError, optional_dependency

Runner: TypeAlias = Literal["native", "ray"]

TASKS_PER_CORE = 2  # of a cluster: more would balance slow machines better, but each reads its whole table
CONNECT_SECONDS = 10.0  # timeout of a connection to the head of a cluster


def shards(runner: Runner, cores: int, parts: int) -> int:
    """Number of shards per input, each a task; the native runner reads each input in one task."""
    return 1 if runner == "native" else math.ceil(TASKS_PER_CORE * cores / parts)


def start(runner: Runner, address: str | None = None) -> int:
    """Set the runner of Daft for this process.

    Returns:
        The number of cores.

    Raises:
        SettingError: another runner is set already, an address is given without Ray, or the cluster does not respond.
        MissingExtra: Ray is not installed.
    """
    if runner == "native":
        if address is not None:
            raise SettingError(f"{address} is the address of a Ray cluster. Also give --runner ray.")
        _choose(runner)
        return os.cpu_count() or 1
    with optional_dependency("Predicting on a cluster", "bulk"):
        import ray
    if not ray.is_initialized():
        try:
            _require_answer(address or os.environ.get("RAY_ADDRESS", ""))
            ray.init(address, runtime_env={"env_vars": {name: os.environ[name] for name in QUIET}}, log_to_driver=False)
        except Exception as error:  # such as ConnectionError, ValueError and RuntimeError
            raise SettingError(
                f"There is no Ray cluster at {address or os.environ.get('RAY_ADDRESS', 'this machine')}: {error}"
            ) from error
    _choose(runner)
    return int(ray.cluster_resources().get("CPU", 1))  # type: ignore[no-untyped-call]


def _require_answer(address: str) -> None:
    """Check that an address accepts connections: Ray tries for minutes.

    Raises:
        OSError: it does not.
    """
    host, _, port = address.rpartition("/")[2].rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS).close()


def _choose(runner: Runner) -> None:
    try:
        daft.set_runner_native() if runner == "native" else daft.set_runner_ray()
    except Exception as error:  # it can only be set once
        if daft.runners.get_or_infer_runner_type() != runner:
            raise SettingError("This process already uses another runner of Daft. Start a new process.") from error
