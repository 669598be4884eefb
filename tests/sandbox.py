"""Starts the sandbox as a process of its own, for any test that needs the outside systems."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]

HUBSPOT_TOKEN = "sandbox-hubspot-token"
SAP_AUTH = ("sandbox", "sandbox")
ZENDESK_AUTH = ("agent@sandbox.test/token", "sandbox-zendesk-token")


class SandboxProcess:
    """A running sandbox. ``url`` is where it listens; it changes when it is started again."""

    def __init__(self, state: Path, customers: int, seed: int) -> None:
        self._command = [sys.executable, "-m", "apps.sandbox", "--state", str(state)]
        self._command += ["--seed", str(seed), "--customers", str(customers)]
        self.state = state
        self.url = ""
        self.start()

    def start(self, port: int = 0) -> None:
        """Start, or start again after a stop or kill; ``port`` 0 takes a free one."""
        command = [*self._command, "--port", str(port)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the sandbox ended with {self._process.wait()} before it was ready"
        self.url = json.loads(line)["url"]
        self.pid = json.loads(line)["pid"]
        self._client = httpx.Client(base_url=f"{self.url}/_sandbox", timeout=60)

    @property
    def port(self) -> int:
        """The port, to start again at the same address."""
        return int(self.url.rsplit(":", 1)[1])

    def stop(self) -> None:
        """End the process in good order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the process by force, as a crash would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        self._client.close()
        self._process.send_signal(how)
        self._process.wait(timeout=20)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the control API and return its answer."""
        response = self._client.request(method, path, json=body)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content and "json" in response.headers["content-type"] else response.text

    def fault(self, system: str, kind: str, **more: Any) -> int:
        """Switch a fault on and return its number."""
        return int(self.control("POST", "/faults", {"system": system, "kind": kind, **more})["id"])

    def clear_faults(self) -> None:
        """Switch all faults off."""
        self.control("DELETE", "/faults")

    def settings(self, **values: Any) -> dict[str, Any]:
        """Change settings and return them all."""
        return dict(self.control("POST", "/settings", values))

    def stats(self) -> dict[str, Any]:
        """Return how many requests and records there are."""
        return dict(self.control("GET", "/stats"))

    def mutate(self, fraction: float = 0.01, seed: int = 1, **more: Any) -> dict[str, Any]:
        """Change, add and delete a fraction of the customers in each system, and return their ids."""
        return dict(self.control("POST", "/mutate", {"fraction": fraction, "seed": seed, **more}))

    def dump(self, system: str) -> dict[str, list[dict[str, Any]]]:
        """Return all live records of a system by object."""
        return dict(self.control("GET", f"/dump/{system}"))

    def truth(self, entity_type: str | None = None) -> list[dict[str, str]]:
        """Return system, object, source_id and entity of each live record with a known entity."""
        query = f"?entity_type={entity_type}" if entity_type else ""
        return list(self.control("GET", f"/truth{query}")["truth"])

    def sap(self, **options: Any) -> httpx.Client:
        """Return a client of the Business Partner service, without a CSRF token."""
        base = f"{self.url}/sap/opu/odata/sap/API_BUSINESS_PARTNER"
        return httpx.Client(base_url=base, auth=SAP_AUTH, headers={"accept": "application/json"}, timeout=60, **options)

    def hubspot(self, **options: Any) -> httpx.Client:
        """Return a client of HubSpot."""
        headers = {"authorization": f"Bearer {HUBSPOT_TOKEN}"}
        return httpx.Client(base_url=f"{self.url}/hubspot", headers=headers, timeout=60, **options)

    def zendesk(self, **options: Any) -> httpx.Client:
        """Return a client of Zendesk."""
        return httpx.Client(base_url=f"{self.url}/zendesk/api/v2", auth=ZENDESK_AUTH, timeout=60, **options)


def start_sandbox(tmp_path: Path, customers: int = 200, seed: int = 7) -> SandboxProcess:
    """Start a sandbox with its state in a folder; the same folder brings the same state back. Stop it after use."""
    return SandboxProcess(tmp_path / "sandbox.sqlite", customers, seed)


@contextmanager
def running_sandbox(tmp_path: Path, customers: int = 200, seed: int = 7) -> Iterator[SandboxProcess]:
    """Start a sandbox and stop it at the end of the block."""
    sandbox = start_sandbox(tmp_path, customers, seed)
    try:
        yield sandbox
    finally:
        sandbox.stop()
