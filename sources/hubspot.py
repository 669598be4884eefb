"""HubSpot: contacts and companies by the CRM API (mails: see sources.hubspot_events, subscriptions: hubspot_consents).

Changes come from the search, oldest id first, each page from behind the last id: the search ends at 10,000 results and
bulk edits give thousands of rows one time, so neither pages nor times are counted on. It trails by a minute, for a
record may show late. Archived records come from their own list; ones erased or merged away show by a whole read alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hub.config import ObjectConfig
from sources import hubspot_consents, hubspot_events, rest
from sources.declared import mapped_columns
from sources.page import Page, Request, Row, Source, delivered
from sources.progress import Progress
from sources.times import read_time

if TYPE_CHECKING:
    from dlt.sources.helpers.rest_client.client import RESTClient

CRM = "/crm/v3/objects"
CHANGED = {"contacts": "lastmodifieddate", "companies": "hs_lastmodifieddate"}
PAGE_LIST = 100  # the list's own limit
PAGE_SEARCH = 200  # the search's
TRAIL_MS = 60_000


def read(request: Request) -> Iterator[Page]:
    """Give all records or those changed, and all archived ones."""
    if request.name == hubspot_events.OBJECT:
        yield from hubspot_events.read(request)
        return
    if request.name == hubspot_consents.OBJECT:
        yield from _subscriptions(request)
        return
    progress = Progress.of(request)
    with rest.hub_errors(request.system_name):
        client = _client(request)
        # The newest change before reading: whatever changes while the pages are read is newer, and comes again.
        newest = _newest(client, request) or progress.position or "0"
        whole, rows = progress.whole_due(request), 0
        pages = _list(client, request, archived=False) if whole else _search(client, request, progress.position or "0")
        for page in pages:
            rows += len(page)
            yield Page(delivered((str(row["id"]), row, False) for row in page))
        for page in _list(client, request, archived=True):
            yield Page(delivered((str(row["id"]), row, True) for row in page))
    yield Page(complete=whole, cursor=progress.moved(newest, rows if whole else None))


def _subscriptions(request: Request) -> Iterator[Page]:
    """Give the subscriptions of all contacts, or of those changed."""
    contacts = replace(request, name="contacts", entry=hubspot_consents.CONTACT)
    progress, rows = Progress.of(request), 0
    with rest.hub_errors(request.system_name):
        client = _client(contacts)
        newest = _newest(client, contacts) or progress.position or "0"
        whole = progress.whole_due(request)
        read = _list(client, contacts, archived=False) if whole else _search(client, contacts, progress.position or "0")
        for page in hubspot_consents.pages(request, read):
            rows += page.rows.num_rows if page.rows else 0
            yield page
    yield Page(complete=whole, cursor=progress.moved(newest, rows if whole else None))


def _client(request: Request) -> RESTClient:
    headers = {"Authorization": f"Bearer {rest.secret(request.system.token)}"}
    return rest.client(request, rest.secret(request.system.url).rstrip("/") + CRM, headers=headers)


def _properties(request: Request) -> list[str]:
    """Name what is to be delivered: everything that the mapping reads, for HubSpot gives little by itself."""
    own = ("id", "createdAt", "updatedAt", "archived", "archivedAt")
    return sorted({*mapped_columns(request.entry), CHANGED[request.name]} - set(own))


def _list(client: RESTClient, request: Request, *, archived: bool) -> Iterator[list[dict[str, Any]]]:
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

    params = {
        "limit": str(min(request.system.page_size or PAGE_LIST, PAGE_LIST)),
        "properties": ",".join(_properties(request)),
        "archived": str(archived).lower(),
    }
    paginator = JSONResponseCursorPaginator(cursor_path="paging.next.after", cursor_param="after")
    yield from client.paginate(request.name, params=params, paginator=paginator, data_selector="results[*]")


def _search(client: RESTClient, request: Request, since: str) -> Iterator[list[dict[str, Any]]]:
    size = min(request.system.page_size or PAGE_SEARCH, PAGE_SEARCH)
    last = "0"
    while True:
        filters = [
            {"propertyName": CHANGED[request.name], "operator": "GTE", "value": str(max(0, int(since) - TRAIL_MS))},
            {"propertyName": "hs_object_id", "operator": "GT", "value": last},
        ]
        page = _ask(client, request, filters, {"propertyName": "hs_object_id", "direction": "ASCENDING"}, size)
        if page:
            yield page
            last = str(page[-1]["id"])
        if len(page) < size:
            return


def _newest(client: RESTClient, request: Request) -> str | None:
    changed = CHANGED[request.name]
    found = _ask(client, request, [], {"propertyName": changed, "direction": "DESCENDING"}, 1)
    moment = read_time(str(found[0]["properties"][changed]), None, "UTC") if found else None
    return str(int(moment.timestamp() * 1000)) if moment else None


def _ask(
    client: RESTClient, request: Request, filters: list[dict[str, str]], sort: dict[str, str], size: int
) -> list[dict[str, Any]]:
    from dlt.sources.helpers.rest_client.paginators import SinglePagePaginator

    body: dict[str, Any] = {
        "filterGroups": [{"filters": filters}] if filters else [],
        "sorts": [sort],
        "properties": _properties(request),
        "limit": size,
        "after": "0",
    }
    pages = client.paginate(
        f"{request.name}/search", method="POST", json=body, paginator=SinglePagePaginator(), data_selector="results[*]"
    )
    return list(next(iter(pages)))


def prepare(name: str, row: Row) -> Row:
    """Lay the properties beside id and times; further e-mails stand in one property, parted by semicolons."""
    if name == hubspot_consents.OBJECT:
        return hubspot_consents.prepare(row)
    properties: Mapping[str, Any] = row.get("properties") or {}
    more = str(properties.get("hs_additional_emails") or "").split(";")
    return {**row, **properties, "hs_additional_emails": more}


_ADDRESS = {"street": "address", "city": "city", "postcode": "zip", "region": "state", "country": "country"}

CONTACT = ObjectConfig.model_validate(
    {
        "id": "id",
        "entity_type": "person",
        "modified_at": "updatedAt",
        "fields": {
            "title": "salutation",
            "given_name": "firstname",
            "family_name": "lastname",
            "gender": "gender",
            "birth_date": "date_of_birth",
            "language": "hs_language",
            "employer": "company",
            "organisation_id": "associatedcompanyid",
            "job_title": "jobtitle",
            "email": ["email", "hs_additional_emails"],
            "phone": ["phone", "mobilephone"],
            "website": "website",
            "address": _ADDRESS,
        },
    }
)
COMPANY = ObjectConfig.model_validate(
    {
        "id": "id",
        "entity_type": "organisation",
        "modified_at": "updatedAt",
        "fields": {
            "organisation_name": "name",
            "parent": "hs_parent_company_id",
            "industry": "industry",
            "email": "company_email",
            "phone": "phone",
            "website": ["website", "domain"],
            "address": _ADDRESS,
            "identifier": [
                {"kind": "vat", "value": "vat_number"},
                {"kind": "registration", "value": "registration_number"},
            ],
        },
    }
)

SOURCE = Source(
    "hubspot",
    read,
    {"contacts": CONTACT, "companies": COMPANY},
    prepare,
    {hubspot_events.OBJECT: hubspot_events.EVENT},
    {hubspot_consents.OBJECT: hubspot_consents.SUBSCRIPTION},
)
