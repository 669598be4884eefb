"""Fixtures of the sources: a folder as home, a sandbox for the module, and one rig for each kind of system."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub.db import make_engine
from hub.postgres import EmbeddedPostgres
from tests import databases
from tests.sandbox import SandboxProcess, running_sandbox
from tests.sources.rigs import FilesRig, HubSpotRig, Rig, SandboxRig, SapRig, SqlRig, ZendeskRig


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), customers=120) as running:
        yield running


@pytest.fixture
def other_database(server: EmbeddedPostgres) -> Iterator[Engine]:
    """A database that belongs to somebody else."""
    with databases.copied(server) as name:
        engine = make_engine(server.url(name))
        yield engine
        engine.dispose()


SANDBOX_RIGS: dict[str, type[SandboxRig]] = {"sap_s4hana": SapRig, "hubspot": HubSpotRig, "zendesk": ZendeskRig}


@pytest.fixture
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Rig:
    """The system of the kind that the test is parametrised with."""
    kind = request.param
    if kind == "files":
        return FilesRig(tmp_path)
    if kind == "sql":
        return SqlRig(request.getfixturevalue("other_database"))
    sandbox = request.getfixturevalue("sandbox")
    sandbox.clear_faults()
    return SANDBOX_RIGS[kind](sandbox)
