"""Start the sandbox beside the hub and stop it afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import RetryableError


@contextmanager
def sandbox(state: Path, *, customers: int, seed: int, port: int = 0) -> Iterator[str]:
    """Run the sandbox on its state file (made if missing) and give its base address."""
    state.parent.mkdir(parents=True, exist_ok=True)
    with (state.parent / "sandbox.log").open("ab") as log:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "apps.sandbox", "--port", str(port), "--state", str(state),
                "--seed", str(seed), "--customers", str(customers),
            ],
            stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            line = process.stdout.readline() if process.stdout else ""
            try:
                url = str(json.loads(line)["url"])
            except (ValueError, KeyError):
                raise RetryableError("The sandbox did not start.", hint=f"Its own words are in {log.name}.") from None
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)
