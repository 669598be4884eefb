"""The benchmark: `python -m benchmarks.run --sizes 10000 100000`. See benchmarks/README.md for how to read it.

Every measured thing is a process of its own, so that its peak memory is its own. This process imports little: a child
begins with the memory of its parent, and that would count.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks.bars import Row, judge, table
from hub.postgres import EmbeddedPostgres

Run = Callable[[str, list[str], Path, dict[str, str]], str]
"""Runs a module with arguments, a folder and an environment; gives its standard output."""

_RESULTS = Path(__file__).parent / "results"

# The stages in their order; bare Splink runs right beside the hub's stage that it is compared with.
_PLAN = (
    ("prepare", "benchmarks.hub_run", ("prepare",)),
    ("land", "benchmarks.hub_run", ("land",)),
    ("load", "benchmarks.hub_run", ("load",)),
    ("take_in", "benchmarks.hub_run", ("take_in",)),
    ("first", "benchmarks.hub_run", ("first",)),
    ("export", "benchmarks.hub_run", ("export",)),
    ("bare_first", "benchmarks.bare", ("--train",)),
    ("golden", "benchmarks.hub_run", ("golden",)),
    ("frozen", "benchmarks.hub_run", ("frozen",)),
    ("bare_frozen", "benchmarks.bare", ()),
    ("quality", "benchmarks.hub_run", ("quality",)),
    ("increment", "benchmarks.hub_run", ("increment",)),
    ("look_up", "benchmarks.hub_run", ("look_up",)),
    ("search", "benchmarks.search", ()),
    ("api", "benchmarks.api", ()),
    ("golden_fill", "benchmarks.golden", ("fill",)),
    ("golden_build", "benchmarks.golden", ("build",)),
    ("golden_touch", "benchmarks.golden", ("touch",)),
)


class Postgres:
    """What the server's processes use meanwhile: CPU seconds, and the peak of their memory, shared pages once."""

    def __init__(self, data: Path) -> None:
        self._main = psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0]))
        self._stop = threading.Event()
        self._peak = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Postgres:
        self._cpu = self._used()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        time.sleep(0.1)  # a backend's CPU is known once the server has seen its end
        self.facts = {"postgres_cpu": round(self._used() - self._cpu, 2), "postgres_mib": round(self._peak, 1)}

    def _used(self) -> float:
        total = 0.0
        for process in (self._main, *self._main.children()):
            try:
                used = process.cpu_times()
                ended = used.children_user + used.children_system if process == self._main else 0.0
                total += used.user + used.system + ended
            except psutil.Error:
                continue
        return total

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            private, shared = 0, 0
            for process in (self._main, *self._main.children()):
                try:
                    memory = process.memory_info()
                except psutil.Error:
                    continue
                private, shared = private + memory.rss - memory.shared, max(shared, memory.shared)
            self._peak = max(self._peak, (private + shared) / 2**20)


def bench(size: int, folder: Path, u_pairs: float, run: Run) -> dict[str, Any]:
    """Run all stages on `size` generated persons, each by `run`; gives the measurements by stage."""
    run("benchmarks.persons", [str(folder), "--rows", str(size)], folder, {})
    found: dict[str, Any] = {}
    with EmbeddedPostgres(folder / "postgres").running() as server:
        environment = {"HUB_DATABASE_URL": server.url(driver="postgresql"), "HUB_HOME": str(folder / "home")}
        for name, module, arguments in _PLAN:
            bare = module == "benchmarks.bare"
            words = [str(folder / "bare"), "--u-pairs", str(u_pairs), *arguments] if bare else [*arguments, str(folder)]
            print(f"{size:,}: {name} ...", file=sys.stderr, flush=True)
            with Postgres(server.data) as postgres:
                said = run(module, words, folder, environment)
            found[name] = json.loads(said.splitlines()[-1]) | ({} if bare else postgres.facts)
            print(f"{size:,}: {name}: {json.dumps(found[name])}", file=sys.stderr, flush=True)
    return found


def alone(module: str, arguments: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Run a module as a process; gives its standard output. Its standard error is kept in the folder's log."""
    with (folder.parent / f"{folder.name}.log").open("a") as log:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, "DO_NOT_TRACK": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            check=False,
        )
    if done.returncode:
        tail = (folder.parent / f"{folder.name}.log").read_text()[-3000:]
        raise SystemExit(f"{module} {' '.join(arguments)} failed:\n{tail}")
    return done.stdout


def machine() -> dict[str, Any]:
    """Describe what this runs on."""
    model = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), platform.processor(),
    )  # fmt: skip
    return {
        "processors": os.cpu_count(),
        "processor": model,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load_average": [round(load, 1) for load in os.getloadavg()],
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def main() -> None:
    """Run the benchmark for each size, print the table and keep the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--u-pairs", type=float, default=1e6, help="pairs that bare Splink samples for u (default 1e6)")
    parser.add_argument("--work", type=Path, help="folder for data and databases (default: a temporary one)")
    parser.add_argument("--keep", action="store_true", help="keep that folder")
    parser.add_argument("--results", type=Path, default=_RESULTS, help="folder for the numbers")
    given = parser.parse_args()
    work = given.work or Path(tempfile.mkdtemp(prefix="hub-bench-"))
    before = machine()
    sizes: dict[int, dict[str, Any]] = {}
    for size in given.sizes:
        folder = work / str(size)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        sizes[size] = bench(size, folder, given.u_pairs, alone)
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)
    rows: list[Row] = judge(sizes)
    print(table(rows))
    given.results.mkdir(parents=True, exist_ok=True)
    path = given.results / f"{datetime.now(UTC):%Y-%m-%dT%H%M}.json"
    path.write_text(json.dumps({"before": before, "after": machine(), "sizes": sizes}, indent=1))
    print(f"\nAll numbers: {path}")
    if not given.keep and given.work is None:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
