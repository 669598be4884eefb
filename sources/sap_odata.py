"""Reading entity sets of SAP's OData V2 services, page by page in the order of their keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sources import rest
from sources.page import Request

if TYPE_CHECKING:
    from dlt.sources.helpers.rest_client.client import RESTClient

PARTNERS = "/API_BUSINESS_PARTNER"


class EntitySet:
    """An entity set of a service, such as A_BusinessPartner with its key BusinessPartner."""

    def __init__(self, request: Request, service: str, name: str, key: str) -> None:
        self._client = _client(request, service)
        self._name = name
        self._key = key

    def pages(self, condition: str, options: dict[str, str], size: int) -> Iterator[list[dict[str, Any]]]:
        """Read the set in the order of its keys, each page from behind the last key.

        Services page by themselves or not, and their tokens may count rows, which slide when rows come and go
        meanwhile: so a `__next` says that there is more, and the question is put anew from the last key.
        """
        from dlt.sources.helpers.rest_client.paginators import SinglePagePaginator

        last = None
        while True:
            beyond = f"{self._key} gt '{last}'" if last is not None else ""
            conditions = " and ".join(part for part in (beyond, condition) if part)
            params = {"$orderby": self._key, "$top": str(size), **options}
            params |= {"$filter": conditions} if conditions else {}
            pages = self._client.paginate(
                self._name, params=params, paginator=SinglePagePaginator(), data_selector="d.results[*]"
            )
            page = next(iter(pages))
            if page:
                yield list(page)
                last = str(page[-1][self._key]).replace("'", "''")
            more = "__next" in page.response.json()["d"] or len(page) >= size
            if not page or not more:
                return


def _client(request: Request, service: str) -> RESTClient:
    """Make a client of a service; the system's url is the host's, or that of the business partner service."""
    from requests.auth import HTTPBasicAuth

    url = rest.secret(request.system.url).rstrip("/")
    beside, partners, _ = url.partition(PARTNERS)
    if not partners:
        url += service
    elif not service.endswith(PARTNERS):
        url = f"{beside}/{service.rpartition('/')[2]}"
    # requests' own class: dlt's would resolve its settings by section and read the environment
    auth = HTTPBasicAuth(request.system.user or "", rest.secret(request.system.password))
    return rest.client(request, url, auth=auth)
