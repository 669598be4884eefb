"""What became of what stewards did: asked of the database, beside the pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flows import queue
from golden_record import read
from hub import plans
from hub.tasks import Wanted
from identity import crosswalk
from tests.web.conftest import Site


def open_items(site: Site, kind: Any = "possible_match") -> list[Any]:
    with site.hub.engine.connect() as conn:
        return queue.page(conn, Wanted(kind=kind), limit=1000).tasks


def together(site: Site, task: Any) -> bool:
    with site.hub.engine.connect() as conn:
        return len({crosswalk.customer_of(conn, key) for key in task.records}) == 1


def owners(site: Site, system: str, source_id: str) -> list[Any]:
    with site.hub.engine.connect() as conn:
        return crosswalk.customers_of(conn, system, source_id)


def wait_until(there: Callable[[], bool]) -> None:
    """Wait for what follows from a word: beside the request, where the machine is slow."""
    end = time.monotonic() + 20
    while not there():
        assert time.monotonic() < end
        time.sleep(0.05)


def approvals(site: Site, run: str) -> list[str]:
    with site.hub.engine.connect() as conn:
        return [said.word for said in plans.said(conn, UUID(run))]


def golden(site: Site, source_id: str, attribute: str) -> list[Any]:
    with site.hub.engine.connect() as conn:
        found = read.customer(conn, crosswalk.customers_of(conn, "shop", source_id)[0])
    assert found is not None
    return [value.value for value in found.attributes.get(attribute, [])]


def harmless(site: Site, text: str) -> list[Any]:
    return [task for task in open_items(site) if not task.records[0].source_id.startswith(text)]
