"""Which engine computes; without the extra, `engine: spark` says what to install."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

import pytest
from sqlalchemy import Connection

from hub.config import Config
from hub.errors import SettingsError
from hub.matching import MatchingConfig
from identity import engine
from identity.blocking import GlueRule


def test_spark_without_its_extra_says_what_to_install(conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec

    def without(name: str, package: str | None = None) -> Any:
        return None if name == "pyspark" else find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    for name in [name for name in sys.modules if name.startswith("identity.spark")]:
        monkeypatch.delitem(sys.modules, name)
    config = Config.model_construct(matching={"person": MatchingConfig(engine="spark")})
    with pytest.raises(SettingsError, match=r"customer-hub\[spark\]"):
        engine.train(conn, config, "person", version=1, rule=GlueRule(), progress=lambda _: None)
    assert list(engine.clusterers(config)) == ["person"]
