"""Kill a worker or a machine of a Ray cluster during a job, and count the lost and repeated rows: there should be none.

    python benchmarks/ray_kills.py [--rows 4000] [--tables 12] [--kill worker|machine] [--model sentiment]

The cluster has two machines with one core each, which are two raylets on the loopback interface. SIGKILL ends one after
a few tasks. Every 97th row has no text. Needs the extra ``bulk``.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

# Restricts Ray to the loopback interface; otherwise, it searches for other machines.
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
os.environ["RAY_AUTH_MODE"] = "disabled"  # otherwise a token is written into the home folder
os.environ["RAY_DISABLE_DASHBOARD"] = "1"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["DAFT_PROGRESS_BAR"] = "0"

PROBLEM_EVERY = 97  # rows
LOOPBACK = "127.0.0.1"
STORE_BYTES = 80 * 2**20  # of a machine's memory for the results of its tasks
FILES_BEFORE = 2  # that exist before the kill


def write_tables(folder: Path, tables: int, rows: int) -> Path:
    folder.mkdir()
    for table in range(tables):
        numbers = range(table * rows, (table + 1) * rows)
        lines = (f"{n},{'' if n % PROBLEM_EVERY == 0 else f'what a lovely day {n}'}\n" for n in numbers)
        (folder / f"{table:03}.csv").write_text("id,text\n" + "".join(lines), encoding="utf-8")
    return folder


def workers(raylet: int) -> list[int]:
    """Processes of a raylet that run Daft's tasks."""
    processes = []
    for task in Path(f"/proc/{raylet}/task").iterdir():
        for child in (task / "children").read_text().split():
            title = Path(f"/proc/{child}/cmdline").read_bytes().decode(errors="replace")
            if "Swordfish" in title or "PhysicalWrite" in title:
                processes.append(int(child))
    return processes


def kill_later(cluster: Any, machine: Any, rows: Path, kill: str, message: dict[str, Any]) -> None:
    """Wait until some files exist, then kill."""
    [raylet] = [info.process.pid for info in machine.all_processes["raylet"]]
    while len(list(rows.glob("*.parquet"))) < FILES_BEFORE or not workers(raylet):
        time.sleep(0.02)
    message["files when killed"] = len(list(rows.glob("*.parquet")))
    if kill == "machine":
        cluster.remove_node(machine, allow_graceful=False)
    else:
        message["workers killed"] = workers(raylet)
        for worker in message["workers killed"]:
            os.kill(worker, signal.SIGKILL)


def run(folder: Path, tables: int, rows: int, model: str, kill: str) -> dict[str, Any]:
    import ray
    from ray.cluster_utils import Cluster

    from anymood.cluster.job import predict_tables
    from anymood.jobs.work_folder import work_folder

    target = folder / "out"
    machine = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "node_ip_address": LOOPBACK}
    cluster = Cluster(initialize_head=True, head_node_args={**machine, "include_dashboard": False})
    message: dict[str, Any] = {}
    try:
        node = cluster.add_node(**machine)
        cluster.wait_for_nodes()
        parameters = (cluster, node, work_folder(target) / "rows", kill, message)
        threading.Thread(target=kill_later, args=parameters, daemon=True).start()
        begun = time.monotonic()
        source = write_tables(folder / "tables", tables, rows) / "*.csv"
        summary = predict_tables(source, target, model, runner="ray", address=cluster.address)
        message["seconds"] = round(time.monotonic() - begun, 1)
        message["summary"] = {"rows": summary.rows, "problems": summary.problems}
    finally:
        ray.shutdown()
        cluster.shutdown()
    return message


def wrong_rows(target: Path, rows: int) -> tuple[int, int]:
    """Numbers of lost and of repeated rows."""
    from pyarrow import parquet

    ids = [int(n) for path in target.glob("*.parquet") for n in parquet.read_table(path)["id"].to_pylist()]
    return len(set(range(rows)) - set(ids)), len(ids) - len(set(ids))


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill a worker of a Ray cluster during a job.")
    parser.add_argument("--rows", type=int, default=4000, help="of a table")
    parser.add_argument("--tables", type=int, default=12)
    parser.add_argument("--kill", choices=("worker", "machine"), default="worker")
    parser.add_argument("--model", default="sentiment")
    parser.add_argument("--folder", type=Path, help="folder for the output; by default a temporary one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = arguments.folder or Path(made)
        message = run(folder, arguments.tables, arguments.rows, arguments.model, arguments.kill)
        lost, doubled = wrong_rows(folder / "out", arguments.tables * arguments.rows)
        files = sorted(path.name for path in (folder / "out").iterdir())
    message |= {"rows": arguments.tables * arguments.rows, "lost": lost, "doubled": doubled, "files": len(files)}
    print(json.dumps(message))
    sys.exit(bool(lost or doubled or "files when killed" not in message))


if __name__ == "__main__":
    main()
