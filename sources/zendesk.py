"""Zendesk Support: users and organizations by the incremental exports, which tell of deletions too.

Users come by a cursor that the export hands out; organizations by time only, where the end of one extract is the start
of the next and the last rows come twice. Agents and administrators are staff, no customers: they count as deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hub.config import ObjectConfig
from sources import rest
from sources.page import Page, Request, Row, Source, delivered

if TYPE_CHECKING:
    from dlt.sources.helpers.rest_client.client import RESTClient

API = "/api/v2"
USERS, ORGANIZATIONS = "users", "organizations"
EXPORTS = {USERS: "incremental/users/cursor.json", ORGANIZATIONS: "incremental/organizations.json"}
NEXT = {USERS: "after_url", ORGANIZATIONS: "next_page"}
PAGE_ROWS = 1_000
_CUSTOMER_ROLE = "end-user"


def read(request: Request) -> Iterator[Page]:
    """Give what changed since the last extract, all at first."""
    from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

    start = "cursor" if request.name == USERS and request.cursor else "start_time"
    params = {start: request.cursor or "0", "per_page": str(request.system.page_size or PAGE_ROWS)}
    with rest.hub_errors(request.system_name):
        pages = _client(request).paginate(
            EXPORTS[request.name],
            params=params,
            paginator=JSONLinkPaginator(next_url_path=NEXT[request.name]),
            data_selector=f"{request.name}[*]",
        )
        cursor = request.cursor
        for page in pages:
            answer = page.response.json()
            after = answer.get("after_cursor") if request.name == USERS else answer.get("end_time")
            stuck = after is not None and str(after) == cursor
            cursor = str(after) if after is not None else cursor
            yield Page(delivered((str(row["id"]), row, _is_gone(row)) for row in page), cursor=cursor)
            # A time-based export of one full second would give the same page for ever.
            if answer.get("end_of_stream", not page) or stuck:
                return


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
            "email": "email",
            "phone": "phone",
            "language": "locale",
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

SOURCE = Source("zendesk", read, {USERS: USER, ORGANIZATIONS: ORGANIZATION}, prepare)
