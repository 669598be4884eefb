"""Search: a customer by name, e-mail, phone or any system's id, misspelt too; and the way to it."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from apps.web.console.naming import name_of
from apps.web.pages import fragment, is_fragment, page
from apps.web.principal import current_principal, hub_of
from apps.web.rights import requires
from apps.web.seen import seen
from flows.search_query import LONGEST, search_query
from golden_record import read
from golden_record.search import Found, search
from hub.db import snapshot
from hub.masking import hidden, masked
from identity import crosswalk

router = APIRouter()

_SHOWN = ("email", "phone", "birth_date", "address", "identifier")
_LIMIT = 25


@router.get("/search", dependencies=[requires("customer.read")])
def find(request: Request, q: str = "") -> Response:
    """Search, and list what was found; while somebody types, only the list."""
    hub, roles, typed = hub_of(request), current_principal(request).roles, q[:LONGEST].strip()
    access = hub.config.access
    started = time.perf_counter()
    with snapshot(hub.engine) as conn:
        unseen = hidden(roles, access)
        found = search(conn, search_query(typed), hidden=unseen, limit=_LIMIT) if typed else Found((), False)
        ids = [hit.customer_id for hit in found.hits]
        golden = {record.customer_id: record for record in read.customers(conn, ids)}
        systems: dict[str, set[str]] = {}
        for member in crosswalk.members(conn, ids):
            systems.setdefault(str(member.customer_id), set()).add(member.key.system)
    seconds = time.perf_counter() - started
    seen(request, "search", ids)
    rows = []
    for hit in found.hits:
        if record := golden.get(hit.customer_id):
            told = masked(record.attributes, roles, access)
            facts = [told[name][0].value for name in _SHOWN if told.get(name)]
            rows.append((hit, name_of(told), record.entity_type, facts, sorted(systems.get(str(hit.customer_id), ()))))
    values: dict[str, Any] = {"typed": typed, "rows": rows, "more": found.more, "milliseconds": round(seconds * 1000)}
    if is_fragment(request):
        return fragment(request, "_found.html", **values)
    return page(request, "search.html", **values)
