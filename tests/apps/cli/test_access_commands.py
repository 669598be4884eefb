"""`hub users`, `hub keys`, `hub audit` and `hub web` as an engineer runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from apps.cli import app, demo_users
from hub.session import Hub, open_hub
from tests.flows.files import make_hub


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with open_hub(make_hub(tmp_path_factory.mktemp("access"))) as hub:
        yield hub


def _run(hub: Hub, *args: str, code: int = 0, given: str = "") -> str:
    done = CliRunner().invoke(app, [*args, "-s", str(hub.settings)], input=given)
    assert done.exit_code == code, done.output
    return done.output


def _json(hub: Hub, *args: str) -> Any:
    return json.loads(_run(hub, *args, "--json"))


def test_people_and_keys_are_made_listed_and_ended(opened: Hub) -> None:
    assert "Nobody can sign in yet" in _run(opened, "users", "list")
    made = _json(opened, "users", "add", "anna", "--role", "steward", "--by", "ops")
    assert len(made["password"]) == 16
    _run(opened, "users", "add", "bert", "--role", "lead", "--password-stdin", given="a long enough one\n")
    assert "no role 'app'" in _run(opened, "users", "add", "robot", "--role", "app", code=1)
    assert "There is a user" in _run(opened, "users", "add", "Anna", "--role", "reader", code=1)
    assert "no user eve" in _run(opened, "users", "roles", "eve", "--role", "reader", code=1)
    _run(opened, "users", "roles", "anna", "--role", "lead", "--role", "auditor", "--by", "ops")
    _run(opened, "users", "disable", "bert")
    assert {u["name"]: bool(u["disabled_at"]) for u in _json(opened, "users", "list")} == {"anna": False, "bert": True}
    _run(opened, "users", "enable", "bert")
    assert "password:" in _run(opened, "users", "password", "bert")

    key = _json(opened, "keys", "add", "shop", "--right", "match", "--days", "9")["key"]
    assert key.startswith("hub_")
    assert "can't have" in _run(opened, "keys", "add", "more", "--right", "plan.approve", code=1)
    _run(opened, "keys", "revoke", "shop")
    assert "revoked" in _run(opened, "keys", "list")

    done = [entry["what"] for entry in _json(opened, "audit", "list", "--who", "ops")]
    assert done == ["user.roles", "user.add"]
    whole = _json(opened, "audit", "verify")
    assert (whole["entries"] >= 8, whole["fault"]) == (True, "")
    assert "cut off" in _run(opened, "audit", "verify", "--head", "ab" * 32, code=1)
    everything = json.dumps(_json(opened, "audit", "list")) + json.dumps(_json(opened, "keys", "list"))
    assert made["password"] not in everything
    assert key.rpartition("_")[2] not in everything


def test_the_web_says_where_it_is_and_answers(opened: Hub) -> None:
    code = "from apps.cli import main; main()"
    command = [sys.executable, "-u", "-c", code, "web", "-s", str(opened.settings), "--port", "0"]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as web:
        try:
            assert web.stdout is not None
            told = web.stdout.readline()
            assert "The console is on http://127.0.0.1:" in told
            url = told.split()[4]
            assert httpx.get(f"{url}sign-in", timeout=60).status_code == 200
        finally:
            web.terminate()


def test_the_demo_has_one_user_a_role_and_says_their_passwords_once(tmp_path: Path) -> None:
    with open_hub(make_hub(tmp_path)) as hub:
        made = demo_users.make(hub)
        assert set(made) == {"reader", "steward", "lead", "engineer", "auditor", "app (key)"}
        assert demo_users.make(hub) == {}
