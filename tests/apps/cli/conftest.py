"""What the tests of the commands share."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.apps.cli import command


@pytest.fixture
def folder(database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a hub whose database is on the tests' server: each command would start and stop one of its own."""
    monkeypatch.setitem(command.ENVIRONMENT, "HUB_DATABASE_URL", database.url.render_as_string(hide_password=False))
    return tmp_path
