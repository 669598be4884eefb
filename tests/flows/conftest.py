"""What the tests of the flows share."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.flows.files import make_hub


@pytest.fixture
def settings(database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of a small hub; its database is on the tests' server, for one of its own takes seconds to start."""
    monkeypatch.delenv("HUB_HOME", raising=False)
    monkeypatch.setenv("HUB_DATABASE_URL", database.url.render_as_string(hide_password=False))
    return make_hub(tmp_path)
