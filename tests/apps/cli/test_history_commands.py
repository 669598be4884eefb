"""hub show and hub diff at moments of the past, on one small hub."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from apps.cli import app
from apps.cli.history import read_moment
from hub.errors import SettingsError
from tests.flows.files import make_hub


def now() -> str:
    return datetime.now(UTC).isoformat()


def hub(*args: str, code: int = 0) -> str:
    """Run a command in this process, for there are many; gives all that it says."""
    done = CliRunner().invoke(app, args)
    assert done.exit_code == code, done.output
    return str(done.output)


def hub_json(*args: str) -> Any:
    return json.loads(CliRunner().invoke(app, [*args, "--json"]).stdout)


def test_a_customer_is_shown_as_it_was_and_what_has_changed(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("HUB_DATABASE_URL", url)
    settings = make_hub(tmp_path)
    segments = "segments: {baumanns: {attribute: family_name, equals: baumann}}\n"
    settings.write_text(settings.read_text() + segments)
    before = now()
    hub("sync")
    early = hub_json("show", "shop/1")
    then = now()
    rows = (tmp_path / "customers.csv").read_text()
    assert "Baumann" in rows
    (tmp_path / "customers.csv").write_text(rows.replace("Baumann", "Bergmann"))
    hub("sync")
    late = hub_json("show", "shop/1")

    def names(shown: Any) -> set[str]:
        return {value[1] for value in shown["values"] if value[0] == "family_name"}

    assert (names(early), names(late)) == ({"Baumann"}, {"Bergmann"})
    past = hub_json("show", "shop/1", "--as-of", then)
    assert names(past) == {"Baumann"}
    assert [record[:3] for record in past["records"]] == [record[:3] for record in early["records"]]
    assert names(hub_json("show", early["customer_id"], "--as-of", then)) == {"Baumann"}
    assert "as known at" in hub("show", "shop/1", "--as-of", then)
    assert (early["segments"], past["segments"], late["segments"]) == (["baumanns"], ["baumanns"], [])
    assert past["contact_points"] == early["contact_points"] != []
    assert past["unknown"] == {}
    assert "contact points: can't be told of that moment" in hub("show", "shop/1", "--valid-at", then)
    assert names(hub_json("show", "shop/1", "--valid-at", now())) == {"Bergmann"}
    said = hub("diff", "shop/1", "--from", then)
    assert "Baumann" in said
    assert "Bergmann" in said
    told = hub_json("diff", "shop/1", "--from", then)
    assert {"attribute": "family_name", "before": ["Baumann"], "after": ["Bergmann"]}.items() <= next(
        one for one in told["values"] if one["attribute"] == "family_name"
    ).items()
    assert "Nothing differs" in hub("diff", "shop/1", "--from", then, "--to", then)
    assert "No system was told" in hub("show", "shop/1", "--told")
    assert "unborn" in hub("show", early["customer_id"], "--as-of", before, code=1)
    assert "lies ahead" in hub("show", "shop/1", "--as-of", "2999-01-01", code=1)
    assert "is no moment" in hub("show", "shop/1", "--as-of", "yesterday", code=2)


def test_a_day_means_its_end_and_no_zone_means_utc() -> None:
    assert read_moment(None, "--as-of") is None
    assert read_moment("2026-03-01", "--as-of") == datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC)
    assert read_moment("2026-03-01T14:30", "--as-of") == datetime(2026, 3, 1, 14, 30, tzinfo=UTC)
    assert read_moment("2026-03-01T14:30+02:00", "--as-of") == datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    with pytest.raises(SettingsError, match="--to: 'x' is no moment"):
        read_moment("x", "--to")
