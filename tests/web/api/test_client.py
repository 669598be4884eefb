"""The client asks only what the OpenAPI file describes, and the examples of docs/api.md run as they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from apps.client import HubClient, HubProblem
from apps.client import client as module
from apps.client import models as typed
from apps.reference import DOCS
from apps.web.api.openapi import openapi
from apps.web.rights import APP_RIGHTS
from identity import crosswalk
from tests.web.conftest import Site

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_MODELS = {"Customer": "Customer", "Hit": "Hit", "Candidate": "Candidate", "Change": "ChangeOut", "Changes": "Changes"}


def test_every_call_and_every_field_is_in_the_file() -> None:
    made = openapi()
    source = Path(module.__file__).read_text()
    pins = ("POST", "/api/v1/customers/{customer_id}/pins")
    called = {*re.findall(r'"(GET|POST)", f?"(/api/[^"]+)"', source), pins}
    assert len(called) >= 8
    for method, path in called:
        assert method.lower() in made["paths"][path], path
    for mine, theirs in _MODELS.items():
        known = made["components"]["schemas"][theirs]["properties"].keys()
        assert getattr(typed, mine).model_fields.keys() <= known, mine


def test_refusals_are_problems(site: Site) -> None:
    with HubClient(site.url, "hub_no_key") as hub, pytest.raises(HubProblem, match="key") as refused:
        hub.changes()
    assert refused.value.status == 401


def test_examples_of_the_page_run(site: Site, tmp_path: Path) -> None:
    key = site.app_client(*APP_RIGHTS).headers["authorization"].removeprefix("Bearer ")
    with site.hub.engine.connect() as conn:
        customer = str(crosswalk.customers_of(conn, "shop", "s2")[0])
    blocks = _FENCE.findall((DOCS / "api.md").read_text(encoding="utf-8"))
    assert {language for language, _ in blocks} == {"sh", "python"}
    python = "\n".join(text for language, text in blocks if language == "python")
    exec(compile(python, "docs/api.md", "exec"), {"HUB_URL": site.url, "HUB_KEY": key, "FOLDER": str(tmp_path)})
    assert (tmp_path / "customers.ndjson").stat().st_size > 1_000
    if not shutil.which("curl"):
        pytest.skip("no curl here")
    environment = {**os.environ, "HUB_URL": site.url, "HUB_KEY": key, "CUSTOMER": customer}
    for text in (text for language, text in blocks if language == "sh"):
        done = subprocess.run(["sh", "-ec", text], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, text + done.stderr
