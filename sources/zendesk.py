"""Zendesk Support: users, organizations and tickets by the incremental exports, which tell of deletions too.

Users and tickets come by a cursor that the export hands out; organizations by time only, where the end of one extract
is the start of the next and the last rows come twice. Agents and administrators are staff, no customers: they count as
deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hub.config import ObjectConfig
from hub.feed import ActivityConfig
from sources import rest
from sources.page import Page, Request, Row, Source, delivered

if TYPE_CHECKING:
    from dlt.sources.helpers.rest_client.client import RESTClient

API = "/api/v2"
USERS, ORGANIZATIONS, TICKETS = "users", "organizations", "tickets"
EXPORTS = {
    USERS: "incremental/users/cursor.json",
    ORGANIZATIONS: "incremental/organizations.json",
    TICKETS: "incremental/tickets/cursor.json",
}
PAGE_ROWS = 1_000
_CUSTOMER_ROLE = "end-user"


def read(request: Request) -> Iterator[Page]:
    """Give what changed since the last extract, all at first."""
    with rest.hub_errors(request.system_name):
        answers = _organizations(request) if request.name == ORGANIZATIONS else _by_cursor(request)
        is_gone = _is_deleted if request.name == TICKETS else _is_gone
        for rows, cursor in answers:
            yield Page(delivered((str(row["id"]), row, is_gone(row)) for row in rows), cursor=cursor)


def _by_cursor(request: Request) -> Iterator[tuple[list[dict[str, Any]], str | None]]:
    from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

    start = {"cursor": request.cursor} if request.cursor else {"start_time": "0"}
    pages = _client(request).paginate(
        EXPORTS[request.name],
        params={**start, "per_page": _page_rows(request)},
        paginator=JSONLinkPaginator(next_url_path="after_url"),
        data_selector=f"{request.name}[*]",
    )
    for page in pages:
        answer = page.response.json()
        yield list(page), answer.get("after_cursor")
        if answer["end_of_stream"]:
            return


def _organizations(request: Request) -> Iterator[tuple[list[dict[str, Any]], str | None]]:
    import requests
    from dlt.sources.helpers.rest_client.paginators import SinglePagePaginator

    client, start, pushed = _client(request), int(request.cursor or 0), False
    while True:
        pages = client.paginate(
            EXPORTS[ORGANIZATIONS],
            params={"start_time": str(start), "per_page": _page_rows(request)},
            paginator=SinglePagePaginator(),
            data_selector=f"{ORGANIZATIONS}[*]",
        )
        try:
            page = next(iter(pages))
        except requests.HTTPError as error:
            # Pushed on to a second that is too recent to be asked for: there is nothing in it yet.
            if pushed and error.response is not None and error.response.status_code == 422:
                return
            raise
        answer = page.response.json()
        end = int(answer.get("end_time") or start)
        yield list(page), str(end)
        if answer.get("end_of_stream", not page):
            return
        # A page never tears a second apart, so one that ends where it began holds all of that second.
        pushed = end <= start
        start = start + 1 if pushed else end


def _page_rows(request: Request) -> str:
    return str(min(request.system.page_size or PAGE_ROWS, PAGE_ROWS))


def _client(request: Request) -> RESTClient:
    from requests.auth import HTTPBasicAuth

    url = rest.secret(request.system.url).rstrip("/")
    user = request.system.user or ""
    name = user if user.endswith("/token") else f"{user}/token"  # that it is a token is part of the name
    auth = HTTPBasicAuth(name, rest.secret(request.system.token))
    return rest.client(request, url if url.endswith(API) else url + API, auth=auth)


def _is_gone(row: dict[str, Any]) -> bool:
    return (
        row.get("active") is False or bool(row.get("deleted_at")) or row.get("role", _CUSTOMER_ROLE) != _CUSTOMER_ROLE
    )


def _is_deleted(ticket: dict[str, Any]) -> bool:
    return ticket.get("status") == "deleted"


def prepare(_object: str, row: Row) -> Row:
    """Lay the custom fields beside the others; a field of Zendesk's own goes before one of the same name."""
    own = row.get("user_fields") or row.get("organization_fields") or {}
    return {**own, **row}


_ADDRESS = {"street": "street", "city": "city", "postcode": "postal_code", "country": "country"}

USER = ObjectConfig.model_validate(
    {
        "id": "id",
        "entity_type": "person",
        "modified_at": "updated_at",
        "fields": {
            "full_name": "name",
            "organisation_id": "organization_id",
            "email": "email",
            "phone": "phone",
            "birth_date": "birth_date",
            "address": _ADDRESS,
        },
    }
)
ORGANIZATION = ObjectConfig.model_validate(
    {
        "id": "id",
        "entity_type": "organisation",
        "modified_at": "updated_at",
        "fields": {
            "organisation_name": "name",
            "email": "email",
            "phone": "phone",
            "website": "domain_names",
            "address": _ADDRESS,
            "identifier": [{"kind": "vat", "value": "vat_id"}],
        },
    }
)

TICKET = ActivityConfig.model_validate(
    {
        "id": "id",
        "kind": "ticket",
        "record": {"object": USERS, "id": "requester_id"},
        "at": "created_at",
        "title": "subject",
        "status": "status",
        "attributes": {"priority": "priority", "type": "type", "channel": "via.channel", "updated_at": "updated_at"},
    }
)

SOURCE = Source("zendesk", read, {USERS: USER, ORGANIZATIONS: ORGANIZATION}, prepare, {TICKETS: TICKET})
