"""One sandbox for this room; a hub with an empty database for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from tests.destinations.systems import KINDS, Hub, System
from tests.sandbox import SandboxProcess, running_sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("destinations"), customers=300) as running:
        yield running


@pytest.fixture(scope="session")
def systems(sandbox: SandboxProcess) -> dict[str, System]:
    return {name: System(kind, sandbox) for name, kind in KINDS.items()}


@pytest.fixture
def hub_of(database: Engine, systems: dict[str, System], sandbox: SandboxProcess) -> Iterator[Callable[[str], Hub]]:
    """Makes the hub's side of a system by its kind; all faults are off before and after."""
    sandbox.clear_faults()
    yield lambda kind: Hub(database, systems[kind])
    sandbox.clear_faults()
