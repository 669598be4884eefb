"""A Prefect server of the hub's own: its state in the hub's PostgreSQL, its page on this machine alone."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from flows.prefect_environment import ensure_database, prepare
from hub.errors import RetryableError
from hub.session import Hub

_START_SECONDS = 180  # a cold start also migrates Prefect's database
_HOST = "127.0.0.1"


class PrefectServer:
    """A running server process."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self.page = f"http://{_HOST}:{port}"
        self.api_url = f"{self.page}/api"

    def wait_ready(self) -> None:
        """Wait until the server answers; raises RetryableError where it ends or takes too long."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.api_url}/health", timeout=5).status_code == httpx.codes.OK:
                    return
            time.sleep(0.2)
        raise RetryableError(
            f"The Prefect server did not start on {self.page}.", hint="Is the port taken? Name another with --port."
        )


@contextmanager
def prefect_server(hub: Hub, port: int) -> Iterator[PrefectServer]:
    """Start a server beside the caller (it takes some seconds: see `wait_ready`) and stop it afterwards."""
    ensure_database(hub)
    prepare(hub, api_url=f"http://{_HOST}:{port}/api")
    log = (hub.home / "prefect-server.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--host", _HOST, "--port", str(port)],
        stdout=log, stderr=log, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield PrefectServer(process, port)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()
