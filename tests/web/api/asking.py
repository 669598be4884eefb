"""What the tests of the API share: whom they ask about, and how a problem looks."""

from __future__ import annotations

from typing import Any

import httpx

from flows.single import resolve
from hub.db import transaction
from identity import crosswalk
from tests.web.conftest import Site

NOBODY = "00000000-0000-0000-0000-000000000000"


def customer_of(site: Site, system: str, source_id: str) -> str:
    with transaction(site.hub.engine) as conn:
        return str(crosswalk.customers_of(conn, system, source_id)[0])


def key(system: str, source_id: str) -> dict[str, str]:
    return {"system": system, "object": {"shop": "customers", "desk": "contacts"}[system], "source_id": source_id}


def carried_out(site: Site, answer: httpx.Response) -> None:
    """Let a run do what could not be done at once: on a busy machine a lock may be taken for a moment."""
    assert answer.status_code == 201, answer.text
    if answer.json()["later"]:
        resolve(site.hub, progress=lambda _: None)


def is_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found["title"]
    return found
