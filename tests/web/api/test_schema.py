"""Whatever the OpenAPI file allows or forbids is sent to the running API: no 5xx, no answer that the file lacks."""

from __future__ import annotations

import time

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.web.api.openapi import openapi
from apps.web.rights import APP_RIGHTS
from tests.web.conftest import Site

_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_LONG = ("/api/v1/changes/stream",)  # its answer has no end that a generated request would wait for


def attack(site: Site, examples: int, seconds: float) -> int:
    """Send generated requests to every operation, so many each while time lasts; gives how many were sent."""
    schema = schemathesis.openapi.from_dict(openapi())
    sent, until = 0, time.monotonic() + seconds
    with site.app_client(*APP_RIGHTS) as client, requests.Session() as session:
        headers = {"Authorization": client.headers["authorization"]}
        for result in schema.get_all_operations():
            operation = result.ok()
            if operation.path in _LONG:
                continue

            def send(case: schemathesis.Case) -> None:
                nonlocal sent
                if time.monotonic() > until:
                    return
                sent += 1
                case.query = {**(case.query or {}), "wait": 0} if "wait" in (case.query or {}) else case.query
                answer = case.call(base_url=site.url, headers=headers, session=session)
                case.validate_response(answer, checks=_CHECKS)

            strategy = operation.as_strategy()
            settings(
                max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck), derandomize=True,
            )(given(strategy)(send))()  # fmt: skip
    return sent


def test_no_request_that_the_file_describes_breaks_the_api(site: Site) -> None:
    assert attack(site, examples=8, seconds=25) >= 20


@pytest.mark.slow
def test_no_request_breaks_the_api_for_minutes(site: Site) -> None:
    assert attack(site, examples=300, seconds=600) >= 500


def test_the_file_says_what_there_is() -> None:
    made = openapi()
    assert made["openapi"].startswith("3.1")
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            if operation.get("security", True):
                assert {"401", "403", "429"} <= set(operation["responses"]), where
            for status, answer in operation["responses"].items():
                if status.startswith(("4", "5")):
                    assert list(answer["content"]) == ["application/problem+json"], f"{where} {status}"
