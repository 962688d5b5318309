"""Kill a worker of a Ray cluster, or all of one machine, amid a job, and count the rows lost or doubled: none.

    python benchmarks/ray_kills.py [--rows 4000] [--tables 12] [--kill worker|machine] [--model sentiment]

The cluster is two machines of one core each, both of them this one: two raylets on the loopback interface. One is
hit by SIGKILL once a few tasks are done. Every 97th row has nothing to see. Needs the extra ``bulk``.
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

# Ray stays on the loopback interface and in a folder of its own; without this it looks for the way to other machines.
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
os.environ["RAY_AUTH_MODE"] = "disabled"  # else a token is written into the home folder
os.environ["RAY_DISABLE_DASHBOARD"] = "1"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["DAFT_PROGRESS_BAR"] = "0"

PROBLEM_EVERY = 97  # rows
LOOPBACK = "127.0.0.1"
STORE_BYTES = 80 * 2**20  # of a machine's memory for what its tasks hand on
FILES_BEFORE = 2  # that are there when the blow falls


def write_tables(folder: Path, tables: int, rows: int) -> Path:
    folder.mkdir()
    for table in range(tables):
        numbers = range(table * rows, (table + 1) * rows)
        lines = (f"{n},{'' if n % PROBLEM_EVERY == 0 else f'what a lovely day {n}'}\n" for n in numbers)
        (folder / f"{table:03}.csv").write_text("id,text\n" + "".join(lines), encoding="utf-8")
    return folder


def workers(raylet: int) -> list[int]:
    """Processes of a raylet that do Daft's tasks."""
    found = []
    for task in Path(f"/proc/{raylet}/task").iterdir():
        for child in (task / "children").read_text().split():
            title = Path(f"/proc/{child}/cmdline").read_bytes().decode(errors="replace")
            if "Swordfish" in title or "PhysicalWrite" in title:
                found.append(int(child))
    return found


def strike(cluster: Any, machine: Any, grown: Path, kill: str, told: dict[str, Any]) -> None:
    """Wait until some files are there, then kill."""
    [raylet] = [info.process.pid for info in machine.all_processes["raylet"]]
    while len(list(grown.glob("*.parquet"))) < FILES_BEFORE or not workers(raylet):
        time.sleep(0.02)
    told["files when killed"] = len(list(grown.glob("*.parquet")))
    if kill == "machine":
        cluster.remove_node(machine, allow_graceful=False)
    else:
        told["workers killed"] = workers(raylet)
        for worker in told["workers killed"]:
            os.kill(worker, signal.SIGKILL)


def run(folder: Path, tables: int, rows: int, model: str, kill: str) -> dict[str, Any]:
    import ray
    from ray.cluster_utils import Cluster

    from anymood.cluster.job import predict_tables
    from anymood.jobs.work_folder import work_folder

    target = folder / "out"
    machine = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "node_ip_address": LOOPBACK}
    cluster = Cluster(initialize_head=True, head_node_args={**machine, "include_dashboard": False})
    told: dict[str, Any] = {}
    try:
        struck = cluster.add_node(**machine)
        cluster.wait_for_nodes()
        given = (cluster, struck, work_folder(target) / "rows", kill, told)
        threading.Thread(target=strike, args=given, daemon=True).start()
        begun = time.monotonic()
        source = write_tables(folder / "tables", tables, rows) / "*.csv"
        summary = predict_tables(source, target, model, runner="ray", address=cluster.address)
        told["seconds"] = round(time.monotonic() - begun, 1)
        told["summary"] = {"rows": summary.rows, "problems": summary.problems}
    finally:
        ray.shutdown()
        cluster.shutdown()
    return told


def wrong_rows(target: Path, rows: int) -> tuple[int, int]:
    """How many rows are lost, and how many too many."""
    from pyarrow import parquet

    found = [int(n) for path in target.glob("*.parquet") for n in parquet.read_table(path)["id"].to_pylist()]
    return len(set(range(rows)) - set(found)), len(found) - len(set(found))


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill a worker of a Ray cluster amid a job.")
    parser.add_argument("--rows", type=int, default=4000, help="of a table")
    parser.add_argument("--tables", type=int, default=12)
    parser.add_argument("--kill", choices=("worker", "machine"), default="worker")
    parser.add_argument("--model", default="sentiment")
    parser.add_argument("--folder", type=Path, help="where the output stays; else it is thrown away")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        told = run(folder, given.tables, given.rows, given.model, given.kill)
        lost, doubled = wrong_rows(folder / "out", given.tables * given.rows)
        files = sorted(path.name for path in (folder / "out").iterdir())
    told |= {"rows": given.tables * given.rows, "lost": lost, "doubled": doubled, "files": len(files)}
    print(json.dumps(told))
    sys.exit(bool(lost or doubled or "files when killed" not in told))


if __name__ == "__main__":
    main()
