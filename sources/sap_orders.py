"""SAP S/4HANA's sales orders by the OData V2 service API_SALES_ORDER_SRV: activities of business partners.

An order's time of change is kept to the second, but is set before its transaction commits: each extract begins an
hour before the last change seen. Nothing tells of deletions, so all keys are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.feed import ActivityConfig
from sources import rest, sap_odata
from sources.page import Page, Request, Row, delivered
from sources.progress import Progress
from sources.times import read_time

SERVICE = "/sap/opu/odata/sap/API_SALES_ORDER_SRV"
OBJECT = "A_SalesOrder"
KEY = "SalesOrder"
PAGE_ROWS = 1_000
PAGE_KEYS = 5_000
OVERLAP = timedelta(hours=1)


def read(request: Request) -> Iterator[Page]:
    """Give the orders: all, or those changed since the last extract and every key."""
    progress = Progress.of(request)
    with rest.hub_errors(request.system_name):
        orders = sap_odata.EntitySet(request, SERVICE, OBJECT, KEY)
        whole = progress.whole_due(request)
        latest, rows = progress.position or "1970-01-01T00:00:00+00:00", 0
        since = "" if whole else f"LastChangeDateTime ge datetimeoffset'{_start(latest)}'"
        for page in orders.pages(since, {}, request.system.page_size or PAGE_ROWS):
            latest = max([latest, *map(_changed, page)])
            rows += len(page)
            yield Page(delivered((str(row[KEY]), row, False) for row in page))
        if not whole and request.system.compare_keys:
            for page in orders.pages("", {"$select": KEY}, PAGE_KEYS):
                yield Page(keys=[str(row[KEY]) for row in page])
    complete = whole or request.system.compare_keys
    # A time in the future would hide all that changes until then.
    latest = min(latest, datetime.now(UTC).isoformat(timespec="seconds"))
    yield Page(complete=complete, cursor=progress.moved(latest, rows if whole else None))


def prepare(row: Row) -> Row:
    """Lay an order out in columns. ABAP writes a party's number with leading zeros, the partner's own key has none."""
    party = str(row.get("SoldToParty") or "").strip()
    columns = {name: value for name, value in row.items() if not name.startswith(("to_", "__"))}
    return {**columns, "SoldToParty": (party.lstrip("0") or party) if party.isdigit() else party}


def _start(latest: str) -> str:
    begin = datetime.fromisoformat(latest) - OVERLAP
    return begin.strftime("%Y-%m-%dT%H:%M:%SZ")


def _changed(row: dict[str, Any]) -> str:
    moment = read_time(str(row.get("LastChangeDateTime") or ""), None, "UTC")
    return moment.isoformat(timespec="seconds") if moment else ""


ORDER = ActivityConfig.model_validate(
    {
        "id": KEY,
        "kind": "order",
        "record": {"object": "A_BusinessPartner", "id": "SoldToParty"},
        "at": {"column": ["SalesOrderDate", "CreationDate"]},
        "title": "PurchaseOrderByCustomer",
        "amount": "TotalNetAmount",
        "currency": "TransactionCurrency",
        "status": {
            "column": "OverallSDProcessStatus",
            "values": {"A": "open", "B": "in_process", "C": "completed"},
        },
        "attributes": {"type": "SalesOrderType"},
    }
)
