"""One sandbox for each module of tests, as a process of its own."""

from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox import SandboxProcess, start_sandbox


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    process = start_sandbox(tmp_path_factory.mktemp("sandbox"), customers=300, seed=7)
    yield process
    process.stop()


@pytest.fixture(autouse=True)
def defaults(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave no fault and no changed setting to the next test."""
    before = None
    if "sandbox" in request.fixturenames:
        before = request.getfixturevalue("sandbox").settings()
    yield
    if before is not None:
        process = request.getfixturevalue("sandbox")
        process.clear_faults()
        process.settings(**before)


@pytest.fixture
def sap(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    with sandbox.sap() as client:
        yield client


@pytest.fixture
def hubspot(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    with sandbox.hubspot() as client:
        yield client


@pytest.fixture
def zendesk(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    with sandbox.zendesk() as client:
        yield client
