"""Reading SAP's sales and billing documents: activities of business partners, each kind by an OData V2 service.

A document's time of change is kept to the second, but is set before its transaction commits: each extract begins an
hour before the last change seen. Nothing tells of deletions, so all keys are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sources import rest, sap_odata
from sources.page import Page, Request, Row, delivered
from sources.progress import Progress
from sources.times import read_time

PAGE_ROWS = 1_000
PAGE_KEYS = 5_000
OVERLAP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of document: its service, its entity set and the key of that."""

    service: str
    name: str
    key: str


def read(request: Request, kind: DocumentKind) -> Iterator[Page]:
    """Give the documents of a kind: all, or those changed since the last extract and every key."""
    progress = Progress.of(request)
    with rest.hub_errors(request.system_name):
        documents = sap_odata.EntitySet(request, kind.service, kind.name, kind.key)
        whole = progress.whole_due(request)
        latest, rows = progress.position or "1970-01-01T00:00:00+00:00", 0
        since = "" if whole else f"LastChangeDateTime ge datetimeoffset'{_start(latest)}'"
        for page in documents.pages(since, {}, request.system.page_size or PAGE_ROWS):
            latest = max([latest, *map(_changed, page)])
            rows += len(page)
            yield Page(delivered((str(row[kind.key]), row, False) for row in page))
        if not whole and request.system.compare_keys:
            for page in documents.pages("", {"$select": kind.key}, PAGE_KEYS):
                yield Page(keys=[str(row[kind.key]) for row in page])
    complete = whole or request.system.compare_keys
    # A time in the future would hide all that changes until then.
    latest = min(latest, datetime.now(UTC).isoformat(timespec="seconds"))
    yield Page(complete=complete, cursor=progress.moved(latest, rows if whole else None))


def header(row: Row) -> dict[str, Any]:
    """Give a document's own columns, without what hangs below it."""
    return {name: value for name, value in row.items() if not name.startswith(("to_", "__"))}


def party(row: Row, column: str) -> str:
    """Give a party's number as the partner's own key is: ABAP writes it with leading zeros, the key has none."""
    number = str(row.get(column) or "").strip()
    return (number.lstrip("0") or number) if number.isdigit() else number


def _start(latest: str) -> str:
    begin = datetime.fromisoformat(latest) - OVERLAP
    return begin.strftime("%Y-%m-%dT%H:%M:%SZ")


def _changed(row: dict[str, Any]) -> str:
    moment = read_time(str(row.get("LastChangeDateTime") or ""), None, "UTC")
    return moment.isoformat(timespec="seconds") if moment else ""
